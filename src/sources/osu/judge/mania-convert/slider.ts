/** Notes of one slider: long ones, or one at each of its turns. By ppy/osu (MIT), `SliderPatternGenerator`. */
import type { SliderObject } from '../../read/beatmap.ts';
import { type NoteSound, Pattern } from './pattern.ts';
import type { Stage } from './stage.ts';

const WHISTLE = 2;
const FINISH = 4;
const CLAP = 8;

/** When a slider ends, as mania counts it. */
export interface SliderTimes {
  readonly endTime: number;
  /** Of one way; whole. */
  readonly segment: number;
}

/** @param beatLength with the speed that is inherited */
export function sliderTimes(
  { time, length, spans }: SliderObject,
  beatLength: number,
  sliderMultiplier: number,
): SliderTimes {
  const endTime = Math.floor(time + (length * beatLength * spans * 0.01) / sliderMultiplier);
  return { endTime, segment: Math.trunc((endTime - time) / spans) };
}

/**
 * @returns what it becomes, and the part of it that counts as what was before the next object: what ends with the slider, or all where that is one note
 */
export function patternOfSlider(
  slider: SliderObject,
  times: SliderTimes,
  before: Pattern,
  kiai: boolean,
  stage: Stage,
): { readonly pattern: Pattern; readonly last: Pattern } {
  const pattern = new SliderNotes(slider, times, before, kiai, stage).make();
  if (pattern.notes.length === 1) return { pattern, last: pattern };
  const sorted = new Pattern();
  const last = new Pattern();
  for (const note of pattern.notes) if (note.endTime !== times.endTime) sorted.add(note);
  for (const note of pattern.notes) if (note.endTime === times.endTime) last.add(note);
  sorted.add(...last.notes);
  return { pattern: sorted, last };
}

class SliderNotes {
  readonly #slider: SliderObject;
  readonly #times: SliderTimes;
  readonly #before: Pattern;
  readonly #rare: boolean;
  readonly #stage: Stage;
  readonly #pattern = new Pattern();

  constructor(slider: SliderObject, times: SliderTimes, before: Pattern, kiai: boolean, stage: Stage) {
    this.#slider = slider;
    this.#times = times;
    this.#before = before;
    this.#rare = !kiai;
    this.#stage = stage;
  }

  make(): Pattern {
    const { time, spans } = this.#slider;
    const { endTime, segment } = this.#times;
    const { columns, first, hardness } = this.#stage;
    if (columns === 1) this.#add(0, time, endTime);
    else if (spans === 1) this.#once();
    else if (segment <= 90) this.#holds(1);
    else if (segment <= 120) this.#oneByOne(spans + 1, true);
    else if (segment <= 160) this.#stair();
    else if (segment <= 200 && hardness > 3) this.#pairs();
    else if (endTime - time >= 4000) this.#severalHolds(0.23, 0, 0);
    else if (segment > 400 && spans < columns - 1 - first) this.#tiles();
    else this.#holdAndNotes();
    return this.#pattern;
  }

  #once(): void {
    const { segment } = this.#times;
    const { columns, hardness } = this.#stage;
    if (segment <= 110) this.#oneByOne(segment < 80 ? 1 : 2, this.#before.width < columns);
    else this.#severalHolds(...holdChances(hardness, this.#rare));
  }

  /** A long note where it ends later than it begins. */
  #add(column: number, time: number, endTime: number, to = this.#pattern): void {
    to.add({ time, endTime, column, ...this.#soundAt(time) });
  }

  /** Of the turn of the slider that is at a moment. */
  #soundAt(time: number): NoteSound {
    const { sound, sample, edges, time: start } = this.#slider;
    const { segment } = this.#times;
    const edge = edges[segment === 0 ? 0 : Math.trunc((time - start) / segment)];
    if (!edge) return { sound, sample: { ...sample, file: '' } };
    return {
      sound: edge.sound,
      sample: {
        ...sample,
        normalSet: edge.normalSet || sample.normalSet,
        additionSet: edge.additionSet || sample.additionSet,
        file: '',
      },
    };
  }

  /** The column of its head, or another one where it may not lie on what was before. */
  #headColumn(mayStack: boolean): number {
    const column = this.#stage.columnOf(this.#slider.x);
    return mayStack || this.#before.width >= this.#stage.columns
      ? column
      : this.#stage.freeColumn(column, { taken: [this.#before] });
  }

  /** Long notes side by side, at first where nothing was before. */
  #holds(count: number): void {
    const { time } = this.#slider;
    const { endTime } = this.#times;
    const stage = this.#stage;
    const pattern = this.#pattern;
    const room = stage.columns - stage.first - this.#before.width;
    let column = stage.anyColumn();
    // Where nothing is free the game makes one more for each column that it lacks.
    const all = Math.max(count, count - room);
    for (let made = 0; made < all; made++) {
      column = stage.freeColumn(column, { taken: made < room ? [pattern, this.#before] : [pattern] });
      this.#add(column, time, endTime);
    }
  }

  #severalHolds(p2: number, p3: number, p4: number): void {
    const limits = MOST_CHANCES[this.#stage.columns] ?? NO_LIMITS;
    const limited = [p2, p3, p4].map((chance, index) => Math.min(chance, limits[index] ?? 1));
    const { sound } = this.#slider;
    const isStrong = ((sound | this.#soundAt(this.#slider.time).sound) & (CLAP | FINISH)) !== 0;
    if (!this.#rare && isStrong) limited[0] = 1;
    this.#holds(this.#stage.countBy(...limited));
  }

  /** One note at each turn, never twice in the same column. */
  #oneByOne(count: number, neverStacks: boolean): void {
    let column = this.#headColumn(!neverStacks);
    let { time } = this.#slider;
    for (let made = 0; made < count; made++) {
      this.#add(column, time, time);
      column = this.#stage.freeColumn(column, { except: column });
      time += this.#times.segment;
    }
  }

  #stair(): void {
    const { spans, x } = this.#slider;
    const { columns, first, random } = this.#stage;
    let { time } = this.#slider;
    let column = this.#stage.columnOf(x);
    let step = random.real() > 0.5 ? 1 : -1;
    for (let turn = 0; turn <= spans; turn++) {
      this.#add(column, time, time);
      time += this.#times.segment;
      if (step > 0 ? column >= columns - 1 : column <= first) step = -step;
      column += step;
    }
  }

  /** Two notes at each turn, always as far from each other. */
  #pairs(): void {
    const { spans, x } = this.#slider;
    const { columns, first, random } = this.#stage;
    const narrower = columns >= 4 && columns <= 8 ? 1 : 0;
    const interval = random.between(1, columns - narrower);
    let { time } = this.#slider;
    let column = this.#stage.columnOf(x);
    for (let turn = 0; turn <= spans; turn++) {
      this.#add(column, time, time);
      column += interval;
      if (column >= columns - first) column += narrower - columns - first;
      column += first;
      if (columns > 2) this.#add(column, time, time);
      column = this.#stage.anyColumn();
      time += this.#times.segment;
    }
  }

  /** Long notes that begin one after the other and end together. */
  #tiles(): void {
    const { spans } = this.#slider;
    const { segment } = this.#times;
    let { time } = this.#slider;
    const end = time + segment * spans;
    let column = this.#headColumn(true);
    for (let made = 0; made < Math.min(spans, this.#stage.columns); made++) {
      column = this.#stage.freeColumn(column, { taken: [this.#pattern] });
      this.#add(column, time, end);
      time += segment;
    }
  }

  /** A long note, and beside it notes at each turn. */
  #holdAndNotes(): void {
    const { spans, time: start } = this.#slider;
    const { endTime, segment } = this.#times;
    const stage = this.#stage;
    const hold = this.#headColumn(true);
    this.#add(hold, start, endTime);
    let column = stage.anyColumn();
    const count = Math.min(stage.columns - 1, this.#besideCount());
    const isPlainHead = (this.#soundAt(start).sound & (WHISTLE | FINISH | CLAP)) === 0;
    let time = start;
    for (let turn = 0; turn <= spans; turn++) {
      const row = new Pattern();
      for (let made = 0; made < count && !(isPlainHead && time === start); made++) {
        column = stage.freeColumn(column, { except: hold, taken: [row] });
        this.#add(column, time, time, row);
      }
      this.#pattern.add(...row.notes);
      time += segment;
    }
  }

  #besideCount(): number {
    const { columns, hardness } = this.#stage;
    if (hardness > 6.5) return this.#stage.countBy(0.63);
    if (hardness > 4) return this.#stage.countBy(columns < 6 ? 0.12 : 0.45);
    if (hardness > 2.5) return this.#stage.countBy(columns < 6 ? 0 : 0.24);
    return 0;
  }
}

/** Of 2, 3 and 4 long notes at once. */
function holdChances(hardness: number, rare: boolean): readonly [number, number, number] {
  if (hardness > 6.5) return rare ? [0.78, 0.3, 0] : [0.85, 0.36, 0.03];
  if (hardness > 4) return rare ? [0.43, 0.08, 0] : [0.56, 0.18, 0];
  if (hardness > 2.5) return rare ? [0.3, 0, 0] : [0.37, 0.08, 0];
  return [rare ? 0.17 : 0.27, 0, 0];
}

const NO_LIMITS = [1, 1, 1];
/** Of 2, 3 and 4 at once, where there are few columns. */
const MOST_CHANCES: Readonly<Record<number, readonly number[]>> = {
  2: [0, 0, 0],
  3: [0.1, 0, 0],
  4: [0.3, 0.04, 0],
  5: [0.34, 0.1, 0.03],
};
