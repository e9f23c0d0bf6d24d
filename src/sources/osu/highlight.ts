/**
 * The best part of a play: where the map is hard, the combo long and nothing is missed, from one measure of the music to another. Pure; milliseconds of the map.
 */
import type { JudgeEvent } from './judge/timeline.ts';
import { type Border, bordersOf } from './measures.ts';
import type { Beatmap } from './read/beatmap.ts';

/** What `--highlight` may ask for, real seconds. */
export const HIGHLIGHT_SECONDS = { least: 10, most: 60 } as const;

export interface HighlightPlay {
  readonly map: Pick<Beatmap, 'timing' | 'breaks'>;
  /** Of what may be shown. */
  readonly from: number;
  readonly to: number;
  /** How hard the map is, 0 to 1, in equal steps from the first object to the last. */
  readonly strains: readonly number[];
  readonly first: number;
  readonly last: number;
  /** In the order of time. */
  readonly events: readonly Pick<JudgeEvent, 'time' | 'kind' | 'value' | 'combo'>[];
}

export interface Part {
  readonly from: number;
  readonly to: number;
}

/** A part may be this much shorter than asked, for the sake of the music. */
const SHORTEST_PART = 0.8;
const STEP = 100;
const MOST_STEPS = 100_000;
/** Beside how hard it is (0 to 1), these count. */
const COMBO_WORTH = 0.3;
const LENGTH_WORTH = 0.1;
const SLIP_COST = 0.12;
/** More slips make a part no worse. */
const MOST_SLIPS = 6;

/** @param length the most that it may last @returns within `from` and `to` of the play; all of it where it is no longer */
export function highlightOf(play: HighlightPlay, length: number): Part {
  const { from, to } = play;
  if (to - from <= length) return { from, to };
  const sums = new Sums(play);
  const borders: readonly Border[] = bordersOf(play.map, from, to);
  const plain = (time: number): Border => ({ time, begin: -0.02, end: -0.02 });
  const begins =
    borders.length > 0 ? borders : Array.from({ length: 200 }, (_, i) => plain(from + ((to - from) * i) / 200));
  let best: Part = { from, to: from + length };
  let bestWorth = Number.NEGATIVE_INFINITY;
  const consider = (begin: Border, end: Border): void => {
    const worth = sums.worth(begin.time, end.time, length) + begin.begin + end.end;
    if (worth <= bestWorth) return;
    bestWorth = worth;
    best = { from: begin.time, to: end.time };
  };
  let firstEnd = 0;
  for (const begin of [plain(from), ...begins]) {
    const latest = begin.time + length;
    const earliest = begin.time + length * SHORTEST_PART;
    if (earliest > to) break;
    while ((borders[firstEnd]?.time ?? Number.POSITIVE_INFINITY) < earliest) firstEnd++;
    let hasEnd = false;
    for (let index = firstEnd; index < borders.length; index++) {
      const end = borders[index];
      if (!end || end.time > latest) break;
      hasEnd = true;
      consider(begin, end);
    }
    // The end of the play is one, and where the music has none the length itself.
    if (to <= latest) consider(begin, { time: to, begin: 0, end: 0.05 });
    else if (!hasEnd) consider(begin, plain(latest));
  }
  return best;
}

/** What happened up to each moment, so that any part is told at once. */
class Sums {
  readonly #from: number;
  readonly #step: number;
  readonly #strain: Float64Array;
  readonly #combo: Float64Array;
  readonly #slips: Float64Array;

  constructor({ from, to, strains, first, last, events }: HighlightPlay) {
    const steps = Math.max(1, Math.min(MOST_STEPS, Math.ceil((to - from) / STEP)));
    this.#from = from;
    this.#step = (to - from) / steps;
    this.#strain = new Float64Array(steps + 1);
    this.#combo = new Float64Array(steps + 1);
    this.#slips = new Float64Array(steps + 1);
    const most = events.reduce((highest, { combo }) => Math.max(highest, combo), 1);
    let next = 0;
    let combo = 0;
    for (let step = 0; step < steps; step++) {
      const now = from + (step + 0.5) * this.#step;
      const cell = Math.floor(((now - first) / Math.max(1, last - first)) * strains.length);
      let slips = 0;
      for (let event = events[next]; event && event.time < from + (step + 1) * this.#step; event = events[++next]) {
        if (event.combo < combo || (event.kind === 'result' && event.value === 0)) slips++;
        combo = event.combo;
      }
      this.#strain[step + 1] = (this.#strain[step] ?? 0) + (strains[cell] ?? 0);
      this.#combo[step + 1] = (this.#combo[step] ?? 0) + combo / most;
      this.#slips[step + 1] = (this.#slips[step] ?? 0) + slips;
    }
  }

  worth(from: number, to: number, length: number): number {
    const [a, b] = [this.#index(from), this.#index(to)];
    const count = Math.max(1, b - a);
    const between = (sums: Float64Array): number => (sums[b] ?? 0) - (sums[a] ?? 0);
    return (
      between(this.#strain) / count +
      (COMBO_WORTH * between(this.#combo)) / count +
      (LENGTH_WORTH * (to - from)) / length -
      SLIP_COST * Math.min(MOST_SLIPS, between(this.#slips))
    );
  }

  #index(time: number): number {
    return Math.max(0, Math.min(this.#strain.length - 1, Math.round((time - this.#from) / this.#step)));
  }
}
