/**
 * Clips of cameras: they wait until their footage is complete, ask for open segments to be finished early, and are cut out of segments.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { piecesOf } from '../../catalog/fencing.ts';
import { type Segment, segmentsBetween } from '../../catalog/segments.ts';
import type { Database } from '../../catalog/tables.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { fileNameOf, type PlanSegment, planCamera, wallName } from '../../sources/camera/plan.ts';
import type { Accepted, ClipKind, Named, PlannedClip, Planning } from './kind.ts';
import { cameraPayload } from './payload.ts';
import { type ClipRange, readiness, resolveRanges } from './ranges.ts';

export interface CameraKindOptions {
  readonly db: Kysely<Database>;
  /** By id or name; undefined: there is none. */
  readonly findCamera: (idOrName: string) => Promise<Named | undefined>;
  readonly recording: {
    openSegments(
      sourceId: string,
      track: string,
    ): readonly { readonly wallStart: number; readonly durationMs: number; readonly growing: boolean }[];
    holderOf(cameraId: string): string | undefined;
    closeEarly(cameraId: string, track: string, until: number): void;
  };
  /** Start of the first footage at or after a moment; UTC ms. */
  readonly nextFootage: (sourceId: string, track: string, at: number) => Promise<number | undefined>;
  /** End of the newest footage of a source; UTC ms. */
  readonly newestFootage: (sourceId: string) => number | null;
  readonly now: () => number;
  /** IANA zone of file names and burnt-in clocks. */
  readonly timeZone: string;
}

const Plan = z.object({
  sources: z.array(z.object({ id: z.string(), name: z.string(), track: z.string() })),
  ranges: z.array(z.object({ start: z.number(), end: z.number() })),
});
type Plan = z.output<typeof Plan>;

export function cameraKind(options: CameraKindOptions): ClipKind {
  const { db, recording, now, timeZone } = options;
  /** From its making on the hub listens to recorders, UTC ms. */
  const since = now();
  const say = (wall: number): string => wallName(wall, timeZone).replaceAll('.', ':');

  return {
    kind: 'camera',
    noun: 'a camera',
    find: (name) => options.findCamera(name),

    async accept(request, sources): Promise<Accepted> {
      refuseForeign(request);
      const ranges = resolveRanges(request.ranges, now());
      const start = Math.min(...ranges.map((range) => range.start));
      const names = sources.map((source) => source.name);
      const plan: Plan = { sources: sources.map(({ id, name }) => ({ id, name, track: 'main' })), ranges };
      return { plan, title: fileNameOf(names, start, timeZone).replace(/\.mp4$/, '') };
    },

    async plan(clip, given): Promise<Planning> {
      const plan = Plan.parse(given);
      const end = Math.max(...plan.ranges.map((range) => range.end));
      const left = end - now();
      if (left > 0)
        return { state: 'later', afterMs: Math.min(left, 60_000), stage: `Waiting until ${say(end).slice(11)}` };
      if (!(await complete(clip, plan)))
        return { state: 'later', afterMs: 0, stage: 'Waiting for the footage to be stored' };
      const request = ClipRequest.parse(clip.request);
      const sources = await Promise.all(
        plan.sources.map(async (source) => ({ name: source.name, segments: await segments(source, plan.ranges) })),
      );
      const planned = planCamera({
        sources,
        ranges: plan.ranges,
        layout: request.layout === 'grid' ? 'grid' : 'main',
        ...(request.overlays.title === undefined ? {} : { title: request.overlays.title }),
        clock: request.overlays.clock,
        sound: request.sound,
        timeZone,
      });
      if (!planned) return { state: 'failed', error: await noFootage(plan) };
      const payload = cameraPayload(planned.params, planned.inputs, request.limits);
      return { state: 'ready', payload, seconds: planned.duration };
    },
  };

  async function complete(clip: PlannedClip, plan: Plan): Promise<boolean> {
    let whole = true;
    for (const source of plan.sources)
      for (const range of plan.ranges) {
        const open = recording
          .openSegments(source.id, source.track)
          .filter((extent) => extent.wallStart < range.end && extent.wallStart + extent.durationMs > range.start);
        const published = await segmentsBetween(db, source.id, source.track, range.start, range.end);
        const publishedTo = published.length > 0 ? Math.max(...published.map((row) => row.shown_to)) : undefined;
        const held = recording.holderOf(source.id) !== undefined;
        const coverage = { publishedTo, open, held, hubSince: since };
        const state = readiness(range, coverage, now(), clip.created_at.getTime());
        if (state === 'close') recording.closeEarly(source.id, source.track, range.end);
        if (state !== 'ready') whole = false;
      }
    return whole;
  }

  async function segments(source: Plan['sources'][number], ranges: readonly ClipRange[]): Promise<PlanSegment[]> {
    const found = new Map<string, PlanSegment>();
    for (const range of ranges)
      for (const row of await segmentsBetween(db, source.id, source.track, range.start, range.end))
        for (const segment of planSegments(row)) found.set(`${segment.key} ${segment.from}`, segment);
    return [...found.values()].sort((a, b) => (a.from ?? a.start) - (b.from ?? b.start));
  }

  /** Names the nearest footage there is. */
  async function noFootage(plan: Plan): Promise<string> {
    const names = plan.sources.map((source) => source.name).join(', ');
    const [first] = plan.sources;
    const end = Math.max(...plan.ranges.map((range) => range.end));
    if (plan.sources.length > 1) return `There is no time in this range at which ${names} all have footage.`;
    const next = first ? await options.nextFootage(first.id, first.track, end) : undefined;
    if (next !== undefined) return `${names} has no footage there. The nearest begins at ${say(next)}.`;
    const newest = first ? options.newestFootage(first.id) : null;
    if (newest !== null) return `${names} has no footage there. The newest ends at ${say(newest)}.`;
    return `${names} has no footage yet.`;
  }
}

/** What only drives have. */
function refuseForeign({ layout, overlays, speed, limits }: ClipRequest): void {
  const wrong = (field: string, what: string, remedy: string): UserError =>
    new UserError(what, remedy, { code: 'invalid', fields: { [field]: what } });
  if (layout !== 'main' && layout !== 'grid')
    throw wrong('layout', `A clip of cameras has no layout “${layout}”.`, 'Use main or grid.');
  if (overlays.hud !== undefined || overlays.marker || overlays.details)
    throw wrong(
      'overlays',
      'A driving screen and its running time belong to drives.',
      'Leave out hud, marker and details.',
    );
  if (limits.size !== undefined)
    throw wrong(
      'limits',
      'A clip of cameras is as large as its camera unless width or height is given.',
      'Leave out size.',
    );
  if (speed !== 1) throw wrong('speed', 'Only clips of drives can be faster.', 'Leave out the speed.');
}

/** Where a higher fencing token won a part of the file, only the rest of it counts. */
function planSegments(row: Segment): PlanSegment[] {
  return piecesOf(row).map(({ from, to }) => ({
    key: row.key,
    start: row.wall_start,
    end: to,
    from,
    bytes: row.bytes,
    sha256: row.sha256.toString('hex'),
  }));
}
