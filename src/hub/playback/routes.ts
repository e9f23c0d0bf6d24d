/**
 * `footage` and `video`: the timeline, and the player's bytes.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { routes } from '../../contract/routes.ts';
import { register, registerRaw } from '../server/register.ts';
import { registerExportRoutes } from './export-routes.ts';
import { registerHlsRoutes } from './hls-routes.ts';
import { keyFrameBytes, videoOnlyMime } from './key-frames.ts';
import type { TrackLibrary } from './library.ts';
import { momentOf, noFootage, rangeOf } from './range.ts';
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
  /** 32 bytes: signs the addresses that are handed to players without cookie or token. */
  readonly linkKey: Buffer;
  readonly now: () => number;
  readonly log: Log;
}

/** How long an answer waits for footage to be brought from a recorder's disk, and how often it looks. */
const BRING_MS = 8000;
const LOOK_MS = 100;
/** One answer of key frames shows at most this much. */
const LONGEST_KEYS_MS = 1_800_000;
/** A timeline of more than this is refused: it would read millions of rows. */
const LONGEST_TIMELINE_MS = 400 * 86_400_000;

export function registerPlaybackRoutes(app: FastifyInstance, deps: PlaybackDeps): void {
  registerExportRoutes(app, deps);
  registerHlsRoutes(app, deps);
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
      const keysOnly = query.frames === 'key';
      const longest = keysOnly ? LONGEST_KEYS_MS : LONGEST_ANSWER_MS;
      const until = Math.min(to, from + longest);
      const request = { from, to, longest, ...(origin === undefined ? {} : { origin }) };
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
        .header('content-type', keysOnly ? videoOnlyMime(plan) : plan.mime)
        .header('x-vidette-start', instant(plan.start))
        .header('x-vidette-end', instant(plan.end))
        .header('x-vidette-origin', instant(plan.origin));
      const bytes = keysOnly
        ? keyFrameBytes(plan, query.every * 1000, deps.shelf, ctx.signal)
        : videoBytes(plan, deps.shelf, ctx.signal);
      return reply.send(Readable.from(bytes, { objectMode: false, highWaterMark: 1 }));
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
