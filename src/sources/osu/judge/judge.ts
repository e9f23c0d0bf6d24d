/**
 * The judge: a map and the frames of a replay become a timeline of what the game counted. A pure function; of the replay's header it takes the mode, the
 * version and the mods, and never a count, a score or the life bar.
 */
import { UserError } from '../../../base/errors.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { hasOwnSpeed, paceOf } from '../read/pace.ts';
import type { GameMode, Replay } from '../read/replay.ts';
import { WorkBudget } from '../work-budget.ts';
import { judgeCatch } from './catch.ts';
import { prepareCatch } from './catch-play.ts';
import { judgeLazer } from './lazer.ts';
import { mapUnder } from './lazer-map.ts';
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

/** In osu!mania these too: how many keys, and what is seen and where. */
const CLASSIC_MANIA = new Set([...CLASSIC, 'MR', 'FI', 'DS', ...Array.from({ length: 9 }, (_, n) => `${n + 1}K`)]);

/** Where it plays by its own rules: those of stable that it judges no other way, DA and MR, which change the map, and some that change nothing. */
const OWN = new Set(
  ['EZ', 'NF', 'HT', 'DC', 'HR', 'SD', 'PF', 'DT', 'NC', 'HD', 'FL', 'AT'].concat('DA', 'MR', 'MU', 'AC', 'BL', 'TC'),
);

/** Games whose classic rules are known at any speed: in osu!catch it changes none, in osu!mania the windows. */
const ANY_SPEED: ReadonlySet<GameMode> = new Set<GameMode>([2, 3]);

/** Settings of the Classic mod that decide verdicts; on unless they say otherwise. */
const CLASSIC_RULES = ['no_slider_head_accuracy', 'classic_note_lock'] as const;

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
  if (replay.header.lazer && hasOwnRules(replay) && map.mode === 0) {
    const changed = mapUnder(map, replay.lazerMods);
    const play = preparePlay(changed, mods, mapName);
    return judgeLazer(changed, play, replay.frames, replay.lazerMods, new WorkBudget(mapName));
  }
  if (mode === 0 && map.mode === 0)
    return judgeStandard(map, preparePlay(map, mods, mapName), replay.frames, version, new WorkBudget(mapName));
  if (mode === 3 && (map.mode === 0 || map.mode === 3))
    return judgeMania(prepareMania(map, mods, mapName, paceOf(replay).rate), replay.frames);
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

/** Whether osu!(lazer) judged it by rules of its own, and not as stable does. @throws UserError where a mod changes more than we know */
function hasOwnRules({ header, lazerMods }: Pick<Replay, 'header' | 'lazerMods'>): boolean {
  const classic = lazerMods.find(({ acronym }) => acronym === 'CL');
  const isOwn = classic === undefined && header.mode === 0;
  const known = isOwn ? OWN : header.mode === 3 ? CLASSIC_MANIA : CLASSIC;
  const other = lazerMods.filter(({ acronym }) => !known.has(acronym)).map(({ acronym }) => acronym);
  if (other.length > 0)
    throw refusal(`with the mods ${other.join(', ')}`, 'Plays with the mods that stable has can be judged.');
  if (classic && CLASSIC_RULES.some((rule) => classic.settings[rule] === false))
    throw refusal(
      'with a Classic mod that is set to other rules',
      'Plays with all of the Classic mod, or without it, can be judged.',
    );
  if (classic === undefined && !isOwn)
    throw refusal('without its Classic mod', 'In this game, plays with its Classic mod can be judged.');
  if (!isOwn && !ANY_SPEED.has(header.mode) && lazerMods.some(hasOwnSpeed))
    throw refusal('at a speed of its own and by the classic rules', 'Plays at the speeds of DT and HT can be judged.');
  return isOwn;
}

const refusal = (how: string, remedy: string): UserError =>
  new UserError(`This was played in osu!(lazer) ${how}: Vidette cannot judge that yet.`, remedy, {
    code: 'lazer-rules',
  });
