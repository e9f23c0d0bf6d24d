/** What the displays show at a moment: the newest judgement before it. Pure. */
import type { JudgeEvent, Timeline } from '../../judge/timeline.ts';
import { lastAtOrBefore } from '../cursor-path.ts';

export interface PlayState {
  readonly score: number;
  readonly combo: number;
  readonly maxCombo: number;
  readonly accuracy: number;
  readonly hp: number;
  readonly n300: number;
  readonly n100: number;
  readonly n50: number;
  readonly miss: number;
  /** Of mania: MAX and 200. */
  readonly geki: number;
  readonly katu: number;
  /** Milliseconds of the map since the combo last changed. */
  readonly comboSince: number;
}

/** One error of a click. */
export interface HitError {
  readonly time: number;
  /** Late is positive. */
  readonly error: number;
  readonly value: number;
}

export class PlayStates {
  /** Errors of clicks that hit, in the order of time. */
  readonly errors: readonly HitError[];
  /** In the order of time. */
  readonly events: readonly JudgeEvent[];
  private readonly times: Float64Array;
  private readonly errorTimes: Float64Array;
  private readonly begin: PlayState;
  /** Of each error and all before it. */
  private readonly errorSums: Float64Array;
  private readonly errorSquares: Float64Array;
  private readonly states: readonly PlayState[];

  constructor(timeline: Timeline) {
    this.events = timeline.events.toSorted((a, b) => a.time - b.time);
    this.times = Float64Array.from(this.events, ({ time }) => time);
    this.begin = { ...BEGIN, hp: timeline.startHp ?? 1 };
    this.states = statesOf(this.events, this.begin);
    this.errors = this.events.flatMap(({ time, error, value, kind }) =>
      error === undefined ? [] : [{ time, error, value: kind === 'head' ? 300 : value }],
    );
    this.errorTimes = Float64Array.from(this.errors, ({ time }) => time);
    let [sum, squares] = [0, 0];
    this.errorSums = Float64Array.from(this.errors, ({ error }) => (sum += error));
    this.errorSquares = Float64Array.from(this.errors, ({ error }) => (squares += error * error));
  }

  at(now: number): PlayState {
    const index = lastAtOrBefore(this.times, this.times.length, now);
    return this.states[index] ?? this.begin;
  }

  /** Errors within so many ms before a moment. */
  errorsBefore(now: number, ms: number): readonly HitError[] {
    const last = lastAtOrBefore(this.errorTimes, this.errorTimes.length, now);
    const first = lastAtOrBefore(this.errorTimes, this.errorTimes.length, now - ms);
    return this.errors.slice(first + 1, last + 1);
  }

  /** Of all errors, ms of the map; undefined where there is none. */
  get meanError(): number | undefined {
    const count = this.errors.length;
    return count === 0 ? undefined : (this.errorSums[count - 1] ?? 0) / count;
  }

  /** Ten times the standard deviation of all errors up to a moment, ms of the map; undefined before the second. */
  unstableRate(now: number): number | undefined {
    const count = lastAtOrBefore(this.errorTimes, this.errorTimes.length, now) + 1;
    if (count < 2) return undefined;
    const mean = (this.errorSums[count - 1] ?? 0) / count;
    const squares = this.errorSquares[count - 1] ?? 0;
    return 10 * Math.sqrt(Math.max(0, squares / count - mean * mean));
  }
}

const BEGIN: PlayState = {
  score: 0,
  combo: 0,
  maxCombo: 0,
  accuracy: 1,
  hp: 1,
  n300: 0,
  n100: 0,
  n50: 0,
  miss: 0,
  geki: 0,
  katu: 0,
  comboSince: Number.NEGATIVE_INFINITY,
};

function statesOf(events: readonly JudgeEvent[], begin: PlayState): PlayState[] {
  const states: PlayState[] = [];
  let last = begin;
  for (const { kind, value, score, combo, accuracy, hp, time } of events) {
    const is = (verdict: number): number => (kind === 'result' && value === verdict ? 1 : 0);
    last = {
      score,
      combo,
      maxCombo: Math.max(last.maxCombo, combo),
      accuracy,
      hp,
      n300: last.n300 + is(300),
      n100: last.n100 + is(100),
      n50: last.n50 + is(50),
      miss: last.miss + is(0),
      geki: last.geki + is(320),
      katu: last.katu + is(200),
      comboSince: combo === last.combo ? last.comboSince : time,
    };
    states.push(last);
  }
  return states;
}
