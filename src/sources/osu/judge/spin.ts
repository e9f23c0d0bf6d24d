/**
 * One spinner: how fast it turns follows the cursor with an inertia of its own.
 */
import { MOD } from '../read/replay.ts';
import type { PlaySpinner } from './play-object.ts';

const CENTRE_X = 256;
const CENTRE_Y = 192;
/** Radians a millisecond: 477 turns a minute. */
const FASTEST = 0.05;
const SPUN_OUT = 0.03;
const SIXTIETH = 1000 / 60;
const EASIER_SINCE = 20_190_510;

export class Spin {
  readonly object: number;
  readonly #spinner: PlaySpinner;
  readonly #mods: number;
  readonly #version: number;
  readonly #acceleration: number;
  /** What a millisecond of the map is in real time. */
  readonly #rate: number;
  #lastAngle = 0;
  #velocity = 0;
  #wanted = 0;
  #variance = 0;
  #stood = 0;
  #rotation = 0;
  #halfTurns = 0;
  #started = false;

  constructor(spinner: PlaySpinner, mods: number, version: number) {
    this.object = spinner.index;
    this.#spinner = spinner;
    this.#mods = mods;
    this.#version = version;
    this.#acceleration = 0.00008 + Math.max(0, (5000 - (spinner.endTime - spinner.time)) / 1000 / 2000);
    this.#rate = (mods & MOD.DT) !== 0 ? 1 / 1.5 : (mods & MOD.HT) !== 0 ? 1 / 0.75 : 1;
  }

  /** @returns points that this frame gave: 0, 100 or 1100 */
  turn(_now: number, x: number, y: number, held: boolean, elapsed: number): number {
    const real = elapsed * this.#rate;
    const angle = Math.atan2(y - CENTRE_Y, x - CENTRE_X);
    let turned = angle - this.#lastAngle;
    if (turned < -Math.PI) turned += 2 * Math.PI;
    else if (turned > Math.PI) turned -= 2 * Math.PI;
    if (!this.#started) { turned = 0; this.#started = true; }
    this.#rotation += Math.min(Math.abs((this.#velocity * elapsed) / Math.PI), 1);
    const most = this.#acceleration * real;
    if ((this.#mods & MOD.SO) !== 0) this.#velocity = SPUN_OUT;
    else if (this.#wanted > this.#velocity) this.#velocity += Math.min(this.#wanted - this.#velocity, most);
    else this.#velocity += Math.max(this.#wanted - this.#velocity, -most);
    this.#velocity = Math.max(-FASTEST, Math.min(FASTEST, this.#velocity));
    const decay = 0.999 ** elapsed;
    this.#variance = decay * this.#variance + (1 - decay) * elapsed;
    if (turned === 0) {
      this.#stood++;
      this.#wanted = this.#stood < 2 ? this.#wanted / 3 : 0;
    } else {
      this.#stood = 0;
      if (!held) turned = 0;
      if (Math.abs(turned) < Math.PI) {
        this.#wanted = this.#variance * this.#rate > SIXTIETH * 1.04 ? turned / (this.#variance * this.#rate) : turned / SIXTIETH;
      } else this.#wanted = 0;
    }
    this.#lastAngle = angle;
    const halfTurns = Math.trunc(this.#rotation);
    if (halfTurns <= this.#halfTurns) return 0;
    this.#halfTurns++;
    const n = this.#halfTurns;
    const needed = this.#spinner.needed;
    if (n > needed + 3 && (n - (needed + 3)) % 2 === 0) return 1100;
    if (n > 1 && n % 2 === 0) return 100;
    return 0;
  }

  verdict(): 0 | 50 | 100 | 300 {
    const n = this.#halfTurns;
    const { needed } = this.#spinner;
    if (this.#version >= EASIER_SINCE) return n >= needed + 1 ? 300 : n >= needed - 1 ? 100 : n >= needed / 4 ? 50 : 0;
    return n >= needed + 2 ? 300 : n >= needed + 1 ? 100 : n >= needed ? 50 : 0;
  }
}
