/**
 * `footage` and `video`: the timeline, and the player's bytes.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { routes } from '../../contract/routes.ts';
import type { Problem } from '../../contract/system.ts';
import { register, registerRaw } from '../server/register.ts';
import type { TrackLibrary } from './library.ts';
import type { SegmentShelf } from './segment-shelf.ts';
import { instant, mergeSpans } from './timeline.ts';
import { LONGEST_ANSWER_MS, MOST_SEGMENTS, planVideo, type VideoPlan, videoBytes } from './video.ts';

export interface PlaybackDeps {
  readonly library: TrackLibrary;
  readonly shelf: SegmentShelf;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<{ readonly id: string; readonly name: string }>;
  /** Asks the recorder to finish the open segment that holds the moment before `until` (UTC ms). */
  readonly closeEarly: (cameraId: string, track: string, until: number) => void;
  readonly now: () => number;
  readonly log: Log;
}

/** How long an answer waits for footage to be brought from a recorder's disk, and how often it looks. */
const BRING_MS = 8000;
const LOOK_MS = 100;
/** A timeline of more than this is refused: it would read millions of rows. */
const LONGEST_TIMELINE_MS = 400 * 86_400_000;

export function registerPlaybackRoutes(app: FastifyInstance, deps: PlaybackDeps): void {
  register(app, routes.footage, async ({ params, query }) => {
    const camera = await deps.findCamera(params.id);
    const { from, to } = rangeOf(query);
    if (to - from > LONGEST_TIMELINE_MS)
      throw new UserError('The range is longer than 400 days.', 'Ask for a shorter one.');
    const stretches = await deps.library.stretches(camera.id, query.track, from, to);
    return {
      source: camera.id,
      track: query.track,
      from: instant(from),
      to: instant(to),
      now: instant(deps.now()),
      spans: mergeSpans(stretches, from, to),
    };
  });

  registerRaw(
    app,
    routes.video,
    async (_request, reply, ctx, { params, query }) => {
      const camera = await deps.findCamera(params.id);
      const { from, to } = rangeOf(query);
      const origin = query.origin === undefined ? undefined : momentOf(query.origin, 'origin');
      const until = Math.min(to, from + LONGEST_ANSWER_MS);
      const request = { from, to, ...(origin === undefined ? {} : { origin }) };
      const look = async (): Promise<VideoPlan | undefined> => {
        const playables = await deps.library.playables(camera.id, query.track, from, until, MOST_SEGMENTS + 1);
        return planVideo(playables, deps.shelf, request, deps.log, ctx.signal);
      };
      let plan = await look();
      if (!plan && (await brought(deps, { id: camera.id, track: query.track, from, to: until }, ctx.signal)))
        plan = await look();
      reply.header('cache-control', 'private, no-store');
      if (!plan) {
        const next = await deps.library.next(camera.id, query.track, until);
        return reply.code(404).send(noFootage(camera.name, next));
      }
      reply
        .header('content-type', plan.mime)
        .header('x-vidette-start', instant(plan.start))
        .header('x-vidette-end', instant(plan.end))
        .header('x-vidette-origin', instant(plan.origin));
      return reply.send(
        Readable.from(videoBytes(plan, deps.shelf, ctx.signal), { objectMode: false, highWaterMark: 1 }),
      );
    },
    { long: true },
  );
}

/**
 * Has footage that is still open on a recorder's own disk brought into the library, and waits for it.
 * @returns false when there is none in the range, or it does not come in time
 */
async function brought(
  deps: PlaybackDeps,
  range: { id: string; track: string; from: number; to: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { id, track, from, to } = range;
  const wanted = deps.library.elsewhere(id, track, from, to);
  if (wanted === undefined) return false;
  deps.closeEarly(id, track, wanted);
  for (let waited = 0; waited < BRING_MS; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    if (signal.aborted) return false;
    const left = deps.library.elsewhere(id, track, from, Math.min(to, wanted));
    if (left === undefined) return true;
  }
  return false;
}

/** `fields.next` says where footage goes on. */
function noFootage(camera: string, next: number | undefined): Problem {
  const problem: Problem = { error: 'no-footage', message: `${camera} has no footage there.` };
  if (next === undefined) return problem;
  return { ...problem, remedy: `The next footage begins at ${instant(next)}.`, fields: { next: instant(next) } };
}

function rangeOf(query: { from: string; to: string }): { from: number; to: number } {
  const from = momentOf(query.from, 'from');
  const to = momentOf(query.to, 'to');
  if (to <= from) throw new UserError('The range ends before it begins.', '“to” must be later than “from”.');
  return { from, to };
}

function momentOf(text: string, name: string): number {
  const moment = Date.parse(text);
  if (Number.isFinite(moment) && moment >= 0) return moment;
  throw new UserError(`“${name}” is no time.`, 'Write it like 2026-11-21T18:05:00Z.');
}
