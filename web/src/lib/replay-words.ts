/** What replays of osu! are called. Pure. */
import type { Replay, ReplayLook } from '../../../src/contract/replay.ts';

/** `Artist – Title`, or as much as is known. */
export function mapName({ map, mapHint, name }: Pick<Replay, 'map' | 'mapHint' | 'name'>): string {
  if (map) return `${map.artist} – ${map.title}`;
  return mapHint ?? name.replace(/\.osr$/i, '');
}

/** `SS` of `XH`. */
export const gradeText = (grade: NonNullable<Replay['grade']>): string => grade.replace('H', '').replace('X', 'SS');

/** `HD`, `DT`, … */
export const modsOf = (mods: string): string[] => mods.match(/[A-Z0-9]{2}(?:\d(?:\.\d+)?x)?/g) ?? [];

export const MODE_NAMES: Readonly<Record<Replay['mode'], string>> = {
  osu: 'osu!',
  taiko: 'osu!taiko',
  catch: 'osu!catch',
  mania: 'osu!mania',
};

const played = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
/** Replays are kept for years. @param at RFC 3339 */
export const playedText = (at: string): string => played.format(Date.parse(at));

/** `1,234,567`. */
export const countText = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Where people look for a map that is not here. */
export function mapSearch(replay: Pick<Replay, 'map' | 'mapHint'>): string | undefined {
  const { map, mapHint } = replay;
  const words = map ? `${map.artist} ${map.title}` : mapHint?.replace(/ \[[^[]*\]$/, '').replace(/ \([^(]*\)$/, '');
  return words === undefined ? undefined : `https://osu.ppy.sh/beatmapsets?q=${encodeURIComponent(words)}&s=any`;
}

/** Names of the parts of the display; one that is new in the contract is named here. */
export const HUD_WORDS: Readonly<Record<ReplayLook['hide'][number], string>> = {
  score: 'Score',
  combo: 'Combo',
  accuracy: 'Accuracy',
  hp: 'Life bar',
  mods: 'Mods',
  grade: 'Grade',
  keys: 'Keys',
  errors: 'Hit errors',
  strains: 'Difficulty',
  counter: 'Hit counts',
  pp: 'Points',
  leaderboard: 'List of players',
};

type Switchable = { [Key in keyof ReplayLook]: ReplayLook[Key] extends boolean ? Key : never }[keyof ReplayLook];

/** What is switched on or off; one that is new in the contract is named here. */
export const LOOK_WORDS: Readonly<Record<Switchable, { readonly label: string; readonly hint?: string }>> = {
  skipIntro: { label: 'Skip the intro', hint: 'Begins just before the first object' },
  resultScreen: { label: 'Results at the end' },
  storyboard: { label: 'Storyboard', hint: 'Where the map has one' },
  video: { label: 'Video behind it', hint: 'Where the map has one' },
  followPoints: { label: 'Points between objects' },
  mapColours: { label: 'Colours of the map', hint: 'Otherwise those of the skin' },
  mapSkin: { label: 'Pictures of the map', hint: 'Where it has its own, instead of those of the skin' },
  results300: { label: 'Say 300 too', hint: 'Not only what was not a 300' },
};
