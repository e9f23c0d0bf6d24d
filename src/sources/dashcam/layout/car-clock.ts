/**
 * How the car's local time, which stands in names, relates to UTC, which stands in the videos. Learned from the clips that have both.
 */
import type { LocalMs } from './clip-name.ts';

export interface NamedTime {
  readonly local: LocalMs;
  /** UTC ms. */
  readonly utc: number;
}

const QUARTER = 15 * 60_000;
/** A car's clock and its name for a clip differ by less than this. */
const MOST_DRIFT = 120_000;
/** Clips of one minute begin within this. */
const SAME_MOMENT = 10_000;

/** The local time of a moment; undefined when no clip tells. */
export function localOf(utc: number, known: readonly NamedTime[]): LocalMs | undefined {
  let nearest: NamedTime | undefined;
  for (const clip of known) if (!nearest || Math.abs(clip.utc - utc) < Math.abs(nearest.utc - utc)) nearest = clip;
  if (!nearest) return undefined;
  const offset = nearest.local - nearest.utc;
  // A sibling of the same moment has the same difference, to the second; any other clip the same zone.
  if (Math.abs(nearest.utc - utc) <= SAME_MOMENT) return utc + offset;
  const zone = Math.round(offset / QUARTER) * QUARTER;
  return Math.abs(offset - zone) <= MOST_DRIFT ? utc + zone : utc + offset;
}
