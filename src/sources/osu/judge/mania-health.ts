/**
 * The life bar of osu!mania: it never drains. Good verdicts give, poor ones take, and what good ones give grows on maps that give little. Numbers from ppy/osu,
 * `ManiaHealthProcessor` and `LegacyDrainingHealthProcessor` (MIT), on stable's scale of 200.
 */
import type { Beatmap } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { between, difficultyWith } from './difficulty.ts';
import { FULL, LifeBar } from './life-bar.ts';
import type { ManiaPlay } from './mania-play.ts';
import type { ManiaVerdict } from './mania-tally.ts';

/** Steps of the search; far more than any map takes. */
const MOST_STEPS = 500;
/** Notes of all steps together: what no map that can be played comes near. */
const MOST_WORK = 100_000_000;
/** Taken in a millisecond, where the search begins. */
const FIRST_DRAIN = 0.05;

/** What a verdict changes, without what the map makes of it. @param hp 0 to 10 and more */
function changeOf(value: ManiaVerdict, hp: number): number {
  switch (value) {
    case 320:
      return (0.0055 - hp * 0.0005) * FULL;
    case 300:
      return (0.005 - hp * 0.0005) * FULL;
    case 200:
      return (0.004 - hp * 0.0004) * FULL;
    case 100:
      return 0;
    case 50:
      return -(hp + 1) * 0.0016 * FULL;
    case 0:
      return -(hp + 1) * 0.0075 * FULL;
  }
}

/**
 * The game looks for the drain that a play without a mistake survives, as in its other games, and then drains nothing: what stays of the search is how much
 * more good verdicts give.
 */
function multiplierOf(map: Beatmap, play: ManiaPlay, hp: number): number {
  let drain = FIRST_DRAIN;
  let multiplier = 1;
  if (play.objects.length === 0) return multiplier;
  const steps = Math.min(MOST_STEPS, MOST_WORK / play.objects.length);
  for (let step = 0; step < steps; step++) {
    const verdict = tryDrain(drain, multiplier, map, play, hp);
    if (verdict === 'lives') break;
    drain *= verdict === 'end too low' ? 0.94 : 0.96;
    if (verdict !== 'too low') multiplier *= 1.01;
  }
  return multiplier;
}

function tryDrain(
  drain: number,
  multiplier: number,
  { breaks }: Beatmap,
  { objects }: ManiaPlay,
  hp: number,
): 'lives' | 'too low' | 'end too low' | 'recovers too little' {
  const lowest = between(hp, 195, 160, 60);
  const each = changeOf(320, hp) * multiplier;
  const pauses = breaks.toSorted((a, b) => a.start - b.start);
  let next = 0;
  let life = FULL;
  let uncapped = FULL;
  let before = objects[0]?.time ?? 0;
  const take = (amount: number): void => {
    life = Math.max(0, life - amount);
    uncapped = Math.max(0, uncapped - amount);
  };
  for (const { kind, time, endTime } of objects) {
    for (let pause = pauses[next]; pause && pause.end <= time; pause = pauses[next]) {
      before = time;
      next++;
    }
    take(drain * (time - before));
    before = endTime;
    if (life <= lowest) return 'too low';
    const held = drain * (endTime - time);
    const beyond = Math.max(0, held - life);
    take(held);
    // A long note is two: its head and its end.
    const gained = kind === 'hold' ? 2 * each : each;
    life = Math.max(0, Math.min(FULL, life + gained));
    uncapped += gained;
    if (beyond > 0 && life - beyond <= lowest) return 'too low';
  }
  if (life < between(hp, 198, 180, 80)) return 'end too low';
  return (uncapped - FULL) / objects.length < between(hp, 8, 4, 0) ? 'recovers too little' : 'lives';
}

/** The life of one play. */
export class ManiaHealth extends LifeBar {
  readonly #hp: number;
  readonly #multiplier: number;
  readonly #objects: ManiaPlay['objects'];

  constructor(play: ManiaPlay) {
    super([], 0, (play.mods & MOD.EZ) !== 0);
    this.#hp = difficultyWith(play.map.difficulty, play.mods).hp;
    this.#multiplier = multiplierOf(play.map, play, this.#hp);
    this.#objects = play.objects;
  }

  /** A long note is judged once and counts as its two ends; missed, as one note. */
  result(time: number, object: number, value: ManiaVerdict): void {
    this.goTo(time);
    const change = changeOf(value, this.#hp);
    const parts = value > 0 && this.#objects[object]?.kind === 'hold' ? 2 : 1;
    this.change(parts * (change > 0 ? change * this.#multiplier : change));
  }
}
