/** Where measures of a map's music begin, and where its sections do. Pure; milliseconds of the map. */
import type { Beatmap } from './read/beatmap.ts';

/** A place at which a part can begin or end without cutting into the music. */
export interface Border {
  readonly time: number;
  /** How good a beginning it is, and how good an end; 0 is any measure. */
  readonly begin: number;
  readonly end: number;
}

/** Music is felt in groups of four measures. */
const GROUP = 4;
const GROUP_WORTH = 0.02;
/** Of kiai and breaks: what a mapper marked. */
const SECTION_WORTH = 0.07;
/** Measures that are shorter are joined; maps made for effects have beats of a millisecond. */
const SHORTEST = 500;
const MOST_METER = 16;
const MOST_BORDERS = 20_000;

/** @returns in the order of time, at most some 40,000, between two moments */
export function bordersOf({ timing, breaks }: Pick<Beatmap, 'timing' | 'breaks'>, from: number, to: number): Border[] {
  const shortest = Math.max(SHORTEST, (to - from) / MOST_BORDERS);
  const begins = sections(timing, true).concat(breaks.map(({ end }) => end));
  const ends = sections(timing, false).concat(breaks.map(({ start }) => start));
  const isNearBegin = nearOf(begins);
  const isNearEnd = nearOf(ends);
  const borders: Border[] = [];
  const tempos = timing.filter(({ uninherited, beatLength }) => uninherited && beatLength > 0);
  for (const [index, { time, beatLength, meter }] of tempos.entries()) {
    const measure = beatLength * Math.max(1, Math.min(MOST_METER, meter));
    const step = measure * Math.ceil(Math.max(1, shortest / measure));
    if (!Number.isFinite(step)) continue;
    // The first tempo holds before its point too.
    let number = index === 0 || time < from ? Math.ceil((from - time) / step) : 0;
    const until = Math.min(to, tempos[index + 1]?.time ?? to);
    for (; time + number * step <= until; number++) {
      const at = time + number * step;
      if (at < from || at - (borders.at(-1)?.time ?? Number.NEGATIVE_INFINITY) < shortest / 2) continue;
      const group = number % GROUP === 0 ? GROUP_WORTH : 0;
      borders.push({
        time: at,
        begin: group + (isNearBegin(at, step) ? SECTION_WORTH : 0),
        end: group + (isNearEnd(at, step) ? SECTION_WORTH : 0),
      });
      if (borders.length > 2 * MOST_BORDERS) return borders;
    }
  }
  return borders;
}

/** Where kiai begins or ends. */
function sections(timing: Beatmap['timing'], begins: boolean): number[] {
  let before = false;
  return timing.flatMap(({ time, kiai }) => {
    const changed = kiai !== before && kiai === begins;
    before = kiai;
    return changed ? [time] : [];
  });
}

/** Whether a moment is the nearest measure to one of some, for moments that rise. */
function nearOf(moments: number[]): (time: number, step: number) => boolean {
  moments.sort((a, b) => a - b);
  let next = 0;
  return (time, step) => {
    while (next < moments.length && (moments[next] ?? 0) <= time - step / 2) next++;
    return Math.abs((moments[next] ?? Number.POSITIVE_INFINITY) - time) < step / 2;
  };
}
