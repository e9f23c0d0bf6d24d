/** The columns that a map is converted to, and the game's ways to choose among them by chance. By ppy/osu (MIT), `LegacyPatternGenerator`. */
import { UserError } from '../../../../base/errors.ts';
import type { WorkBudget } from '../../work-budget.ts';
import type { LegacyRandom } from '../legacy-random.ts';
import type { Pattern } from './pattern.ts';

const FIELD_WIDTH = Math.fround(512);
/** With so many the first one is the turntable: chance leaves it alone. */
const WITH_TURNTABLE = 8;

/** Which columns may be chosen, and how the next one is tried. */
export interface Choice {
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
  /** Columns of these are taken. */
  readonly taken?: readonly Pattern[];
  readonly except?: number;
  readonly next?: (column: number) => number;
}

export class Stage {
  readonly columns: number;
  /** The first column that chance chooses. */
  readonly first: number;
  /** How hard the map is for the game's conversion: from about 0 to 12. */
  readonly hardness: number;
  readonly random: LegacyRandom;
  readonly #budget: WorkBudget;

  constructor(columns: number, hardness: number, random: LegacyRandom, budget: WorkBudget) {
    this.columns = columns;
    this.first = columns === WITH_TURNTABLE ? 1 : 0;
    this.hardness = hardness;
    this.random = random;
    this.#budget = budget;
  }

  /** Where a place of the field lies, beside the turntable. */
  columnOf(x: number): number {
    const count = this.columns - this.first;
    const column = Math.floor(Math.fround(Math.fround(x) / Math.fround(FIELD_WIDTH / count)));
    return Math.max(0, Math.min(count - 1, column)) + this.first;
  }

  anyColumn(from = this.first, to = this.columns): number {
    return this.random.between(from, to);
  }

  /** @returns `column` where that is free, or another one that is @throws UserError where none is: the game cannot convert such a map either */
  freeColumn(column: number, { from = this.first, to = this.columns, taken = [], except, next }: Choice = {}): number {
    const isFree = (tried: number): boolean => tried !== except && !taken.some((pattern) => pattern.has(tried));
    if (isFree(column)) return column;
    let hasFree = false;
    for (let tried = from; tried < to; tried++) hasFree ||= isFree(tried);
    if (!hasFree)
      throw new UserError(
        'This map cannot be converted to osu!mania: its notes find no room in the columns.',
        'The game itself cannot convert it. Give a map that was made for osu!mania.',
        { code: 'not-convertible' },
      );
    let found = column;
    do {
      this.#budget.spend(1);
      found = next ? next(found) : this.anyColumn(from, to);
    } while (!isFree(found));
    return found;
  }

  /** How many notes at once, from one on. @param chances of 2, of 3 … */
  countBy(...chances: readonly number[]): number {
    const value = this.random.real();
    for (let more = chances.length - 1; more >= 0; more--) {
      const chance = chances[more] ?? 0;
      if (value >= 1 - chance) return more + 2;
    }
    return 1;
  }
}
