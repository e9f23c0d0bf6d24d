/** Lines of a storyboard: what one of them says, or nothing where it cannot be read. Pure. */
import { decimal } from './map-line.ts';
import type {
  Channel,
  GroupTiming,
  HitSoundCondition,
  StoryAnimation,
  StoryLayer,
  StoryParameter,
} from './storyboard.ts';
import { STORY_LAYERS } from './storyboard.ts';

/** By name and by number, as tools write either. */
const ORIGINS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  topleft: [0, 0],
  0: [0, 0],
  centre: [0.5, 0.5],
  1: [0.5, 0.5],
  centreleft: [0, 0.5],
  2: [0, 0.5],
  topright: [1, 0],
  3: [1, 0],
  bottomcentre: [0.5, 1],
  4: [0.5, 1],
  topcentre: [0.5, 0],
  5: [0.5, 0],
  custom: [0, 0],
  6: [0, 0],
  centreright: [1, 0.5],
  7: [1, 0.5],
  bottomleft: [0, 1],
  8: [0, 1],
  bottomright: [1, 1],
  9: [1, 1],
};

/** What each command changes; its values come in sets of so many. */
const COMMANDS: Readonly<Record<string, readonly Channel[]>> = {
  F: ['alpha'],
  M: ['x', 'y'],
  MX: ['x'],
  MY: ['y'],
  S: ['scale'],
  V: ['width', 'height'],
  R: ['angle'],
  C: ['red', 'green', 'blue'],
};
const PARAMETERS: Readonly<Record<string, StoryParameter['kind']>> = { H: 'flipX', V: 'flipY', A: 'additive' };

const LAST_TIME = 1e12;
const MOST_VALUE = 1e9;
const MOST_PICTURES = 10_000;
const LAST_EASING = 34;
const MOST_LOOPS = 1e9;
const MOST_NAME = 1024;
/** Before format 6 the delay between pictures was counted in frames of 60 Hz, as ppy/osu's decoder has it. */
const OLD_FORMAT = 6;

export interface StoryHead {
  readonly layer: StoryLayer;
  readonly origin: { readonly x: number; readonly y: number };
  readonly file: string;
  readonly x: number;
  readonly y: number;
  readonly animation: StoryAnimation | undefined;
}

/** @param words of a line `Sprite,…` or `Animation,…` @param format of the file */
export function spriteOf(words: readonly string[], format: number): StoryHead | undefined {
  const layer = layerOf(words[1]);
  const origin = ORIGINS[(words[2] ?? '').trim().toLowerCase()];
  const file = fileOf(words[3]);
  const [x, y] = [numberOf(words[4]), numberOf(words[5])];
  if (layer === undefined || !origin || file === '' || x === undefined || y === undefined) return undefined;
  const head = { layer, origin: { x: origin[0], y: origin[1] }, file, x, y };
  if (!isAnimation(words[0])) return { ...head, animation: undefined };
  const count = numberOf(words[6]);
  const delay = numberOf(words[7]);
  if (count === undefined || delay === undefined || !(count >= 1)) return undefined;
  const frames = format < OLD_FORMAT ? Math.round(0.015 * delay) * 1.186 * (1000 / 60) : delay;
  const loop = (words[8] ?? '').trim().toLowerCase();
  return {
    ...head,
    animation: {
      count: Math.min(MOST_PICTURES, Math.trunc(count)),
      // Never more than a picture in a frame of the game.
      delay: frames > 0 ? frames : 1000 / 60,
      once: loop === 'looponce' || loop === '1',
    },
  };
}

const isAnimation = (word: string | undefined): boolean => word === 'Animation' || word === '6';

export interface StoryCommand {
  readonly easing: number;
  readonly start: number;
  readonly end: number;
  readonly channels: readonly Channel[];
  /** Sets of a value for each channel: two and more. */
  readonly values: readonly number[];
}

/** @param words of a line `F,…` and such; left out ends and values are filled in */
export function commandOf(words: readonly string[]): StoryCommand | undefined {
  const channels = COMMANDS[(words[0] ?? '').trim()];
  const times = timesOf(words);
  if (!channels || !times) return undefined;
  const values: number[] = [];
  for (const word of words.slice(4)) {
    const value = numberOf(word);
    if (value === undefined) {
      // Some lines end in a comma.
      if (word.trim() === '') break;
      return undefined;
    }
    values.push(value);
  }
  const size = channels.length;
  if (values.length < size) return undefined;
  // Of a last set that is not whole, what is missing is as in the set before.
  while (values.length < 2 * size || values.length % size !== 0) values.push(values[values.length - size] ?? 0);
  const easing = numberOf(words[1]) ?? 0;
  return { ...times, easing: easing >= 0 && easing <= LAST_EASING ? Math.trunc(easing) : 0, channels, values };
}

/** @param words of a line `P,…` */
export function parameterOf(words: readonly string[]): StoryParameter | undefined {
  const times = timesOf(words);
  const kind = PARAMETERS[(words[4] ?? '').trim().toUpperCase()];
  return times && kind ? { kind, ...times } : undefined;
}

function timesOf(words: readonly string[]): { start: number; end: number } | undefined {
  const start = numberOf(words[2], LAST_TIME);
  const end = (words[3] ?? '').trim() === '' ? start : numberOf(words[3], LAST_TIME);
  return start === undefined || end === undefined ? undefined : { start, end: Math.max(start, end) };
}

/** @param words of a line `L,…` or `T,…` */
export function groupOf(words: readonly string[]): GroupTiming | undefined {
  if (words[0] === 'L') {
    const start = numberOf(words[1], LAST_TIME);
    const count = numberOf(words[2], MOST_LOOPS);
    if (start === undefined || count === undefined) return undefined;
    return { kind: 'loop', start, count: Math.max(1, Math.trunc(count)) };
  }
  const on = conditionOf((words[1] ?? '').trim());
  const start = words[2] === undefined ? -LAST_TIME : numberOf(words[2], LAST_TIME);
  const end = words[3] === undefined ? LAST_TIME : numberOf(words[3], LAST_TIME);
  if (!on || start === undefined || end === undefined) return undefined;
  return { kind: 'trigger', on, start, end, number: Math.trunc(numberOf(words[4]) ?? 0) };
}

const SETS = { All: 0, Normal: 1, Soft: 2, Drum: 3 } as const;
const ADDITIONS = { Whistle: 2, Finish: 4, Clap: 8 } as const;

/** `HitSoundDrumWhistle` and such. One set alone is that of the addition where one is named, else that of the hit. */
function conditionOf(name: string): 'passing' | 'failing' | HitSoundCondition | undefined {
  if (name === 'Passing') return 'passing';
  if (name === 'Failing') return 'failing';
  const found =
    /^HitSound(All|Normal|Soft|Drum)?(All|Normal|Soft|Drum)?(Whistle|Finish|Clap)?(\d{1,9})?$/.exec(name) ?? undefined;
  if (!found) return undefined;
  const setOf = (word: string | undefined) => SETS[(word ?? 'All') as keyof typeof SETS];
  const [, first, second, additionName, index] = found;
  const addition = additionName === undefined ? 0 : ADDITIONS[additionName as keyof typeof ADDITIONS];
  const alone = second === undefined && addition !== 0;
  return {
    set: alone ? 0 : setOf(first),
    additionSet: alone ? setOf(first) : setOf(second),
    addition,
    index: index === undefined ? undefined : Number(index),
  };
}

export function layerOf(word: string | undefined): StoryLayer | undefined {
  const name = (word ?? '').trim().toLowerCase();
  return STORY_LAYERS.find((layer, index) => layer === name || `${index}` === name);
}

/** As maps write names of files: in quotes or without. */
export const fileOf = (word: string | undefined): string =>
  (word ?? '')
    .trim()
    .replace(/^"+|"+$/g, '')
    .trim()
    .slice(0, MOST_NAME);

/** @returns undefined where it is no number, or beyond ±`most` */
export function numberOf(word: string | undefined, most = MOST_VALUE): number | undefined {
  const value = decimal(word);
  return value === undefined || !(Math.abs(value) <= most) ? undefined : value;
}
