/** Which pictures of a skin a game is drawn with, beside those of osu!standard. Pure. */
import type { Play } from '../judge/play.ts';

export interface GameElements {
  readonly still: readonly string[];
  /** What may be several pictures, numbered behind a hyphen. */
  readonly animated: readonly string[];
}

const FRUITS = ['pear', 'grapes', 'apple', 'orange', 'bananas', 'drop'].flatMap((name) => [
  `fruit-${name}`,
  `fruit-${name}-overlay`,
]);

const ELEMENTS: Readonly<Partial<Record<Play['game'], GameElements>>> = {
  catch: { still: FRUITS, animated: ['fruit-catcher-idle'] },
  taiko: {
    still: ['taikohitcircle', 'taikobigcircle', 'taiko-bar-right'],
    animated: ['taikohitcircleoverlay', 'taikobigcircleoverlay', 'taiko-hit300', 'taiko-hit100', 'taiko-hit0'],
  },
};

export const elementsOf = (game: Play['game']): GameElements => ELEMENTS[game] ?? { still: [], animated: [] };
