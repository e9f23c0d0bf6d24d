/**
 * Counts, combo, score V1 and accuracy, event by event.
 */
import type { EventKind, JudgeEvent } from './timeline.ts';

const POINTS: Readonly<Record<'head' | 'tick' | 'repeat' | 'end', number>> = { head: 30, tick: 10, repeat: 30, end: 30 };

export class Tally {
  readonly events: JudgeEvent[] = [];
  n300 = 0;
  n100 = 0;
  n50 = 0;
  miss = 0;
  combo = 0;
  maxCombo = 0;
  score = 0;
  accuracy = 1;
  hp = 1;
  readonly #multiplier: number;

  /** @param multiplier of difficulty and mods together: what a combo is worth */
  constructor(multiplier: number) {
    this.#multiplier = multiplier;
  }

  /** The verdict on an object. @param combo whether it adds to the combo (a slider's parts have done it) */
  result(time: number, object: number, value: 0 | 50 | 100 | 300, countsForCombo: boolean, error?: number): void {
    if (value === 300) this.n300++;
    else if (value === 100) this.n100++;
    else if (value === 50) this.n50++;
    else this.miss++;
    if (value === 0) this.combo = 0;
    else {
      this.score += value + Math.trunc(Math.max(0, this.combo - 1) * (value / 25) * this.#multiplier);
      if (countsForCombo) this.#longer();
    }
    const all = this.n300 + this.n100 + this.n50 + this.miss;
    this.accuracy = (300 * this.n300 + 100 * this.n100 + 50 * this.n50) / (300 * all);
    this.#note(time, 'result', object, value, error);
  }

  /** A part of a slider. Only a missed end leaves the combo alone. */
  part(time: number, kind: 'head' | 'tick' | 'repeat' | 'end', object: number, hit: boolean, error?: number): void {
    if (hit) {
      this.score += POINTS[kind];
      this.#longer();
    } else if (kind !== 'end') this.combo = 0;
    this.#note(time, kind, object, hit ? 1 : 0, error);
  }

  /** Half turns of a spinner. */
  spin(time: number, object: number, points: number): void {
    this.score += points;
    this.#note(time, points > 100 ? 'bonus' : 'spin', object, points, undefined);
  }

  #longer(): void {
    this.combo++;
    if (this.combo > this.maxCombo) this.maxCombo = this.combo;
  }

  #note(time: number, kind: EventKind, object: number, value: number, error: number | undefined): void {
    const { combo, score, accuracy, hp } = this;
    this.events.push({ time, kind, object, value, error, combo, score, accuracy, hp });
  }
}
