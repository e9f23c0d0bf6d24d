/**
 * Counts, combo, score V1, accuracy and life, event by event.
 */
import type { Health } from './health.ts';
import type { EventKind, JudgeEvent, Timeline } from './timeline.ts';

export type PartKind = 'head' | 'tick' | 'repeat' | 'end';
export type Verdict = 0 | 50 | 100 | 300;

const POINTS: Readonly<Record<PartKind, number>> = { head: 30, tick: 10, repeat: 30, end: 30 };

export interface TallyRules {
  /** Of difficulty and mods together: what a combo is worth. */
  readonly multiplier: number;
  readonly health: Health;
  /** Whether an object is the last of its colour. */
  readonly endsCombo: (object: number) => boolean;
  /** Objects of the map. */
  readonly objects: number;
}

export class Tally {
  readonly #events: JudgeEvent[] = [];
  readonly #rules: TallyRules;
  #n300 = 0;
  #n100 = 0;
  #n50 = 0;
  #miss = 0;
  #geki = 0;
  #katu = 0;
  #combo = 0;
  #maxCombo = 0;
  #score = 0;
  #accuracy = 1;
  /** Since the colour changed. */
  #goods = 0;
  #bads = 0;

  constructor(rules: TallyRules) {
    this.#rules = rules;
  }

  /** The verdict on an object. @param alone whether it adds to the combo itself (of a slider its parts did) */
  result(time: number, object: number, value: Verdict, alone: boolean, error?: number): void {
    this.#rules.health.goTo(time);
    this.#countVerdict(value);
    if (value === 0) this.#combo = 0;
    else {
      this.#score += value + Math.trunc(Math.max(0, this.#combo - 1) * (value / 25) * this.#rules.multiplier);
      if (alone) this.#lengthen();
    }
    this.#rules.health.result(value);
    if (this.#rules.endsCombo(object)) this.#endColour(value);
    this.#note(time, 'result', object, value, error);
  }

  #countVerdict(value: Verdict): void {
    if (value === 300) this.#n300++;
    else if (value === 100) this.#n100++;
    else if (value === 50) this.#n50++;
    else this.#miss++;
    if (value === 100) this.#goods++;
    else if (value !== 300) this.#bads++;
    const all = this.#n300 + this.#n100 + this.#n50 + this.#miss;
    this.#accuracy = (300 * this.#n300 + 100 * this.#n100 + 50 * this.#n50) / (300 * all);
  }

  #endColour(value: Verdict): void {
    const { health } = this.#rules;
    if (this.#bads === 0 && this.#goods === 0) {
      this.#geki++;
      health.comboEnd('geki');
    } else if (this.#bads === 0) {
      this.#katu++;
      health.comboEnd('katu');
    } else if (value !== 0) health.comboEnd('mu');
    this.#goods = 0;
    this.#bads = 0;
  }

  /** A part of a slider. Only a missed end leaves the combo alone. */
  part(time: number, kind: PartKind, object: number, hit: boolean, error?: number): void {
    this.#rules.health.goTo(time);
    if (hit) {
      this.#score += POINTS[kind];
      this.#lengthen();
    } else if (kind !== 'end') this.#breakCombo(object);
    this.#rules.health.part(kind, hit);
    this.#note(time, kind, object, hit ? 1 : 0, error);
  }

  /** A break at the last slider of a colour makes the game forget what the colour had: a 100 then ends it as if it had no miss. */
  #breakCombo(object: number): void {
    this.#combo = 0;
    if (!this.#rules.endsCombo(object)) return;
    this.#goods = 0;
    this.#bads = 0;
  }

  /** Half turns of a spinner. @param points 0 for one that only fills the life bar */
  spin(time: number, object: number, points: number): void {
    this.#rules.health.goTo(time);
    this.#score += points;
    const kind = points > 100 ? 'bonus' : 'spin';
    this.#rules.health.spin(kind === 'bonus');
    this.#note(time, kind, object, points);
  }

  #lengthen(): void {
    this.#combo++;
    if (this.#combo > this.#maxCombo) this.#maxCombo = this.#combo;
  }

  #note(time: number, kind: EventKind, object: number, value: number, error?: number): void {
    const { hp } = this.#rules.health;
    const [combo, score, accuracy] = [this.#combo, this.#score, this.#accuracy];
    this.#events.push({ time, kind, object, value, error, combo, score, accuracy, hp });
  }

  timeline(): Timeline {
    const { health, objects } = this.#rules;
    return {
      events: this.#events,
      n300: this.#n300,
      n100: this.#n100,
      n50: this.#n50,
      miss: this.#miss,
      geki: this.#geki,
      katu: this.#katu,
      maxCombo: this.#maxCombo,
      score: this.#score,
      accuracy: this.#accuracy,
      failedAt: health.failedAt ?? null,
      unjudged: objects - (this.#n300 + this.#n100 + this.#n50 + this.#miss),
    };
  }
}
