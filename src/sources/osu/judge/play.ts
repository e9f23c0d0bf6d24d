/** A map under mods, ready to be played in the game of the replay. */
import { UserError } from '../../../base/errors.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { paceOf } from '../read/pace.ts';
import type { Replay } from '../read/replay.ts';
import { type CatchPlay, prepareCatch } from './catch-play.ts';
import { mapUnder } from './lazer-map.ts';
import { type ManiaPlay, prepareMania } from './mania-play.ts';
import { type PlayMap, preparePlay } from './prepare.ts';
import { prepareTaiko, type TaikoPlay } from './taiko-play.ts';

/** Told apart by `game`. */
export type Play = PlayMap | TaikoPlay | CatchPlay | ManiaPlay;

/**
 * @param name of the map's file, for errors
 * @throws UserError where the game cannot be prepared; InputError where a map asks for more than any game could show
 */
export function playOf(map: Beatmap, { header, lazerMods }: Pick<Replay, 'header' | 'lazerMods'>, name: string): Play {
  const { mode, mods } = header;
  if (mode === 0 && map.mode === 0) return preparePlay(mapUnder(map, lazerMods), mods, name);
  if (mode === 3 && (map.mode === 0 || map.mode === 3))
    return prepareMania(map, mods, name, paceOf({ header, lazerMods }).rate);
  if (mode === 1 && (map.mode === 0 || map.mode === 1)) return prepareTaiko(map, mods, name);
  if (mode === 2 && (map.mode === 0 || map.mode === 2)) return prepareCatch(map, mods, name);
  throw new UserError(
    'This game cannot be played on this map yet.',
    'Give a map that was made for the game of the replay.',
    { code: 'mode-not-drawn' },
  );
}
