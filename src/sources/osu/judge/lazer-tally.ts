/**
 * Counts, combo, accuracy and the standardised score of osu!(lazer), event by event. Worth and formula: ppy/osu (MIT), `ScoreProcessor`. Unlike score V1 it falls with
 * the accuracy.
 */

import { speedOf } from '../read/pace.ts';
import type { NamedMod } from '../read/replay.ts';
import type { Health } from './health.ts';
import type { PlayObject } from './play-object.ts';
import { END } from './play-object.ts';
import type { PartKind, Verdict } from './tally.ts';
import type { EventKind, JudgeEvent, Timeline } from './timeline.ts';

const GREAT = 300;
const TICK_WORTH = 30;
const TAIL_WORTH = 150;
/** Half for the combo, half for the accuracy. */
const HALF = 500_000;
const COMBO_EXPONENT = 0.5;
const ACCURACY_EXPONENT = 5;

/** What a play without a mistake comes to. */
interface Most {
  readonly combo: number;
  readonly judgements: number;
}

export interface LazerTallyRules {
  readonly objects: readonly PlayObject[];
  readonly health: Health;
  readonly mods: readonly NamedMod[];
}

export class LazerTally {
  readonly #events: JudgeEvent[] = [];
  readonly #health: Health;
  readonly #objects: number;
  readonly #most: Most;
  readonly #multiplier: number;
  readonly #counts = { 300: 0, 100: 0, 50: 0, 0: 0 };
  #combo = 0;
  #maxCombo = 0;
  /** Points that count for the accuracy: those that were won, and those that could have been. */
  #won = 0;
  #possible = 0;
  #judgements = 0;
  #comboPart = 0;
  #bonus = 0;

  constructor({ objects, health, mods }: LazerTallyRules) {
    this.#health = health;
    this.#objects = objects.length;
    this.#most = mostOf(objects);
    this.#multiplier = multiplierOf(mods);
  }

  /** The verdict on a circle, a spinner, or on the head of a slider, which is that of the slider. */
  verdict(time: number, kind: 'result' | 'head', object: number, value: Verdict, error?: number): void {
    this.#health.goTo(time);
    this.#counts[value]++;
    this.#judge(GREAT, value, value > 0 ? 'grows' : 'breaks');
    this.#health.result(value);
    this.#note(time, kind, object, kind === 'head' ? Number(value > 0) : value, error);
  }

  /** That a slider is over: its verdict was counted with its head. */
  sliderOver(time: number, object: number, value: Verdict): void {
    this.#health.goTo(time);
    this.#note(time, 'result', object, value);
  }

  /** A tick, a repeat or the end of a slider: the end lets the combo be. */
  part(time: number, kind: Exclude<PartKind, 'head'>, object: number, hit: boolean): void {
    this.#health.goTo(time);
    const worth = kind === 'end' ? TAIL_WORTH : TICK_WORTH;
    this.#judge(worth, hit ? worth : 0, hit ? 'grows' : kind === 'end' ? 'stays' : 'breaks');
    this.#health.part(kind, hit);
    this.#note(time, kind, object, Number(hit));
  }

  /** A turn of a spinner. */
  spin(time: number, object: number, points: number, isBonus: boolean): void {
    this.#health.goTo(time);
    this.#bonus += points;
    this.#health.spin(isBonus);
    this.#note(time, isBonus ? 'bonus' : 'spin', object, points);
  }

  #judge(worth: number, won: number, combo: 'grows' | 'breaks' | 'stays'): void {
    this.#possible += worth;
    this.#won += won;
    this.#judgements++;
    if (combo === 'stays') return;
    this.#combo = combo === 'grows' ? this.#combo + 1 : 0;
    this.#maxCombo = Math.max(this.#maxCombo, this.#combo);
    this.#comboPart += worth * this.#combo ** COMBO_EXPONENT;
  }

  get #accuracy(): number {
    return this.#possible > 0 ? this.#won / this.#possible : 1;
  }

  get #score(): number {
    const accuracy = this.#accuracy;
    const combo = this.#most.combo > 0 ? this.#comboPart / this.#most.combo : 1;
    const judged = this.#most.judgements > 0 ? this.#judgements / this.#most.judgements : 1;
    const points = HALF * accuracy * combo + HALF * accuracy ** ACCURACY_EXPONENT * judged + this.#bonus;
    return Math.round(points * this.#multiplier);
  }

  #note(time: number, kind: EventKind, object: number, value: number, error?: number): void {
    const { hp } = this.#health;
    const [combo, score, accuracy] = [this.#combo, this.#score, this.#accuracy];
    this.#events.push({ time, kind, object, value, error, combo, score, accuracy, hp });
  }

  timeline(): Timeline {
    const counts = this.#counts;
    return {
      events: this.#events,
      n300: counts[300],
      n100: counts[100],
      n50: counts[50],
      miss: counts[0],
      geki: 0,
      katu: 0,
      maxCombo: this.#maxCombo,
      score: this.#score,
      accuracy: this.#accuracy,
      failedAt: this.#health.failedAt ?? null,
      unjudged: this.#objects - (counts[300] + counts[100] + counts[50] + counts[0]),
    };
  }
}

function mostOf(objects: readonly PlayObject[]): Most {
  let combo = 0;
  let reached = 0;
  let judgements = 0;
  const add = (worth: number): void => {
    reached++;
    judgements++;
    combo += worth * reached ** COMBO_EXPONENT;
  };
  for (const object of objects) {
    add(GREAT);
    if (object.kind === 'slider') for (const kind of object.checkKinds) add(kind === END ? TAIL_WORTH : TICK_WORTH);
  }
  return { combo, judgements };
}

const FACTORS: Readonly<Record<string, number>> = { EZ: 0.5, NF: 0.5, HD: 1.06, HR: 1.06, FL: 1.12, DA: 0.5 };

/** Before the balance of 30000017. */
function multiplierOf(mods: readonly NamedMod[]): number {
  return mods.reduce((product, mod) => product * (FACTORS[mod.acronym] ?? rateFactor(speedOf(mod))), 1);
}

/** By tenths of speed. */
function rateFactor(speed: number): number {
  const beyond = Math.floor(speed * 10 + 1e-9) / 10 - 1;
  return speed >= 1 ? 1 + beyond / 5 : 0.6 + beyond;
}
