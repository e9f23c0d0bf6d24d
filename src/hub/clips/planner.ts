/**
 * Turns waiting clips into jobs: waits until their footage is complete, asks for open segments to be finished early, and
 * says which files give which seconds. Works from the catalog's rows, so a restart of the hub changes nothing.
 */
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { openClips } from '../../catalog/clips.ts';
import { piecesOf } from '../../catalog/fencing.ts';
import { type Segment, segmentsBetween } from '../../catalog/segments.ts';
import type { ClipRow, Database, JobRow } from '../../catalog/tables.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { type PlanSegment, planCamera, wallName } from '../../sources/camera/plan.ts';
import type { Clips, StoredPlan } from './clips.ts';
import { cameraPayload, type JobPayload } from './payload.ts';
import { type ClipRange, readiness } from './ranges.ts';

export interface PlannerOptions {
  readonly db: Kysely<Database>;
  readonly clips: Clips;
  readonly queue: {
    send(job: { type: 'render'; kind: string; hash: string; payload: JobPayload }): Promise<{ job: JobRow }>;
    forget(id: string): Promise<void>;
  };
  readonly blobs: Pick<BlobStore, 'stat'>;
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
  readonly log: Log;
  readonly timeZone: string;
  /** After a start the recorders need a moment to say what they have open. */
  readonly settleMs?: number;
  readonly everyMs?: number;
}

export class ClipPlanner {
  readonly #options: PlannerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #ready = false;
  /** When it was started, UTC ms. */
  #since = Number.NEGATIVE_INFINITY;

  constructor(options: PlannerOptions) {
    this.#options = options;
    options.clips.onNew(() => this.soon());
  }

  start(): void {
    this.#since = this.#options.now();
    this.#timer = setTimeout(() => {
      this.#ready = true;
      this.soon();
    }, this.#options.settleMs ?? 3000).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks at the waiting clips now, and again each half second for as long as any of them waits for footage. */
  soon(): void {
    if (this.#stopped || !this.#ready) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#look()
      .catch((error: unknown) => {
        const away = error instanceof Unavailable;
        this.#options.log[away ? 'warn' : 'error']('Waiting clips could not be planned; trying again.', {
          error: messageOf(error),
        });
        return 2000;
      })
      .then((pause) => {
        this.#running = undefined;
        if (this.#stopped) return;
        if (this.#again) {
          this.#again = false;
          this.soon();
        } else if (pause !== undefined) this.#timer = setTimeout(() => this.soon(), pause).unref();
      });
  }

  /** One look at everything that waits. @returns ms until the next one; undefined when nothing waits */
  async #look(): Promise<number | undefined> {
    const { db, everyMs = 500 } = this.#options;
    const waiting = (await openClips(db)).filter((clip) => clip.job_id === null);
    let pause: number | undefined;
    for (const clip of waiting) {
      if (this.#stopped) return undefined;
      const wait = await this.#consider(clip).catch((error: unknown) => this.#fail(clip, error));
      if (wait !== undefined) pause = Math.min(pause ?? Number.POSITIVE_INFINITY, Math.max(wait, everyMs));
    }
    return pause;
  }

  /** A clip that cannot be planned ends with words; the others go on. @throws Unavailable: then all of them wait */
  async #fail(clip: ClipRow, error: unknown): Promise<undefined> {
    if (error instanceof Unavailable) throw error;
    this.#options.log.error('A clip cannot be planned.', { clip: clip.id, error });
    const why =
      error instanceof UserError
        ? `${error.message} ${error.remedy}`
        : 'It could not be planned; the hub’s log says why.';
    await this.#options.clips.change(clip.id, { state: 'failed', stage: '', error: why.trim() });
  }

  /** @returns ms after which to look again; undefined when the clip needs no more looking at */
  async #consider(clip: ClipRow): Promise<number | undefined> {
    const plan = clip.plan as StoredPlan | null;
    if (!plan) {
      await this.#options.clips.change(clip.id, {
        state: 'failed',
        error: 'The request was lost. Ask for the clip again.',
      });
      return undefined;
    }
    const end = Math.max(...plan.ranges.map((range) => range.end));
    const left = end - this.#options.now();
    if (left > 0) {
      await this.#stage(clip, `Waiting until ${wallName(end, this.#options.timeZone).slice(11).replaceAll('.', ':')}`);
      return Math.min(left, 60_000);
    }
    if (!(await this.#complete(clip, plan))) {
      await this.#stage(clip, 'Waiting for the footage to be stored');
      return 0;
    }
    await this.#send(clip, plan);
    return undefined;
  }

  async #complete(clip: ClipRow, plan: StoredPlan): Promise<boolean> {
    const { recording, now } = this.#options;
    let complete = true;
    for (const source of plan.sources) {
      for (const range of plan.ranges) {
        const open = recording
          .openSegments(source.id, source.track)
          .filter((extent) => extent.wallStart < range.end && extent.wallStart + extent.durationMs > range.start);
        const published = await segmentsBetween(this.#options.db, source.id, source.track, range.start, range.end);
        const publishedTo = published.length > 0 ? Math.max(...published.map((row) => row.shown_to)) : undefined;
        const held = recording.holderOf(source.id) !== undefined;
        const state = readiness(
          range,
          { publishedTo, open, held, hubSince: this.#since },
          now(),
          clip.created_at.getTime(),
        );
        if (state === 'close') recording.closeEarly(source.id, source.track, range.end);
        if (state !== 'ready') complete = false;
      }
    }
    return complete;
  }

  async #send(clip: ClipRow, plan: StoredPlan): Promise<void> {
    const { clips, queue, blobs, timeZone, log } = this.#options;
    const request = ClipRequest.parse(clip.request);
    const sources = await Promise.all(
      plan.sources.map(async (source) => ({ name: source.name, segments: await this.#segments(source, plan.ranges) })),
    );
    const planned = planCamera({
      sources,
      ranges: plan.ranges,
      layout: request.layout,
      ...(request.overlays.title === undefined ? {} : { title: request.overlays.title }),
      clock: request.overlays.clock,
      sound: request.sound,
      timeZone,
    });
    if (!planned) {
      await clips.change(clip.id, { state: 'failed', stage: '', error: await this.#noFootage(plan) });
      return;
    }
    const payload = cameraPayload(planned.params, [...planned.inputs], request.limits);
    const job = { type: 'render' as const, kind: 'camera', hash: payload.hash, payload };
    let sent = await queue.send(job);
    if (sent.job.state === 'done' && !(await this.#hasFile(sent.job, blobs))) {
      await queue.forget(sent.job.id);
      sent = await queue.send(job);
    }
    log.info('A clip has been planned.', {
      clip: clip.id,
      job: sent.job.id,
      seconds: planned.duration,
      files: planned.inputs.length,
    });
    await clips.follow(clip.id, sent.job);
  }

  async #hasFile(job: JobRow, blobs: Pick<BlobStore, 'stat'>): Promise<boolean> {
    const key = (job.result as { key?: string } | null)?.key;
    return key !== undefined && (await blobs.stat(key)) !== undefined;
  }

  async #segments(source: StoredPlan['sources'][number], ranges: readonly ClipRange[]): Promise<PlanSegment[]> {
    const found = new Map<string, PlanSegment>();
    for (const range of ranges)
      for (const row of await segmentsBetween(this.#options.db, source.id, source.track, range.start, range.end))
        for (const segment of planSegments(row)) found.set(`${segment.key} ${segment.from}`, segment);
    return [...found.values()].sort((a, b) => (a.from ?? a.start) - (b.from ?? b.start));
  }

  /** Names the nearest footage there is. */
  async #noFootage(plan: StoredPlan): Promise<string> {
    const { nextFootage, newestFootage, timeZone } = this.#options;
    const names = plan.sources.map((source) => source.name).join(', ');
    const [first] = plan.sources;
    const end = Math.max(...plan.ranges.map((range) => range.end));
    const say = (wall: number): string => wallName(wall, timeZone).replaceAll('.', ':');
    if (plan.sources.length > 1) return `There is no time in this range at which ${names} all have footage.`;
    const next = first ? await nextFootage(first.id, first.track, end) : undefined;
    if (next !== undefined) return `${names} has no footage there. The nearest begins at ${say(next)}.`;
    const newest = first ? newestFootage(first.id) : null;
    if (newest !== null) return `${names} has no footage there. The newest ends at ${say(newest)}.`;
    return `${names} has no footage yet.`;
  }

  async #stage(clip: ClipRow, stage: string): Promise<void> {
    if (clip.stage !== stage) await this.#options.clips.change(clip.id, { stage });
  }
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
