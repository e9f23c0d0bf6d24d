/**
 * When a segment ends and the next begins.
 */
import type { SegmentEnd } from '../../../media/mp4/fragment-table.ts';
import { MAX_FRAGMENTS } from '../../../media/mp4/fragment-table.ts';

export interface SegmentState {
  /** Media in it, in ms. */
  readonly mediaMs: number;
  /** Since its first picture arrived, by the wall clock. */
  readonly wallMs: number;
  /** Media since the start of its last key frame, in ms. */
  readonly sinceKeyMs: number;
  readonly bytes: number;
  readonly fragments: number;
}

export interface NextFragment {
  readonly key: boolean;
  readonly bytes: number;
  /** Footage before it was lost because the disk did not keep up. */
  readonly afterGap: boolean;
}

const MAX_BYTES = 2_000_000_000;
/** Above this a segment ends even without a key frame: its fragments must stay within 32-bit sizes. */
const HARD_BYTES = 4_000_000_000;
/** A stream without key frames is cut all the same; the next segment then says that it does not begin with one. */
const KEYLESS_MS = 600_000;

/** Why the segment ends before the next fragment, or undefined when it goes on. */
export function rotation(
  state: SegmentState,
  next: NextFragment,
  segmentMs: number,
  early: boolean,
): SegmentEnd | undefined {
  if (next.afterGap) return 'stall';
  if (next.key) {
    if (early) return 'early';
    if (state.mediaMs >= segmentMs || state.wallMs >= segmentMs) return 'rotate';
    if (state.bytes + next.bytes > MAX_BYTES || state.fragments >= MAX_FRAGMENTS / 2) return 'rotate';
    return undefined;
  }
  const full = state.bytes + next.bytes > HARD_BYTES || state.fragments >= MAX_FRAGMENTS - 1;
  return full || state.sinceKeyMs >= KEYLESS_MS ? 'rotate' : undefined;
}

/**
 * The length of a run's first segment: between a half and the whole of the usual, the same for the same camera, so that
 * cameras which start together do not all close their files in the same second.
 */
export function firstSegmentMs(sourceId: string, track: string, segmentMs: number): number {
  let hash = 0x811c9dc5;
  for (const char of sourceId + track) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return Math.round(segmentMs * (0.5 + (hash >>> 0) / 2 ** 33));
}
