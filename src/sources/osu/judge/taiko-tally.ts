/**
 * Counts, combo, score V1, accuracy and life of osu!taiko, event by event. Points as osu!'s wiki (“Score/ScoreV1/osu!taiko”) and ppy/osu, `TaikoLegacyScoreSimulator`,
 * have them; life as its `TaikoHealthProcessor`.
 */
import type { Beatmap } from '../read/beatmap.ts';
import { between } from './difficulty.ts';
import { difficultyMultiplier, modMultiplier } from './score.ts';
import type { TaikoObject, TaikoPlay } from './taiko-play.ts';
import type { EventKind, JudgeEvent, Timeline } from './timeline.ts';

export type TaikoVerdict = 0 | 100 | 300;

/** What a verdict is worth, of score and of accuracy. */
const POINTS: Readonly<Record<TaikoVerdict, number>> = { 300: 300, 100: 150, 0: 0 };
const HIT_POINTS = 300;
const KIAI = Math.fround(1.2);
/** Size of circles that the difficulty of a taiko map counts with. */
const CIRCLE_SIZE = 2;
/** Life of a verdict, a drumroll's tick, and a denden that was not finished; in units of the map. */
const LIFE: Readonly<Record<TaikoVerdict, number>> = { 300: 3, 100: 1.1, 0: -1 };
const TICK_LIFE = 0.15;
const DENDEN_LOST = -0.65;
/** What the bar must hold at the end. */
const ENOUGH = 0.5;

const points = (value: number, kiai: boolean): number => (kiai ? Math.trunc(value * KIAI) : value);

export class TaikoTally {
  readonly #events: JudgeEvent[] = [];
  readonly #play: TaikoPlay;
  readonly #stars: number;
  readonly #mods: number;
  readonly #gain: number;
  readonly #loss: number;
  readonly #counts: Record<TaikoVerdict, number> = { 0: 0, 100: 0, 300: 0 };
  #geki = 0;
  #katu = 0;
  #combo = 0;
  #maxCombo = 0;
  #score = 0;
  #accuracy = 1;
  #hp = 0;

  constructor(map: Beatmap, play: TaikoPlay) {
    this.#play = play;
    this.#stars = difficultyMultiplier({ ...map, difficulty: { ...map.difficulty, cs: CIRCLE_SIZE } });
    this.#mods = modMultiplier(play.mods);
    this.#gain = 1 / (3 * Math.max(1, play.notes) * between(play.hp, 0.5, 0.75, 0.98));
    this.#loss = between(play.hp, 0.0018, 0.0075, 0.012);
  }

  /** The verdict on a note. @param error ms late; undefined where nobody pressed */
  note(time: number, { index, kiai }: TaikoObject, value: TaikoVerdict, error?: number): void {
    this.#counts[value]++;
    if (value === 0) this.#combo = 0;
    else {
      this.#score += this.#worth(value, this.#combo, kiai);
      this.#combo++;
      this.#maxCombo = Math.max(this.#maxCombo, this.#combo);
    }
    this.#live(LIFE[value] * (value === 0 ? this.#loss : this.#gain));
    const c = this.#counts;
    this.#accuracy = (c[300] + c[100] / 2) / (c[300] + c[100] + c[0]);
    this.#event(time, 'result', index, value, error);
  }

  /** The second key of a large note: the same points once more. @param value of the note */
  second(time: number, { index, kiai }: TaikoObject, value: 100 | 300): void {
    if (value === 300) this.#geki++;
    else this.#katu++;
    const gives = this.#worth(value, this.#combo - 1, kiai);
    this.#score += gives;
    this.#event(time, 'bonus', index, gives);
  }

  /** A tick of a drumroll. */
  tick(time: number, { index, large, kiai }: TaikoObject): void {
    const gives = points(HIT_POINTS, kiai);
    this.#score += large ? 2 * (gives + Math.trunc(gives / 5)) : gives;
    this.#live(TICK_LIFE * this.#gain);
    this.#event(time, 'tick', index, 1);
  }

  /** A hit of a denden, @param done which was the last that it asks for. */
  denden(time: number, { index, kiai }: TaikoObject, done: boolean): void {
    this.#score += HIT_POINTS;
    this.#event(time, 'spin', index, HIT_POINTS);
    if (!done) return;
    this.#score += 2 * this.#worth(300, this.#combo, kiai);
    this.#event(time, 'end', index, 1);
  }

  /** A denden that was not finished: it costs life, and is no miss. */
  lost(time: number, { index }: TaikoObject): void {
    this.#live(DENDEN_LOST * this.#loss);
    this.#event(time, 'end', index, 0);
  }

  /** With the tenth hit of a combo, the twentieth … to the hundredth, more. */
  #worth(value: 100 | 300, combo: number, kiai: boolean): number {
    const base = POINTS[value];
    const tens = Math.trunc(Math.min(100, Math.max(0, combo)) / 10);
    const each = Math.trunc(Math.trunc(base / 35) * 2 * (this.#stars + 1) * this.#mods);
    return points(base + each * tens, kiai);
  }

  #live(by: number): void {
    this.#hp = Math.max(0, Math.min(1, this.#hp + by));
  }

  #event(time: number, kind: EventKind, object: number, value: number, error?: number): void {
    const [combo, score, accuracy, hp] = [this.#combo, this.#score, this.#accuracy, this.#hp];
    this.#events.push({ time, kind, object, value, error, combo, score, accuracy, hp });
  }

  timeline(): Timeline {
    const c = this.#counts;
    const unjudged = this.#play.notes - c[300] - c[100] - c[0];
    const end = this.#events.at(-1)?.time;
    return {
      events: this.#events,
      n300: c[300],
      n100: c[100],
      n50: 0,
      miss: c[0],
      geki: this.#geki,
      katu: this.#katu,
      maxCombo: this.#maxCombo,
      score: this.#score,
      accuracy: this.#accuracy,
      // The bar counts when all is over.
      failedAt: unjudged === 0 && end !== undefined && this.#hp < ENOUGH ? end : null,
      unjudged,
      startHp: 0,
    };
  }
}
