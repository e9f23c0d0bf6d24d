/**
 * Recorded footage as one fragmented MP4, straight from the stored files: nothing is decoded, fragments only get new times.
 */
import type { Log } from '../../base/log.ts';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import { retimeFragment } from '../../media/mp4/retime.ts';
import { type Cut, cutsOf, exactWall, readCut, readRanges } from './cuts.ts';
import type { Playable } from './library.ts';
import type { SegmentShelf } from './segment-shelf.ts';

/** One answer shows at most this much; the client asks again from where it ended. */
export const LONGEST_ANSWER_MS = 300_000;
/** Files that one answer reads at most. */
export const MOST_SEGMENTS = 200;

/** What will be sent; times are UTC ms. */
export interface VideoPlan {
  readonly mime: string;
  readonly init: Buffer;
  /** First picture: the key frame at or before what was asked. */
  readonly start: number;
  /** End of the last picture. Less than what was asked where the answer is too long or the stream changes. */
  readonly end: number;
  /** Time stamps count from here: as asked, or `start` when that is earlier, since time stamps cannot be negative. */
  readonly origin: number;
  readonly cuts: readonly Cut[];
}

export interface VideoRequest {
  readonly from: number;
  readonly to: number;
  readonly origin?: number;
  /** Most that is shown, ms; {@link LONGEST_ANSWER_MS} by default. */
  readonly longest?: number;
}

/**
 * Chooses fragments: from the key frame at or before `from` to the last that begins before `to`. Overlaps go to the later file;
 * a change of configuration ends the plan. A file that cannot be read is passed over as a gap.
 * @param playables in order of start
 * @returns undefined when there is nothing in the range
 */
export async function planVideo(
  playables: readonly Playable[],
  shelf: SegmentShelf,
  request: VideoRequest,
  log: Log,
  signal?: AbortSignal,
): Promise<VideoPlan | undefined> {
  const to = Math.min(request.to, request.from + (request.longest ?? LONGEST_ANSWER_MS));
  const cuts: Cut[] = [];
  for await (const cut of cutsOf(playables.slice(0, MOST_SEGMENTS), shelf, { from: request.from, to }, log, signal)) {
    if (cuts[0] && cut.opened.config !== cuts[0].opened.config) break;
    cuts.push(cut);
  }
  const first = cuts[0]?.opened;
  const head = cuts[0]?.fragments[0];
  const last = cuts.at(-1);
  const tail = last?.fragments.at(-1);
  if (!first || !head || !last || !tail) return undefined;
  const start = exactWall(first.index, head.time);
  return {
    mime: first.index.config.mime,
    init: first.init,
    start: Math.round(start),
    end: Math.round(exactWall(last.opened.index, tail.time + tail.durationTicks)),
    origin: Math.min(request.origin ?? start, Math.floor(start)),
    cuts,
  };
}

/** The bytes of the answer. Reads ahead no more than one piece; ends early when a file goes away. */
export async function* videoBytes(plan: VideoPlan, shelf: SegmentShelf, signal: AbortSignal): AsyncGenerator<Buffer> {
  yield plan.init;
  yield* fragmentBytes(plan, shelf, signal);
}

/** The same without its head: for who has that already. */
export async function* fragmentBytes(
  plan: VideoPlan,
  shelf: SegmentShelf,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const cut of plan.cuts) {
    const { index } = cut.opened;
    const wall = exactWall(index, 0);
    const audioRate = index.config.audio?.timescale ?? 0;
    const shift = (trackId: number, base: number): number => {
      const rate = trackId === index.config.video.id ? VIDEO_TIMESCALE : audioRate;
      return Math.max(0, Math.round(((wall - plan.origin) / 1000) * rate) + base);
    };
    for (const range of readRanges(cut.fragments)) {
      signal.throwIfAborted();
      yield retimeFragment(await readCut(cut, range, shelf, signal), shift, cut.key);
    }
  }
}
