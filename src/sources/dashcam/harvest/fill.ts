/**
 * Which of our own clips show an event whose own the car has lost: the car copies its last minutes into an event's folder, and what it had overwritten
 * by then, or what a power cut took, is missing there. Pure.
 */

export interface OwnClip {
  readonly sha256: string;
  readonly track: string;
  /** UTC ms. */
  readonly start: number;
  /** Seconds. */
  readonly seconds: number;
  readonly complete: boolean;
}

/** Cameras of one minute, and a clip and its copy, begin within this. */
const SAME_MINUTE = 8_000;
/** A car keeps about ten minutes before the moment and one after it. */
const BEFORE = 10 * 60_000;
const AFTER = 60_000;
/** No clip is longer. */
const LONGEST = 10 * 60_000;
const MINUTE = 60_000;

/** Clips in the order of their time, for {@link clipsFor}. */
export function byTime(clips: readonly OwnClip[]): OwnClip[] {
  return [...clips].sort((one, other) => one.start - other.start || (one.track < other.track ? -1 : 1));
}

/**
 * @param moment of the event, UTC ms
 * @param own clips of the event
 * @param all of the source, see {@link byTime}
 * @returns SHA-256 of the clips that it lacks, in the order of their time
 */
export function clipsFor(moment: number, own: readonly OwnClip[], all: readonly OwnClip[]): string[] {
  const whole = own.filter((clip) => clip.complete);
  // Where the car has kept a part, its first and last minute say what it wanted to keep.
  const from = whole.length > 0 ? Math.min(...whole.map((clip) => clip.start)) : moment - BEFORE;
  const to = whole.length > 0 ? Math.max(...whole.map(endOf)) : moment + AFTER;
  const mine = new Set(own.map((clip) => clip.sha256));
  const out: string[] = [];
  for (let at = firstFrom(all, from - LONGEST); at < all.length; at += 1) {
    const clip = all[at];
    if (!clip || clip.start >= to) break;
    if (!clip.complete || mine.has(clip.sha256) || endOf(clip) <= from) continue;
    const there = whole.some(
      (other) => other.track === clip.track && Math.abs(other.start - clip.start) <= SAME_MINUTE,
    );
    if (!there) out.push(clip.sha256);
  }
  return out;
}

const endOf = ({ start, seconds }: OwnClip): number => start + (seconds > 0 ? seconds * 1000 : MINUTE);

/** Index of the first clip that begins at or after a time. */
function firstFrom(all: readonly OwnClip[], time: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.start ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
