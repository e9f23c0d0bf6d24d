/**
 * The life bar of osu!catch: what is caught gives, what is missed takes, and it drains as fast as a play without a mistake survives. Numbers from ppy/osu,
 * `LegacyCatchHealthProcessor` and `LegacyDrainingHealthProcessor` (MIT), on stable's scale of 200.
 */
import type { Beatmap } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import type { CatchKind, CatchObject, CatchPlay } from './catch-play.ts';
import { between } from './difficulty.ts';
import { drainingStretches } from './health.ts';
import { FULL, LifeBar } from './life-bar.ts';

const GIVES: Readonly<Record<CatchKind, number>> = { fruit: 6, droplet: 3, tiny: 0.3, banana: 0.5 };
/** A combo of which nothing was missed. */
const COMBO_GIVES = 14;
/** Steps of the search; far more than any map takes. */
const MOST_STEPS = 500;
/** Files before this version drain until a break begins. */
const BREAKS_COVER_GAPS = 8;

interface CatchRules {
  /** Taken in a millisecond. */
  readonly drain: number;
  readonly normal: number;
  readonly combo: number;
}

/** Whether an object is the last fruit of its combo. */
export const endsCombo = (objects: readonly CatchObject[], index: number): boolean =>
  objects[index]?.kind === 'fruit' && (objects[index + 1]?.startsCombo ?? true);

function rulesOf(map: Beatmap, play: CatchPlay): CatchRules {
  let rules: CatchRules = { drain: 0.05, normal: 1, combo: 1 };
  if (play.objects.length === 0) return rules;
  const pauses = pausesOf(map, play);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { drain, normal, combo } = rules;
    const verdict = tryDrain(rules, play, pauses);
    if (verdict === 'lives') break;
    if (verdict === 'too low') rules = { drain: drain * 0.96, normal, combo };
    else if (verdict === 'combo too low') rules = { drain, normal: normal * 1.03, combo: combo * 1.07 };
    else if (verdict === 'end too low') rules = { drain: drain * 0.94, normal: normal * 1.01, combo: combo * 1.01 };
    else rules = { drain: drain * 0.96, normal: normal * 1.01, combo: combo * 1.02 };
  }
  return rules;
}

type Verdict = 'lives' | 'too low' | 'combo too low' | 'end too low' | 'recovers too little';

function tryDrain({ drain, normal, combo }: CatchRules, play: CatchPlay, pauses: Float64Array): Verdict {
  const { objects, difficulty } = play;
  const { hp, preempt } = difficulty;
  const [lowest, lowestAtCombo, lowestAtEnd] = [
    between(hp, 195, 160, 60),
    between(hp, 198, 170, 80),
    between(hp, 198, 180, 80),
  ];
  let life = FULL;
  let uncapped = FULL;
  let before = (objects[0]?.time ?? 0) - preempt;
  let lowCombos = 0;
  for (const [index, { time, kind }] of objects.entries()) {
    const taken = drain * (time - before - (pauses[index] ?? 0));
    life = Math.max(0, life - taken);
    uncapped = Math.max(0, uncapped - taken);
    before = time;
    if (life <= lowest) return 'too low';
    const isEnd = endsCombo(objects, index);
    const given = GIVES[kind] * normal + (isEnd ? COMBO_GIVES * combo : 0);
    life = Math.min(FULL, life + given);
    uncapped += given;
    if (isEnd && life < lowestAtCombo && ++lowCombos > 2) return 'combo too low';
  }
  if (life < lowestAtEnd) return 'end too low';
  return (uncapped - FULL) / objects.length < between(hp, 8, 4, 0) ? 'recovers too little' : 'lives';
}

/** Of each object: how much of the time since the one before does not drain. */
function pausesOf(map: Beatmap, { objects, difficulty }: CatchPlay): Float64Array {
  const breaks = [...map.breaks].sort((a, b) => a.start - b.start);
  let before = (objects[0]?.time ?? 0) - difficulty.preempt;
  let next = 0;
  return Float64Array.from(objects, ({ time }) => {
    const pause = breaks[next];
    let without = 0;
    if (pause && pause.start >= before && pause.end <= time) {
      without = pause.end - (map.version < BREAKS_COVER_GAPS ? pause.start : before);
      next++;
    }
    before = time;
    return without;
  });
}

/** The life of one play. */
export class CatchHealth extends LifeBar {
  readonly #rules: CatchRules;
  readonly #hp: number;

  constructor(map: Beatmap, play: CatchPlay) {
    const rules = rulesOf(map, play);
    const objects = play.objects.map(({ time }) => ({ time, endTime: time }));
    super(drainingStretches(map, { objects, difficulty: play.difficulty }), rules.drain, (play.mods & MOD.EZ) !== 0);
    this.#rules = rules;
    this.#hp = play.difficulty.hp;
  }

  caught(kind: CatchKind): void {
    this.change(GIVES[kind] * this.#rules.normal);
  }

  missed(kind: CatchKind): void {
    if (kind === 'fruit') this.change(between(this.#hp, -6, -25, -40));
    else if (kind === 'droplet') this.change(between(this.#hp, -4, -15, -28));
  }

  /** Nothing of a combo was missed. */
  wholeCombo(): void {
    this.change(COMBO_GIVES * this.#rules.combo);
  }
}
