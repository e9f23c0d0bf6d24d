/** One spinner as osu!(lazer) judges it: as far as the cursor went round, whole turns count. Rules: ppy/osu (MIT), `Spinner` and `SpinnerSpinHistory`. */
import { between } from './difficulty.ts';
import type { PlaySpinner } from './play-object.ts';
import type { Verdict } from './tally.ts';

const CENTRE_X = 256;
const CENTRE_Y = 192;
/** Turns between those that a 300 needs and the first that is a bonus. */
const GAP = 2;
/** Against rounding. */
const SLACK = 0.0001;
const POINTS = 10;
const BONUS = 50;

export class LazerSpin {
  readonly #spinner: PlaySpinner;
  readonly #rate: number;
  /** Turns for a 300. */
  readonly #needed: number;
  /** Turns that give anything. */
  readonly #most: number;
  #angle: number | undefined;
  /** Of the turn that is being made, in turns, and as far as it ever was. */
  #turn = 0;
  #farthest = 0;
  #whole = 0;

  /** @param rate milliseconds of the map in one of real time: the disc turns so much farther */
  constructor(spinner: PlaySpinner, od: number, rate: number) {
    this.#spinner = spinner;
    this.#rate = rate;
    const seconds = (spinner.endTime - spinner.time) / 1000;
    this.#needed = Math.trunc((between(od, 90, 150, 225) / 60) * seconds + SLACK);
    const full = Math.trunc((between(od, 250, 380, 430) / 60) * seconds + SLACK);
    this.#most = Math.max(full, this.#needed + GAP);
  }

  /** @param each is told what each whole turn gave */
  move(now: number, x: number, y: number, held: boolean, each: (points: number, isBonus: boolean) => void): void {
    const angle = Math.atan2(y - CENTRE_Y, x - CENTRE_X);
    let turned = angle - (this.#angle ?? angle);
    if (turned < -Math.PI) turned += 2 * Math.PI;
    else if (turned > Math.PI) turned -= 2 * Math.PI;
    this.#angle = angle;
    const { time, endTime } = this.#spinner;
    if (!held || now < time || now >= endTime) return;
    this.#turn += (turned * this.#rate) / (2 * Math.PI);
    this.#farthest = Math.max(this.#farthest, Math.abs(this.#turn));
    while (this.#farthest >= 1) {
      this.#turn -= Math.sign(this.#turn);
      this.#farthest = Math.abs(this.#turn);
      this.#whole++;
      const isBonus = this.#whole > this.#needed + GAP;
      if (this.#whole <= this.#most) each(isBonus ? BONUS : POINTS, isBonus);
    }
  }

  verdict(): Verdict {
    const part = this.#needed === 0 ? 1 : (this.#whole + this.#farthest) / this.#needed;
    return part >= 1 ? 300 : part > 0.9 ? 100 : part > 0.75 ? 50 : 0;
  }
}
