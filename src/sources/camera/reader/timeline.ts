/**
 * FFmpeg's time stamps on a run's time line: ticks of the track after the first picture.
 */
import { InputError } from '../../../base/errors.ts';

/** Stands for "not known" (AV_NOPTS_VALUE of libavutil/avutil.h). */
const NO_TIME = -9_223_372_036_854_775_808n;
/** A stream that jumps further is another one; it is opened anew and begins a new run. */
const MAX_STEP_SECONDS = 10;

export interface TimeBase {
  readonly num: number;
  readonly den: number;
}

/** Of one track. */
export class Timeline {
  readonly #timeBase: TimeBase;
  readonly #scale: number;
  #last: number | undefined;
  #step: number;

  /** @param scale ticks per second of the track that is written @param step ticks between units where none are told */
  constructor(timeBase: TimeBase, scale: number, step: number) {
    this.#timeBase = timeBase;
    this.#scale = scale;
    this.#step = step;
  }

  /** Seconds on FFmpeg's own time line; undefined when the packet has no time. */
  seconds(pts: bigint, dts: bigint): number | undefined {
    const at = dts === NO_TIME ? pts : dts;
    return at === NO_TIME ? undefined : (Number(at) * this.#timeBase.num) / this.#timeBase.den;
  }

  /**
   * Decoding times always grow; a packet without a time follows the one before.
   *
   * @param origin seconds of the first picture, on FFmpeg's time line
   * @throws InputError when the stream jumps
   */
  place(pts: bigint, dts: bigint, origin: number): { pts: number; dts: number } {
    const told = dts === NO_TIME ? pts : dts;
    const last = this.#last;
    let decode = told === NO_TIME ? (last ?? 0) + this.#step : this.#ticks(told, origin);
    if (last !== undefined) {
      const step = decode - last;
      if (Math.abs(step) > MAX_STEP_SECONDS * this.#scale)
        throw new InputError('stream', `its time jumps by ${(step / this.#scale).toFixed(1)} s`);
      if (step > 0) this.#step = step;
      else decode = last + 1;
    }
    this.#last = decode;
    const present = pts === NO_TIME ? decode : this.#ticks(pts, origin);
    if (Math.abs(present - decode) > MAX_STEP_SECONDS * this.#scale)
      throw new InputError(
        'stream',
        `a picture is shown ${((present - decode) / this.#scale).toFixed(1)} s after it is decoded`,
      );
    return { pts: Math.max(present, 0), dts: Math.max(decode, 0) };
  }

  #ticks(value: bigint, origin: number): number {
    return Math.round(((Number(value) * this.#timeBase.num) / this.#timeBase.den - origin) * this.#scale);
  }
}
