/**
 * Places the units of one run on its time line: zero is the first picture, and time never goes back.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { AccessUnit } from '../../../media/access-unit.ts';

/** A unit with its times in ticks of its track after the run's first picture. */
export interface Placed {
  readonly unit: AccessUnit;
  readonly pts: number;
  readonly dts: number;
}

/** A step back of more than this, or a step forward of more than `LEAP_SECONDS` that the clock did not see, is a jump of the camera's clock. */
const BACK_SECONDS = 1;
const LEAP_SECONDS = 10;
const DOUBT_SECONDS = 2;

interface Line {
  readonly rate: number;
  /** Added to a unit's own times. */
  shift: number;
  /** Decoding time of the unit before; undefined before the first. */
  last: number | undefined;
  /** By the monotonic clock: the wall clock may be set. */
  lastArrival: number;
}

/** @param audioRate ticks per second of the sound track, or undefined where there is none. */
export class RunTime {
  readonly #video: Line = { rate: VIDEO_TIMESCALE, shift: 0, last: undefined, lastArrival: 0 };
  readonly #audio: Line | undefined;
  #started = false;
  #jumps = 0;

  constructor(audioRate: number | undefined) {
    this.#audio = audioRate === undefined ? undefined : { rate: audioRate, shift: 0, last: undefined, lastArrival: 0 };
  }

  /** How often a camera's clock jumped and was set right by the time of arrival. */
  get jumps(): number {
    return this.#jumps;
  }

  /**
   * Undefined for what comes before the first key frame, and for sound that is not recorded.
   * @param now when it came, by the monotonic clock
   */
  place(unit: AccessUnit, now: number): Placed | undefined {
    if (!this.#started) {
      if (unit.kind !== 'video' || !unit.key) return undefined;
      this.#started = true;
      this.#video.shift = -unit.pts;
      if (this.#audio) this.#audio.shift = -Math.round((unit.pts * this.#audio.rate) / VIDEO_TIMESCALE);
    }
    const line = unit.kind === 'video' ? this.#video : this.#audio;
    if (!line) return undefined;
    this.#straighten(line, unit, now);
    const natural = unit.dts + line.shift;
    const dts = line.last === undefined ? natural : Math.max(natural, line.last + 1);
    line.last = dts;
    line.lastArrival = now;
    const placed = { unit, pts: unit.pts + line.shift, dts };
    return unit.kind === 'audio' && placed.pts < 0 ? undefined : placed;
  }

  /** Where the camera's clock jumped, the line goes on by the time that passed here. */
  #straighten(line: Line, unit: AccessUnit, now: number): void {
    if (line.last === undefined) return;
    const passed = Math.min(Math.max((now - line.lastArrival) / 1000, 0), LEAP_SECONDS);
    const step = (unit.dts + line.shift - line.last) / line.rate;
    const leap = step > LEAP_SECONDS && step - passed > DOUBT_SECONDS;
    if (step >= -BACK_SECONDS && !leap) return;
    this.#jumps++;
    line.shift = line.last + Math.max(1, Math.round(passed * line.rate)) - unit.dts;
  }
}
