/**
 * One spinner: its disc follows the cursor with an inertia of its own. The game measures how fast the cursor goes round at sixty frames a second, which are those that
 * the replay has; the disc it moves at every update, of which it makes hundreds a second and records none.
 */
import { MOD } from '../read/replay.ts';
import type { PlaySpinner } from './play-object.ts';

const CENTRE_X = 256;
const CENTRE_Y = 192;
/** Radians a millisecond: 477 turns a minute. */
const FASTEST = 0.05;
/** The speed at which SO turns it. */
const SPUN_OUT = 0.03;
/** Milliseconds of the frame that speeds are measured in. */
const FRAME = 1000 / 60;
/** Real milliseconds between two updates. Any from 1.75 to 2.5 gives the same on all plays known; the game's own choice for a screen of 60 Hz is 480 a second. */
const UPDATE = 2;
/** A frame this much sooner than the next is due, real ms, is there because of a button: the cursor was not measured. */
const DUE = 12;
/** Frames this much longer on the average are measured as long as they are. */
const SLOW = 1.04;
/** The share of the average that a millisecond leaves. */
const MEMORY = 0.999;
/** A 300 asked for more before. */
const EASIER_SINCE = 20_190_510;
/** Half turns beyond what a 300 needs, after which every second one gives a bonus. */
const BEFORE_BONUS = 3;
const POINTS = 100;
const BONUS = 1100;

export class Spin {
  readonly object: number;
  readonly #spinner: PlaySpinner;
  readonly #spunOut: boolean;
  readonly #easier: boolean;
  /** Radians a millisecond, gained in a real millisecond. */
  readonly #acceleration: number;
  /** Real milliseconds in one of the map. */
  readonly #rate: number;
  /** Of the last frame, and of the last that measured the cursor. */
  #time: number;
  #measured: number;
  #angle = 0;
  #velocity = 0;
  #wanted = 0;
  /** Average length of a frame. */
  #frame = 0;
  #still = 0;
  /** In half turns. */
  #rotation = 0;
  #counted = 0;

  constructor(spinner: PlaySpinner, mods: number, version: number) {
    this.object = spinner.index;
    this.#spinner = spinner;
    this.#spunOut = (mods & MOD.SO) !== 0;
    this.#easier = version >= EASIER_SINCE;
    this.#acceleration = 0.00008 + Math.max(0, (5000 - (spinner.endTime - spinner.time)) / 1000 / 2000);
    this.#rate = realPerMap(mods);
    this.#time = spinner.time;
    this.#measured = spinner.time;
  }

  /**
   * To a frame, and what the disc did since the last.
   * @param changed whether a button went down or up at this frame
   * @param each is told of each half turn what it gave: 100, 1100 or no points
   */
  turn(now: number, x: number, y: number, held: boolean, changed: boolean, each: (points: number) => void): void {
    const elapsed = now - this.#time;
    this.#time = now;
    const updates = this.#isSlow() ? 1 : Math.max(1, Math.round((elapsed * this.#rate) / UPDATE));
    const update = elapsed / updates;
    for (let i = 1; i < updates; i++) this.#update(update, each);
    if (!changed || (now - this.#measured) * this.#rate >= DUE) {
      this.#aim(x, y, held, now - this.#measured);
      this.#measured = now;
    }
    this.#update(update, each);
  }

  #update(elapsed: number, each: (points: number) => void): void {
    this.#accelerate(elapsed * this.#rate);
    this.#rotation += Math.min(Math.abs((this.#velocity * elapsed) / Math.PI), 1);
    if (Math.trunc(this.#rotation) <= this.#counted) return;
    this.#counted++;
    each(this.#points());
  }

  #isSlow(): boolean {
    return this.#frame * this.#rate > FRAME * SLOW;
  }

  #aim(x: number, y: number, held: boolean, elapsed: number): void {
    const angle = Math.atan2(y - CENTRE_Y, x - CENTRE_X);
    let turned = angle - this.#angle;
    if (turned < -Math.PI) turned += 2 * Math.PI;
    else if (turned > Math.PI) turned -= 2 * Math.PI;
    this.#angle = angle;
    const left = MEMORY ** elapsed;
    this.#frame = left * this.#frame + (1 - left) * elapsed;
    if (turned === 0) {
      this.#still++;
      this.#wanted = this.#still < 2 ? this.#wanted / 3 : 0;
      return;
    }
    this.#still = 0;
    const frame = this.#isSlow() ? this.#frame * this.#rate : FRAME;
    this.#wanted = held && Math.abs(turned) < Math.PI ? turned / frame : 0;
  }

  #accelerate(real: number): void {
    const most = this.#acceleration * real;
    if (this.#spunOut) this.#velocity = SPUN_OUT;
    else this.#velocity += Math.max(-most, Math.min(most, this.#wanted - this.#velocity));
    this.#velocity = Math.max(-FASTEST, Math.min(FASTEST, this.#velocity));
  }

  /** Of the last half turn. */
  #points(): number {
    const beyond = this.#counted - this.#spinner.needed - BEFORE_BONUS;
    if (beyond > 0 && beyond % 2 === 0) return BONUS;
    return this.#counted % 2 === 0 ? POINTS : 0;
  }

  verdict(): 0 | 50 | 100 | 300 {
    const turns = this.#counted;
    const { needed } = this.#spinner;
    const [great, good, poor] = this.#easier ? [needed + 1, needed - 1, needed / 4] : [needed + 2, needed + 1, needed];
    return turns >= great ? 300 : turns >= good ? 100 : turns >= poor ? 50 : 0;
  }
}

/** Real milliseconds in one of the map. */
function realPerMap(mods: number): number {
  return (mods & MOD.DT) !== 0 ? 1 / 1.5 : (mods & MOD.HT) !== 0 ? 1 / 0.75 : 1;
}
