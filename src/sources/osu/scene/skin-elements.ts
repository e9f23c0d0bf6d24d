/** Which pictures of a skin each game is drawn with. Pure. */
import type { Play } from '../judge/play.ts';

export interface GameElements {
  readonly still: readonly string[];
  /** What may be several pictures: its name, and what stands between that and their numbers. */
  readonly animated: Readonly<Record<string, string>>;
  /** Whose numbers stand in circles too. */
  readonly numbered: boolean;
}

type Game = Play['game'];

const moving = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, '-']));

const RESULTS = ['hit0', 'hit50', 'hit100', 'hit100k', 'hit300', 'hit300g', 'hit300k'];

/** Of the screen, in every game. */
const SHARED: GameElements = {
  still: [
    'scorebar-bg',
    'scorebar-marker',
    'scorebar-ki',
    'scorebar-kidanger',
    'scorebar-kidanger2',
    'inputoverlay-background',
    'inputoverlay-key',
    'section-pass',
    'section-fail',
    'play-warningarrow',
    'arrow-warning',
    'count1',
    'count2',
    'count3',
    'ready',
    'go',
    'ranking-panel',
    'ranking-title',
    'ranking-graph',
    'ranking-maxcombo',
    'ranking-accuracy',
    'ranking-perfect',
    ...['xh', 'x', 'sh', 's', 'a', 'b', 'c', 'd'].map((grade) => `ranking-${grade}`),
  ],
  animated: { 'scorebar-colour': '-' },
  numbered: false,
};

const FRUITS = ['pear', 'grapes', 'apple', 'orange', 'bananas', 'drop'].flatMap((name) => [
  `fruit-${name}`,
  `fruit-${name}-overlay`,
]);

const GAMES: Readonly<Record<Game, GameElements>> = {
  standard: {
    still: [
      'hitcircle',
      'approachcircle',
      'lighting',
      'particle50',
      'particle100',
      'particle300',
      'reversearrow',
      'sliderscorepoint',
      'sliderpoint10',
      'sliderpoint30',
      'sliderstartcircle',
      'sliderendcircle',
      'sliderb-nd',
      'sliderb-spec',
      'cursor',
      'cursormiddle',
      'cursortrail',
      'cursor-smoke',
      'star2',
      'spinner-background',
      'spinner-circle',
      'spinner-metre',
      'spinner-osu',
      'spinner-bottom',
      'spinner-top',
      'spinner-middle',
      'spinner-middle2',
      'spinner-glow',
      'spinner-approachcircle',
      'spinner-rpm',
      'spinner-spin',
      'spinner-clear',
    ],
    animated: {
      ...moving(['hitcircleoverlay', 'sliderstartcircleoverlay', 'sliderendcircleoverlay']),
      ...moving(['sliderfollowcircle', 'followpoint', ...RESULTS, 'comboburst']),
      sliderb: '',
    },
    numbered: true,
  },
  catch: {
    still: FRUITS,
    animated: moving([
      'fruit-catcher-idle',
      'fruit-catcher-fail',
      'fruit-catcher-kiai',
      'comboburst-fruits',
      ...RESULTS,
    ]),
    numbered: false,
  },
  taiko: {
    still: [
      'taikohitcircle',
      'taikobigcircle',
      'taiko-bar-left',
      'taiko-bar-right',
      'taiko-barline',
      'taiko-drum-inner',
      'taiko-drum-outer',
      'taiko-glow',
      'taiko-roll-middle',
      'taiko-roll-end',
      'sliderscorepoint',
    ],
    animated: moving([
      'taikohitcircleoverlay',
      'taikobigcircleoverlay',
      'taiko-hit300',
      'taiko-hit100',
      'taiko-hit0',
      ...RESULTS,
    ]),
    numbered: false,
  },
  mania: { still: [], animated: moving(['comboburst-mania']), numbered: false },
};

/** Names of mods as pictures of skins have them. */
const MOD_PICTURES: Readonly<Record<string, string>> = {
  EZ: 'easy',
  NF: 'nofail',
  HT: 'halftime',
  HD: 'hidden',
  HR: 'hardrock',
  SD: 'suddendeath',
  PF: 'perfect',
  DT: 'doubletime',
  NC: 'nightcore',
  FL: 'flashlight',
  FI: 'fadein',
  RX: 'relax',
  AP: 'relax2',
  SO: 'spunout',
  TD: 'touchdevice',
  AT: 'autoplay',
  CN: 'cinema',
  V2: 'scorev2',
  MR: 'mirror',
};

/** @param mod `HD` … @returns the name of its picture */
export const modPicture = (mod: string): string =>
  `selection-mod-${MOD_PICTURES[mod.slice(0, 2)] ?? mod.toLowerCase()}`;

/** @param mods their names, as `HD` */
export function elementsOf(game: Game, mods: readonly string[] = []): GameElements {
  const { still, animated, numbered } = GAMES[game];
  return {
    still: [...SHARED.still, ...still, ...mods.map(modPicture)],
    animated: { ...SHARED.animated, ...animated },
    numbered,
  };
}
