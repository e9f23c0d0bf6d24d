/** Which timing points hold at a moment. */
import type { TimingPoint } from '../read/beatmap.ts';

/** Answers for moments in any order; quick when they rise. */
export class Timing {
  readonly #points: readonly TimingPoint[];
  #next = 0;
  #tempo = 0;
  #inherited = -1;
  #time = Number.NEGATIVE_INFINITY;

  /** @param points in the order of time */
  constructor(points: readonly TimingPoint[]) {
    this.#points = points;
  }

  #go(time: number): void {
    if (time < this.#time) {
      this.#next = 0;
      this.#tempo = 0;
      this.#inherited = -1;
    }
    this.#time = time;
    for (let point = this.#points[this.#next]; point && point.time <= time; point = this.#points[this.#next]) {
      if (point.uninherited) this.#tempo = this.#next;
      else this.#inherited = this.#next;
      this.#next++;
    }
  }

  /** The last point, or the first where none has come yet. */
  at(time: number): TimingPoint | undefined {
    this.#go(time);
    return this.#points[Math.max(0, this.#next - 1)];
  }

  /** Milliseconds of a beat as sliders count it: with the speed that is inherited. */
  beatLength(time: number): number {
    this.#go(time);
    const tempo = this.#points[this.#tempo];
    const inherited = this.#inherited > this.#tempo ? this.#points[this.#inherited] : undefined;
    return (tempo?.beatLength ?? 500) * (inherited ? slowness(inherited) : 1);
  }

  /** Milliseconds of a beat of the tempo that holds, whatever the speed of sliders. */
  tempo(time: number): number {
    this.#go(time);
    const beatLength = this.#points[this.#tempo]?.beatLength ?? 500;
    return beatLength > 0 ? beatLength : 500;
  }

  /** How much longer a beat is for sliders, by the inherited point that holds: 1 is the map's own, 0.5 twice as fast. @param slowest in hundredths */
  share(time: number, slowest: number): number {
    this.#go(time);
    const point = this.#inherited > this.#tempo ? this.#points[this.#inherited] : undefined;
    if (!point || !(point.beatLength < 0)) return 1;
    return Math.max(10, Math.min(slowest, Math.fround(-point.beatLength))) / 100;
  }

  /** Whether the mapper marked it; nothing before the first point is. */
  isKiai(time: number): boolean {
    const point = this.at(time);
    return point !== undefined && point.time <= time && point.kiai;
  }

  /** 1 is the speed of the map, 0.5 twice that: of the last point whatever it is. */
  slowness(time: number): number {
    const point = this.at(time);
    return point ? slowness(point) : 1;
  }
}

/** From a tenth of the speed to ten times. What is divided is of single precision, the quotient is not (`LegacyRulesetExtensions` of ppy/osu). */
function slowness({ beatLength }: TimingPoint): number {
  if (!(beatLength < 0)) return 1;
  return Math.max(10, Math.min(1000, Math.fround(-beatLength))) / 100;
}
