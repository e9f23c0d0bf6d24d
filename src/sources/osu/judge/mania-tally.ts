/** Counts, combo, score V1, accuracy and life of osu!mania, event by event. */
import { MOD } from '../read/replay.ts';
import { ManiaHealth } from './mania-health.ts';
import type { ManiaPlay } from './mania-play.ts';
import type { EventKind, JudgeEvent, Timeline } from './timeline.ts';

/** 320 is the best one, in the replay's header `geki`; 200 is `katu`. */
export type ManiaVerdict = 0 | 50 | 100 | 200 | 300 | 320;

/** Of a million, half is for the verdicts, half for keeping them good. */
const HALF = 500_000;
const BEST = 320;
const FULL_BONUS = 100;
const RULES: Readonly<Record<ManiaVerdict, { readonly bonusValue: number; readonly change: number }>> = {
  320: { bonusValue: 32, change: 2 },
  300: { bonusValue: 32, change: 1 },
  200: { bonusValue: 16, change: -8 },
  100: { bonusValue: 8, change: -24 },
  50: { bonusValue: 4, change: -44 },
  0: { bonusValue: 0, change: -FULL_BONUS },
};

export class ManiaTally {
  readonly #events: JudgeEvent[] = [];
  readonly #objects: number;
  readonly #multiplier: number;
  readonly #health: ManiaHealth;
  readonly #counts: Record<ManiaVerdict, number> = { 320: 0, 300: 0, 200: 0, 100: 0, 50: 0, 0: 0 };
  #combo = 0;
  #maxCombo = 0;
  #score = 0;
  #bonus = FULL_BONUS;
  #accuracy = 1;

  constructor(play: ManiaPlay) {
    const { objects, mods, keyFactor } = play;
    this.#objects = objects.length;
    this.#health = new ManiaHealth(play);
    const halves = [MOD.EZ, MOD.NF, MOD.HT].filter((mod) => (mods & mod) !== 0).length;
    this.#multiplier = 0.5 ** halves * keyFactor;
  }

  result(time: number, object: number, value: ManiaVerdict, error?: number): void {
    this.#counts[value]++;
    this.#health.result(time, object, value);
    const rule = RULES[value];
    this.#bonus = Math.max(0, Math.min(FULL_BONUS, this.#bonus + rule.change));
    const each = (HALF * this.#multiplier) / this.#objects / BEST;
    this.#score += each * value + each * rule.bonusValue * Math.sqrt(this.#bonus);
    if (value === 0) this.#combo = 0;
    else this.#lengthen();
    const c = this.#counts;
    const all = c[320] + c[300] + c[200] + c[100] + c[50] + c[0];
    this.#accuracy = (300 * (c[320] + c[300]) + 200 * c[200] + 100 * c[100] + 50 * c[50]) / (300 * all);
    this.#note(time, 'result', object, value, error);
  }

  /** The head of a long note was hit; its verdict comes with its end. */
  head(time: number, object: number, error: number): void {
    this.#note(time, 'head', object, 1, error);
  }

  holdTick(time: number, object: number): void {
    this.#lengthen();
    this.#note(time, 'tick', object, 1);
  }

  breakCombo(time: number, object: number): void {
    this.#combo = 0;
    this.#note(time, 'tick', object, 0);
  }

  #lengthen(): void {
    this.#combo++;
    if (this.#combo > this.#maxCombo) this.#maxCombo = this.#combo;
  }

  #note(time: number, kind: EventKind, object: number, value: number, error?: number): void {
    const score = Math.round(this.#score);
    const [combo, accuracy] = [this.#combo, this.#accuracy];
    this.#events.push({ time, kind, object, value, error, combo, score, accuracy, hp: this.#health.hp });
  }

  timeline(): Timeline {
    const c = this.#counts;
    return {
      events: this.#events,
      n300: c[300],
      n100: c[100],
      n50: c[50],
      miss: c[0],
      geki: c[320],
      katu: c[200],
      maxCombo: this.#maxCombo,
      score: Math.round(this.#score),
      accuracy: this.#accuracy,
      failedAt: this.#health.failedAt ?? null,
      unjudged: this.#objects - (c[320] + c[300] + c[200] + c[100] + c[50] + c[0]),
    };
  }
}
