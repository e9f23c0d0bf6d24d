/** The number and the colour that each object wears. Pure. */
import type { MapObject } from '../read/beatmap.ts';

export interface Worn {
  /** From 1 on within its combo. */
  readonly number: number;
  /** Index into the colours of combos, not yet brought into their range. */
  readonly colour: number;
}

/** A spinner begins a combo behind it, as the first object does; skips count on top. */
export function combosOf(objects: readonly MapObject[]): Worn[] {
  let colour = 0;
  let number = 0;
  let fresh = true;
  return objects.map((object) => {
    if (object.newCombo || fresh) {
      // The first combo of a map wears the second colour of the list, as in the game.
      colour += 1 + object.comboSkip;
      number = 0;
    }
    fresh = object.kind === 'spinner';
    number += 1;
    return { number, colour };
  });
}
