/**
 * Which stored fragments show a range: neighbours of one file are one cut. What plays, what is exported and what HLS lists are all made of cuts.
 */
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import type { FragmentEntry } from '../../media/mp4/fragment-table.ts';
import type { SegmentIndex } from '../../media/mp4/segment-index.ts';
import type { Playable } from './library.ts';
import type { OpenedSegment, SegmentShelf } from './segment-shelf.ts';

/** Read at once; also what one viewer holds in memory. */
const READ_BYTES = 2_000_000;
/** Wall times are whole ms: what begins this little before a seam belongs behind it. */
const SEAM_MS = 2;

export interface Cut {
  readonly playable: Playable;
  readonly opened: OpenedSegment;
  readonly key: string;
  /** Neighbours in the file. */
  readonly fragments: readonly FragmentEntry[];
}

/**
 * Cuts in order: from the key frame at or before `from` to the last fragment that begins before `to`. Overlaps go to the later file.
 * A file that cannot be read is passed over as a gap.
 * @param playables in order of start
 */
export async function* cutsOf(
  playables: readonly Playable[],
  shelf: SegmentShelf,
  range: { readonly from: number; readonly to: number },
  log: Log,
  signal?: AbortSignal,
): AsyncGenerator<Cut> {
  let isFirst = true;
  for (const [at, playable] of playables.entries()) {
    if (playable.shownFrom >= range.to) return;
    signal?.throwIfAborted();
    const found = await openPlayable(playable, shelf, log, signal);
    if (!found) continue;
    const next = playables[at + 1];
    const until = Math.min(
      range.to,
      playable.shownTo,
      next ? Math.max(next.shownFrom, playable.shownFrom) : Number.POSITIVE_INFINITY,
    );
    const from = Math.max(range.from, playable.shownFrom);
    const fragments = choose(found.opened.index, from, { until, seam: playable.shownTo }, isFirst);
    if (fragments.length === 0) continue;
    isFirst = false;
    yield { playable, ...found, fragments };
  }
}

/** Bytes of a cut's file. A file that was finished meanwhile is read from where it is now. */
export async function readCut(
  cut: Cut,
  range: { readonly start: number; readonly end: number },
  shelf: SegmentShelf,
  signal?: AbortSignal,
): Promise<Buffer> {
  try {
    return await shelf.read(cut.key, range, signal);
  } catch (error) {
    const moved = isGone(error) ? await cut.playable.movedTo?.() : undefined;
    if (moved === undefined) throw error;
    return shelf.read(moved, range, signal);
  }
}

/** UTC ms, not rounded, of a position in the file. */
export function exactWall(index: SegmentIndex, ticks: number): number {
  return index.identity.runWallStart + (index.identity.mediaStart + ticks) / (VIDEO_TIMESCALE / 1000);
}

/** Neighbouring fragments read together, about {@link READ_BYTES} at a time. */
export function* readRanges(fragments: readonly FragmentEntry[]): Generator<{ start: number; end: number }> {
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
function choose(
  index: SegmentIndex,
  from: number,
  { until, seam }: { readonly until: number; readonly seam: number },
  isFirst: boolean,
): readonly FragmentEntry[] {
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
  if (!isFirst) {
    const isBehind = (entry: FragmentEntry): boolean => wall(entry) >= from - seamBefore(entry);
    const entry = fragments[begin];
    if (entry && !isBehind(entry)) begin = fragments.findIndex((later) => later.key && isBehind(later));
  }
  if (begin < 0) return [];
  let end = begin;
  while (end < fragments.length) {
    const entry = fragments[end];
    if (!entry || wall(entry) >= until - Math.min(SEAM_MS, (until - from) / 2)) break;
    if (isAnothers(wall(entry), entry.durationTicks / (VIDEO_TIMESCALE / 1000), seam)) break;
    end++;
  }
  return fragments.slice(begin, end);
}

/** By so much a fragment may begin before the seam from which on its file is shown: most of it lies behind, and the other recorder does not have that. */
function seamBefore(entry: FragmentEntry): number {
  return Math.max(SEAM_MS, entry.durationTicks / (VIDEO_TIMESCALE / 1000) / 2);
}

/**
 * A file that is shown only up to a seam was trimmed because another recorder has what follows. Both have the same pictures there, at times that
 * differ by some ms: a fragment most of which lies behind the seam is the other's first one, and would be seen twice.
 */
function isAnothers(start: number, durationMs: number, seam: number): boolean {
  return start + durationMs > seam + SEAM_MS && seam - start < durationMs / 2;
}

function isGone(error: unknown): boolean {
  return error instanceof UserError && error.code === 'not-found';
}
