/** When the pictures of a repaired clip are shown, and what is missing between them. Pure. */
import { placesBetween } from './parameters.ts';
import type { SampleTable } from './sample-table.ts';
import type { SeenPicture } from './sort-out.ts';
import type { Piece } from './stitched.ts';
import type { Damage } from './task.ts';
import type { TimedPicture } from './write-pictures.ts';

/** Seconds of each picture by where its bytes begin. */
export type Times = ReadonlyMap<number, { readonly at: number; readonly duration: number }>;

/** A longer pause than this is a jump of the counter, not a hole. */
const LONGEST_HOLE = 120;
const MOST_DAMAGE = 1000;

export function tableTimes({ samples, coding }: SampleTable): Times {
  const times = new Map<number, { at: number; duration: number }>();
  let ticks = 0;
  for (const { at, duration } of samples) {
    times.set(at, { at: ticks / coding.timescale, duration: duration / coding.timescale });
    ticks += duration;
  }
  return times;
}

/** Over a hole the last picture before it stays: as long as the tables, the telemetry or the counter of the group say, and not at all when nothing does. */
export function withDurations(pictures: readonly SeenPicture[], fps: number, times: Times | undefined): TimedPicture[] {
  return pictures.map((picture, index) => {
    const { pieces, key } = picture;
    return { pieces, key, duration: durationOf(picture, pictures[index + 1], fps, times) };
  });
}

function durationOf(one: SeenPicture, next: SeenPicture | undefined, fps: number, times: Times | undefined): number {
  const [known, following] = [timeOf(one, times), next && timeOf(next, times)];
  if (known) return following && following.at > known.at ? following.at - known.at : known.duration;
  return steps(one, next, fps) / fps;
}

const timeOf = (one: SeenPicture, times: Times | undefined): { at: number; duration: number } | undefined =>
  times?.get(one.pieces[0]?.at ?? -1);

/** Pictures from one to the next that is there: 1 where none is missing. */
function steps(one: SeenPicture, next: SeenPicture | undefined, fps: number): number {
  if (!next) return 1;
  if (one.sequence !== undefined && next.sequence !== undefined) {
    const gap = next.sequence - one.sequence;
    return gap > 0 && gap < LONGEST_HOLE * fps ? gap : 1;
  }
  if (one.place && next.place && !next.place.key) return Math.max(1, placesBetween(one.place, next.place));
  return 1;
}

/** Seconds from the clip's first picture; null where nothing tells. */
export function startOf(
  origin: SeenPicture | undefined,
  first: SeenPicture | undefined,
  fps: number,
  times: Times | undefined,
): number | null {
  if (!origin || !first) return null;
  if (origin === first) return 0;
  const [a, b] = [timeOf(origin, times), timeOf(first, times)];
  if (a && b) return b.at - a.at;
  if (origin.sequence === undefined || first.sequence === undefined) return null;
  const gap = first.sequence - origin.sequence;
  return Math.abs(gap) < LONGEST_HOLE * fps ? gap / fps : null;
}

/** Pictures that are missing between those that are there; null where nothing counts them. */
export function lostByNumbers(pictures: readonly SeenPicture[], fps: number): number | null {
  if (!pictures.some((one) => one.sequence !== undefined || one.place)) return null;
  return pictures.reduce((sum, one, index) => sum + steps(one, pictures[index + 1], fps) - 1, 0);
}

/** The bytes of the data that are in no picture of the clip. */
export function damageOf(
  data: Piece,
  pictures: readonly SeenPicture[],
  fps: number,
  times: Times | undefined,
): Damage[] {
  const damage: Damage[] = [];
  let at = data.at;
  let seconds = 0;
  const note = (to: number): void => {
    if (to > at && damage.length < MOST_DAMAGE) damage.push({ from: at, to, at: at === data.at ? null : seconds });
  };
  const timed = withDurations(pictures, fps, times);
  for (const { pieces, duration } of timed) {
    for (const piece of pieces) {
      note(piece.at);
      at = Math.max(at, piece.end);
    }
    seconds += duration;
  }
  note(data.end);
  return damage;
}
