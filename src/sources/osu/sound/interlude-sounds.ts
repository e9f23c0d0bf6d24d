/** What is heard between and before objects: the countdown, sections, long combos, failing, applause. Pure. */
import type { Countdown } from '../scene/interludes/countdown.ts';
import type { Milestone } from '../scene/interludes/milestones.ts';
import type { Section } from '../scene/interludes/sections.ts';
import { type HitSound, OF_MAP } from './hit-sounds.ts';

export interface Interludes {
  readonly countdown: Countdown | undefined;
  readonly sections: readonly Section[];
  /** Combos that are heard. */
  readonly milestones: readonly Milestone[];
  /** Ms of the map, where the player failed and that was the end. */
  readonly failedAt: number | undefined;
  /** Ms of the map, where the panel at the end comes for somebody who did not fail. */
  readonly applauseAt: number | undefined;
}

/** Of sounds with a number behind their name. */
const MOST_NUMBERED = 50;
/** Beats before “Go!”. */
const READY_AT = 5.9;

/** @param has whether map or skin have a sound */
export function interludeSounds(interludes: Interludes, has: (name: string) => boolean): HitSound[] {
  const { countdown, sections, milestones, failedAt, applauseAt } = interludes;
  const sound = (time: number, name: string): HitSound => ({
    time,
    sample: { name, index: OF_MAP },
    volume: 0.8,
    pan: 0,
  });
  const numbered = Array.from({ length: MOST_NUMBERED }, (_, number) => `comboburst-${number}`);
  const bursts = numbered.slice(
    0,
    numbered.findIndex((name) => !has(name)),
  );
  return [
    ...(countdown ? counted(countdown, has).map(([time, name]) => sound(time, name)) : []),
    ...sections.map(({ time, passed }) => sound(time, passed ? 'sectionpass' : 'sectionfail')),
    ...milestones.map(({ time }, index) => sound(time, bursts[index % Math.max(1, bursts.length)] ?? 'comboburst')),
    ...(failedAt === undefined ? [] : [sound(failedAt, 'failsound')]),
    ...(applauseAt === undefined ? [] : [sound(applauseAt, 'applause')]),
  ];
}

/** One sound stands for all numbers where the first of them has none (ppy/osu `LegacyCountdown`). */
function counted({ go, beat }: Countdown, has: (name: string) => boolean): [time: number, name: string][] {
  const names = has('count3s') ? ['count3s', 'count2s', 'count1s', 'gos'] : ['count', 'count', 'count', 'count'];
  return [
    [go - READY_AT * beat, 'readys'],
    ...names.map((name, index): [number, string] => [go - (3 - index) * beat, name]),
  ];
}
