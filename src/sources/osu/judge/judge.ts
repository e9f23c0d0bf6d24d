/**
 * The judge: a map and the frames of a replay become a timeline of what the game counted. A pure function; of the replay's header it takes the mode, the
 * version and the mods, and never a count, a score or the life bar.
 */
import { UserError } from '../../../base/errors.ts';
import type { Beatmap } from '../read/beatmap.ts';
import type { Replay } from '../read/replay.ts';
import { WorkBudget } from '../work-budget.ts';
import { judgeCatch } from './catch.ts';
import { prepareCatch } from './catch-play.ts';
import { judgeMania } from './mania.ts';
import { prepareMania } from './mania-play.ts';
import { preparePlay } from './prepare.ts';
import { judgeStandard } from './standard.ts';
import { judgeTaiko } from './taiko.ts';
import { prepareTaiko } from './taiko-play.ts';
import type { Timeline } from './timeline.ts';

/** Mods of osu!(lazer) that change nothing that its Classic mod does not judge as stable does. */
const CLASSIC = new Set([
  'CL',
  'EZ',
  'NF',
  'HT',
  'DC',
  'HR',
  'SD',
  'PF',
  'DT',
  'NC',
  'RX',
  'HD',
  'FL',
  'SO',
  'AP',
  'AT',
  'SV2',
]);

const MODES = ['osu!', 'osu!taiko', 'osu!catch', 'osu!mania'] as const;

/**
 * @param mapName of the map's file, for errors
 * @throws UserError where the mode cannot be judged; InputError where the map asks for more than can be drawn
 */
export function judge(
  map: Beatmap,
  replay: Pick<Replay, 'header' | 'frames' | 'lazerMods'>,
  mapName: string,
): Timeline {
  const { mode, mods, version } = replay.header;
  if (replay.header.lazer) refuseOwnRules(replay);
  if (mode === 0 && map.mode === 0)
    return judgeStandard(map, preparePlay(map, mods, mapName), replay.frames, version, new WorkBudget(mapName));
  if (mode === 3 && map.mode === 3) return judgeMania(prepareMania(map, mods), replay.frames);
  if (mode === 1 && (map.mode === 0 || map.mode === 1))
    return judgeTaiko(map, prepareTaiko(map, mods, mapName), replay.frames, new WorkBudget(mapName));
  if (mode === 2 && (map.mode === 0 || map.mode === 2))
    return judgeCatch(map, prepareCatch(map, mods, mapName), replay.frames);
  throw new UserError(
    `This is a replay of ${MODES[mode]} on a map of ${MODES[map.mode]}.`,
    'Only maps of osu! are converted; others must be played in the game that they were made for.',
    { code: 'converted-map' },
  );
}

/** osu!(lazer) has rules of its own for sliders, and mods that move things, unless it is asked to be classic. */
function refuseOwnRules({ lazerMods }: Pick<Replay, 'lazerMods'>): void {
  const other = lazerMods.filter(({ acronym }) => !CLASSIC.has(acronym)).map(({ acronym }) => acronym);
  if (lazerMods.some(({ acronym }) => acronym === 'CL') && other.length === 0) return;
  const why = other.length > 0 ? `with the mods ${other.join(', ')}` : 'without its Classic mod';
  throw new UserError(
    `This was played in osu!(lazer) ${why}: Vidette cannot judge that yet.`,
    'Plays of osu!(lazer) with its Classic mod, and no mod that stable does not have, can be judged.',
    { code: 'lazer-rules' },
  );
}
