/** What the panel at the end tells of a play. Pure. */

import { modNames } from '../../read/mods.ts';
import type { FieldDisplays, FieldSpan } from '../field.ts';
import type { PlayStates } from '../hud/state.ts';
import type { PlayedMap } from '../play-scene.ts';
import type { ResultFacts } from './result-facts.ts';

/** Points of the line of life. */
const LIFE_POINTS = 160;

/** @param rate ms of the map in one of real time */
export function factsOf(
  { map, replay, timeline, performance }: Pick<PlayedMap, 'map' | 'replay' | 'timeline' | 'performance'>,
  states: PlayStates,
  displays: FieldDisplays,
  { first, last }: FieldSpan,
  rate: number,
): ResultFacts {
  const state = states.at(Number.POSITIVE_INFINITY);
  const { header } = replay;
  const unstable = states.unstableRate(Number.POSITIVE_INFINITY);
  const mean = states.meanError;
  // Who failed or left has no life behind that.
  const end = timeline.unjudged > 0 ? (states.events.at(-1)?.time ?? last) : last;
  return {
    state,
    displays,
    grade: displays.grade(state),
    mods: modNames(replay),
    title: `${map.artist} – ${map.title}`,
    difficulty: map.difficultyName,
    creator: map.creator,
    player: header.player,
    day: header.playedAt?.slice(0, 10) ?? '',
    geki: timeline.geki,
    katu: timeline.katu,
    isPerfect: timeline.unjudged === 0 && state.miss === 0 && !breaksCombo(states),
    pp: performance?.pp.at(-1),
    unstableRate: unstable === undefined ? undefined : unstable / rate,
    meanError: mean === undefined ? undefined : mean / rate,
    life: Array.from(
      { length: LIFE_POINTS },
      (_, index) => states.at(first + ((end - first) * index) / (LIFE_POINTS - 1)).hp,
    ),
  };
}

function breaksCombo({ events }: PlayStates): boolean {
  let last = 0;
  return events.some(({ combo }) => {
    const broken = combo < last;
    last = combo;
    return broken;
  });
}
