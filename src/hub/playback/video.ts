/**
 * Recorded footage as one fragmented MP4, straight from the stored files: nothing is decoded, fragments only get new times.
 */
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import type { FragmentEntry } from '../../media/mp4/fragment-table.ts';
import { retimeFragment } from '../../media/mp4/retime.ts';
import type { SegmentIndex } from '../../media/mp4/segment-index.ts';
import type { Playable } from './library.ts';
import type { OpenedSegment, SegmentShelf } from './segment-shelf.ts';

/** One answer shows at most this much; the client asks again from where it ended. */
export const LONGEST_ANSWER_MS = 300_000;
/** Files that one answer reads at most. */
export const MOST_SEGMENTS = 200;
/** Read at once; also what one viewer holds in memory. */
const READ_BYTES = 2_000_000;
/** Wall times are whole ms: what begins this little before a seam belongs behind it. */
const SEAM_MS = 2;

interface Cut {
  readonly playable: Playable;
  readonly opened: OpenedSegment;
  readonly key: string;
  /** Neighbours in the file. */
  readonly fragments: readonly FragmentEntry[];
}

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
  const to = Math.min(request.to, request.from + LONGEST_ANSWER_MS);
  const cuts: Cut[] = [];
  let first: OpenedSegment | undefined;
  for (const [at, playable] of playables.slice(0, MOST_SEGMENTS).entries()) {
    if (playable.shownFrom >= to) break;
    const found = await openPlayable(playable, shelf, log, signal);
    if (!found) continue;
    if (first && found.opened.config !== first.config) break;
    const next = playables[at + 1];
    const until = Math.min(
      to,
      playable.shownTo,
      next ? Math.max(next.shownFrom, playable.shownFrom) : Number.POSITIVE_INFINITY,
    );
    const from = Math.max(request.from, playable.shownFrom);
    const fragments = choose(found.opened.index, from, until, cuts.length === 0);
    if (fragments.length === 0) continue;
    first ??= found.opened;
    cuts.push({ playable, ...found, fragments });
  }
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
  for (const cut of plan.cuts) {
    const { index } = cut.opened;
    const wall = exactWall(index, 0);
    const audioRate = index.config.audio?.timescale ?? 0;
    const shift = (trackId: number, base: number): number => {
      const rate = trackId === index.config.video.id ? VIDEO_TIMESCALE : audioRate;
      return Math.max(0, Math.round(((wall - plan.origin) / 1000) * rate) + base);
    };
    let key = cut.key;
    for (const range of readRanges(cut.fragments)) {
      signal.throwIfAborted();
      const bytes = await shelf.read(key, range, signal).catch(async (error: unknown) => {
        const moved = isGone(error) ? await cut.playable.movedTo?.() : undefined;
        if (moved === undefined) throw error;
        key = moved;
        return shelf.read(key, range, signal);
      });
      yield retimeFragment(bytes, shift, key);
    }
  }
}

async function openPlayable(
  playable: Playable,
  shelf: SegmentShelf,
  log: Log,
  signal: AbortSignal | undefined,
): Promise<{ opened: OpenedSegment; key: string } | undefined> {
  try {
    return { opened: await shelf.open(playable.key, playable.upTo, signal), key: playable.key };
  } catch (error) {
    if (isGone(error)) {
      const moved = await playable.movedTo?.();
      if (moved !== undefined) return { opened: await shelf.open(moved, undefined, signal), key: moved };
    } else if (!(error instanceof InputError)) throw error;
    log.warn('A segment cannot be played and is passed over.', { key: playable.key, error: messageOf(error) });
    return undefined;
  }
}

/**
 * Fragments of one file that show `[from, until)`, beginning with a key frame: the last one at or before `from` for the first
 * file of an answer, the first one at or after it for later files, whose overlap has been shown already.
 */
function choose(index: SegmentIndex, from: number, until: number, isFirst: boolean): readonly FragmentEntry[] {
  const { fragments } = index;
  const wall = (entry: FragmentEntry): number => exactWall(index, entry.time);
  const ends = exactWall(index, index.durationTicks);
  if (ends <= from + (isFirst ? 0 : SEAM_MS)) return [];
  let begin = -1;
  for (const [at, entry] of fragments.entries()) {
    if (!entry.key) continue;
    if (wall(entry) <= from + SEAM_MS || begin < 0) begin = at;
    else break;
  }
  if (!isFirst && begin >= 0) {
    const entry = fragments[begin];
    if (entry && wall(entry) < from - SEAM_MS)
      begin = fragments.findIndex((later) => later.key && wall(later) >= from - SEAM_MS);
  }
  if (begin < 0) return [];
  let end = begin;
  while (end < fragments.length) {
    const entry = fragments[end];
    if (!entry || wall(entry) >= until - (until === from ? 0 : SEAM_MS)) break;
    end++;
  }
  return fragments.slice(begin, end);
}

/** UTC ms, not rounded, of a position in the file. */
function exactWall(index: SegmentIndex, ticks: number): number {
  return index.identity.runWallStart + (index.identity.mediaStart + ticks) / (VIDEO_TIMESCALE / 1000);
}

/** Neighbouring fragments read together, about {@link READ_BYTES} at a time. */
function* readRanges(fragments: readonly FragmentEntry[]): Generator<{ start: number; end: number }> {
  let start: number | undefined;
  let end = 0;
  for (const entry of fragments) {
    if (start !== undefined && (entry.offset !== end || end - start >= READ_BYTES)) {
      yield { start, end: end - 1 };
      start = undefined;
    }
    start ??= entry.offset;
    end = entry.offset + entry.bytes;
  }
  if (start !== undefined) yield { start, end: end - 1 };
}

function isGone(error: unknown): boolean {
  return error instanceof UserError && error.code === 'not-found';
}
