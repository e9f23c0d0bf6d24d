/**
 * When a clip was, in UTC. The video's own time is the truth; a name holds the car's local time, without a zone, and its zone is that of the clips
 * around it which have both. Pure.
 */
import type { LocalMs } from '../layout/clip-name.ts';

/** A clip whose video tells UTC and whose name tells local time. */
export interface TimedClip {
  readonly local: LocalMs;
  /** UTC ms. */
  readonly utc: number;
}

export interface UtcTime {
  /** UTC ms. */
  readonly utc: number;
  /** `video`: its own. `name`: its name, with the zone of its neighbours. */
  readonly by: 'video' | 'name';
  /** Minutes east of Greenwich; undefined when the car's clock was wrong or nothing tells. */
  readonly zone: number | undefined;
}

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** Zones are from -12 to +14 hours. */
const WEST = -12 * 60;
const EAST = 14 * 60;
/** A name and its video differ by less than this from a whole zone: seconds, and what the car's clock is off. */
const MOST_DRIFT = 3 * MINUTE;
/** The zone of a clip this far away says little: the car may have crossed a border. */
const NEAR = 36 * 3_600_000;
/** The hour that comes twice, and what lies beside it. */
const FOLD = 65 * MINUTE;
/** A name that is so far from its video, against those of other clips, is of another minute. */
const MISNAMED = 30_000;
/** Fewer clips than this say nothing of another. */
const WITNESSES = 5;
/** Cameras of one minute begin within this. */
const SAME_MINUTE = 8_000;
/** Cars write no clips before; later than a day from now neither. */
const FIRST = Date.UTC(2017, 0, 1);
const DAY = 86_400_000;

/** What a video says, where it can be true. @param now UTC ms */
export function believable(utc: number | undefined, now: number): number | undefined {
  return utc !== undefined && utc >= FIRST && utc <= now + DAY ? utc : undefined;
}

/** Minutes east of Greenwich, a whole number of quarters of an hour; undefined when the two differ by no zone. */
export function zoneOf({ local, utc }: TimedClip): number | undefined {
  // Not -0, which is another number to whoever compares.
  const quarters = Math.round((local - utc) / QUARTER) + 0;
  const zone = quarters * 15;
  if (zone < WEST || zone > EAST || Math.abs(local - utc - quarters * QUARTER) > MOST_DRIFT) return undefined;
  return zone;
}

/**
 * @param local by its name. @param utc by its video, see {@link believable}
 * @param known clips of the same car; those of its own event first where it has one
 * @returns undefined when neither tells
 */
export function utcOf(
  local: LocalMs | undefined,
  utc: number | undefined,
  known: readonly TimedClip[],
): UtcTime | undefined {
  if (utc !== undefined) return { utc, by: 'video', zone: local === undefined ? undefined : zoneOf({ local, utc }) };
  if (local === undefined) return undefined;
  const offset = offsetAt(local, known);
  if (offset === undefined) return undefined;
  const zone = Math.round(offset / MINUTE) + 0;
  return { utc: local - offset, by: 'name', zone: zone % 15 === 0 ? zone : undefined };
}

/**
 * Whether name and video of a clip are of different moments: after a power cut an entry may lead to what another camera has recorded since. What names and
 * videos of one car differ by is, but for the zone, the same from clip to clip.
 * @param others clips of the same car, of about the same time; what most of them say counts
 */
export function isMisnamed(clip: TimedClip, others: readonly TimedClip[]): boolean {
  const near = others.filter(({ utc }) => Math.abs(utc - clip.utc) <= NEAR);
  if (near.length < WITNESSES) return false;
  const apart = near.map((other) => Math.abs(withinQuarter(offBy(clip) - offBy(other)))).sort((a, b) => a - b);
  return (apart[apart.length >> 1] ?? 0) > MISNAMED;
}

const offBy = ({ local, utc }: TimedClip): number => local - utc;
/** To the nearest whole quarter of an hour, which is a zone. */
const withinQuarter = (ms: number): number => ms - Math.round(ms / QUARTER) * QUARTER;

/**
 * Local time minus UTC at a local time, ms; undefined when nothing near tells, or when two zones claim that hour alike: in the night in which
 * clocks are set back an hour of names comes twice, and a wrong time is worse than none.
 */
function offsetAt(local: LocalMs, known: readonly TimedClip[]): number | undefined {
  const best = new Map<number, number>();
  for (const clip of known) {
    const apart = Math.abs(clip.local - local);
    if (apart > NEAR) continue;
    const zone = zoneOf(clip);
    // A clock that is off by hours has no zone: then the difference itself holds, to the second.
    const offset = zone === undefined ? clip.local - clip.utc : zone * MINUTE;
    if (apart < (best.get(offset) ?? Number.POSITIVE_INFINITY)) best.set(offset, apart);
  }
  const [first, second] = [...best].sort(([, one], [, other]) => one - other);
  if (!first) return undefined;
  // Cameras of its own minute, and of no other: they are beyond doubt.
  const sibling = first[1] <= SAME_MINUTE && (second === undefined || second[1] > SAME_MINUTE);
  const doubtful = second !== undefined && second[1] < FOLD && isFold(first[0], second[0]);
  return doubtful && !sibling ? undefined : first[0];
}

/** Whether two offsets differ as those of summer and winter do. */
const isFold = (one: number, other: number): boolean => Math.abs(Math.abs(one - other) - 60 * MINUTE) < MINUTE;
