/** Notes of one circle: by its distance in time and place to what came before. By ppy/osu (MIT), `HitCirclePatternGenerator`. */
import type { CircleObject } from '../../read/beatmap.ts';
import { Pattern } from './pattern.ts';
import type { Stage } from './stage.ts';

const FINISH = 4;
const CLAP = 8;
/** Closer than this, circles lie on each other. */
const STACKED = 20;

/** Which way a stair of single notes goes. */
export type Stair = 1 | -1;

export interface CircleBefore {
  readonly pattern: Pattern;
  readonly stair: Stair;
  /** Milliseconds since, and osu! pixels to, what was before. */
  readonly gap: number;
  readonly distance: number;
  /** Milliseconds from one note to the next, over the last few. */
  readonly density: number;
}

interface Tempo {
  readonly beatLength: number;
  readonly kiai: boolean;
}

/** What the game asks of the notes of a circle. */
interface Manner {
  readonly stack?: 'always' | 'never';
  readonly single?: boolean;
  readonly rare?: boolean;
  readonly stair?: Stair;
  readonly order?: 'reverse' | 'cycle';
}

interface Chances {
  readonly few: readonly [number, number];
  readonly usual: readonly [number, number];
}

function mannerOf({ gap, distance, density, stair }: CircleBefore, { beatLength, kiai }: Tempo): Manner {
  const isStacked = distance < STACKED;
  if (gap <= 80) return { stack: 'never', single: true };
  if (gap <= 95) return { stack: 'never', single: true, stair };
  if (gap <= 105) return { stack: 'never', rare: true };
  if (gap <= 125) return { stack: 'never' };
  if (gap <= 135 && isStacked) return { order: 'cycle', single: true };
  if (gap <= 150 && isStacked) return { stack: 'always', rare: true };
  const isDense = density < beatLength / 2.5;
  if (isStacked && !isDense) return { order: 'reverse', rare: true };
  return isDense || kiai ? {} : { rare: true };
}

export function patternOfCircle(
  circle: CircleObject,
  before: CircleBefore,
  tempo: Tempo,
  stage: Stage,
): { readonly pattern: Pattern; readonly stair: Stair } {
  const manner = mannerOf(before, tempo);
  const pattern = new CircleNotes(circle, before.pattern, manner, stage).make();
  // At the last column the stair turns round.
  let { stair } = before;
  for (const { column } of pattern.notes) {
    if (manner.stair === 1 && column === stage.columns - 1) stair = -1;
    if (manner.stair === -1 && column === stage.first) stair = 1;
  }
  return { pattern, stair };
}

class CircleNotes {
  readonly #circle: CircleObject;
  readonly #before: Pattern;
  readonly #manner: Manner;
  readonly #stage: Stage;
  readonly #pattern = new Pattern();

  constructor(circle: CircleObject, before: Pattern, manner: Manner, stage: Stage) {
    this.#circle = circle;
    this.#before = before;
    this.#manner = manner;
    this.#stage = stage;
  }

  make(): Pattern {
    if (this.#stage.columns === 1) this.#add(0);
    else if (!this.#follow()) this.#scatter();
    return this.#pattern;
  }

  #add(column: number): void {
    const { time, sound, sample } = this.#circle;
    this.#pattern.add({ time, endTime: time, column, sound, sample });
  }

  /** By what lies before it alone. @returns false where chance decides */
  #follow(): boolean {
    const { columns, first } = this.#stage;
    const { order, stack, stair } = this.#manner;
    const before = this.#before.notes;
    const last = before[0]?.column ?? 0;
    const opposite = (column: number): number => first + columns - column - 1;
    const eachBefore = (to: (column: number) => number): boolean => {
      for (let column = first; column < columns; column++) if (this.#before.has(column)) this.#add(to(column));
      return true;
    };
    if (order === 'reverse' && before.length > 0) return eachBefore(opposite);
    const isMiddle = columns % 2 !== 0 && last === (columns - 1) / 2;
    const isTurntable = columns === 8 && last === 0;
    if (order === 'cycle' && before.length === 1 && !isTurntable && !isMiddle) {
      this.#add(opposite(last));
      return true;
    }
    if (stack === 'always' && before.length > 0) return eachBefore((column) => column);
    if (before.length !== 1 || stair === undefined) return false;
    const next = last + stair;
    this.#add(next === columns ? first : next === first - 1 ? columns - 1 : next);
    return true;
  }

  #scatter(): void {
    const { hardness, columns } = this.#stage;
    const { single, rare, stack } = this.#manner;
    const { few, usual } = chancesOf(hardness);
    const [p2, p3] = rare ? few : usual;
    if (single) this.#random(1);
    else if ((this.#circle.sound & FINISH) === 0 || columns === 8) this.#several(p2, p3, 0, 0);
    else {
      const chances = hardness > 6.5 ? MIRRORED.hard : hardness > 4 ? MIRRORED.usual : MIRRORED.easy;
      if (stack === 'never') this.#several(0.5 + chances.p2 / 2, chances.p2, (chances.p2 + chances.p3) / 2, chances.p3);
      else this.#mirrored(chances);
    }
  }

  /** By their places a clap gathers notes side by side; else each lies anywhere. */
  #random(wanted: number): void {
    const stage = this.#stage;
    const before = this.#before;
    const mayStack = this.#manner.stack !== 'never';
    const { sound, x } = this.#circle;
    const { single } = this.#manner;
    const isGathered = !single && (sound & CLAP) !== 0 && ((sound & FINISH) === 0 || stage.columns === 8);
    const next = (column: number): number => {
      if (!isGathered) return stage.anyColumn();
      return column + 1 === stage.columns ? stage.first : column + 1;
    };
    const count = mayStack ? wanted : Math.min(wanted, stage.columns - stage.first - before.width);
    let column = stage.columnOf(x);
    for (let made = 0; made < count; made++) {
      column = stage.freeColumn(column, { next, taken: mayStack ? [this.#pattern] : [this.#pattern, before] });
      this.#add(column);
    }
  }

  #several(p2: number, p3: number, p4: number, p5: number): void {
    const limits = MOST_CHANCES[this.#stage.columns] ?? NO_LIMITS;
    const limited = [p2, p3, p4, p5].map((chance, index) => Math.min(chance, limits[index] ?? 1));
    if ((this.#circle.sound & CLAP) !== 0) limited[0] = 1;
    this.#random(this.#stage.countBy(...limited));
    this.#turntable();
  }

  /** The same notes in both halves, and one in the middle by chance. */
  #mirrored(chances: MirroredChances): void {
    const stage = this.#stage;
    const { columns, first } = stage;
    const limited = mirroredChances(columns, chances);
    const middle = stage.random.real();
    const count = stage.countBy(limited.p2, limited.p3);
    const half = Math.floor(columns / 2);
    let column = stage.anyColumn(first, half);
    for (let made = 0; made < count; made++) {
      column = stage.freeColumn(column, { to: half, taken: [this.#pattern] });
      this.#add(column);
      this.#add(first + columns - column - 1);
    }
    if (columns % 2 !== 0 && count !== 3 && middle > 1 - limited.centre) this.#add(half);
    this.#turntable();
  }

  #turntable(): void {
    const { sound } = this.#circle;
    if (this.#stage.first > 0 && (sound & CLAP) !== 0 && (sound & FINISH) !== 0) this.#add(0);
  }
}

function chancesOf(hardness: number): Chances {
  if (hardness > 6.5) return { few: [0.78, 0.42], usual: [1, 0.62] };
  if (hardness > 4) return { few: [0.35, 0.08], usual: [0.52, 0.15] };
  if (hardness > 2) return { few: [0.18, 0], usual: [0.45, 0] };
  return { few: [0, 0], usual: [0, 0] };
}

const NO_LIMITS = [1, 1, 1, 1];
/** Of 2, 3, 4 and 5 at once, where there are few columns. */
const MOST_CHANCES: Readonly<Record<number, readonly number[]>> = {
  2: [0, 0, 0, 0],
  3: [0.1, 0, 0, 0],
  4: [0.23, 0.04, 0, 0],
  5: [1, 0.15, 0.03, 0],
};

interface MirroredChances {
  readonly centre: number;
  readonly p2: number;
  readonly p3: number;
}

const MIRRORED = {
  hard: { centre: 0.12, p2: 0.38, p3: 0.12 },
  usual: { centre: 0.12, p2: 0.17, p3: 0 },
  easy: { centre: 0.12, p2: 0, p3: 0 },
} as const satisfies Record<string, MirroredChances>;

function mirroredChances(columns: number, { centre, p2, p3 }: MirroredChances): MirroredChances {
  // Stable doubles the chance of none, and then the least of that chance holds.
  const doubled = (chance: number, least: number): number => Math.max(0, 1 - Math.max((1 - chance) * 2, least));
  if (columns === 2) return { centre: 0, p2: 0, p3: 0 };
  if (columns === 3) return { centre: Math.min(centre, 0.03), p2: 0, p3: 0 };
  if (columns === 4) return { centre: 0, p2: doubled(p2, 0.8), p3: 0 };
  if (columns === 5) return { centre: Math.min(centre, 0.03), p2, p3: 0 };
  if (columns === 6) return { centre: 0, p2: doubled(p2, 0.5), p3: doubled(p3, 0.85) };
  return { centre, p2, p3 };
}
