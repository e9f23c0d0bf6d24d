/**
 * Music faster or slower at its own pitch: pieces of it are laid over each other, each moved a little so that waves meet waves (WSOLA; Verhelst and Roelands, 1993). Pieces
 * are placed by their middles, so that what is heard is neither early nor late on the average. (FFmpeg's `atempo` places them by their beginnings: slower music came 6 to 14 ms
 * early, and at twice the speed short sounds between two pieces were lost.) Pure.
 */
import type { SoundPlan } from '../../../media/size/sound.ts';
import type { MusicSource } from './mixer.ts';

/** Seconds from one piece to the next: half of a piece. */
const HOP = 0.02;
/** Seconds that a piece may be moved either way. */
const REACH = 0.005;
/** Beyond, pieces hardly lie over each other in the music, and what is short between two of them is lost. */
const MOST_AT_ONCE = 1.5;
/** Samples that are looked at as one, in the first search. */
const COARSE = 4;

type Shape = Pick<SoundPlan, 'channels' | 'sampleRate'>;

/** @param speed 1.5 is half as fast again @returns as many samples as the music has, by the speed */
export function stretched(source: MusicSource, shape: Shape, speed: number): MusicSource {
  if (speed === 1) return source;
  if (speed > MOST_AT_ONCE) {
    const half = Math.sqrt(speed);
    return stretched(stretched(source, shape, half), shape, half);
  }
  const stretch = new TimeStretch(source, shape, speed);
  return () => stretch.next();
}

class TimeStretch {
  readonly #input: Input;
  readonly #channels: number;
  readonly #speed: number;
  readonly #hop: number;
  readonly #reach: number;
  /** Where in a piece the music is at its own moment. */
  readonly #anchor: number;
  /** How loud a new piece is, from its beginning to its middle. */
  readonly #rise: Float32Array;
  #count = 0;
  /** Where the piece before begins. */
  #before: number;

  constructor(source: MusicSource, { channels, sampleRate }: Shape, speed: number) {
    this.#input = new Input(source, channels);
    this.#channels = channels;
    this.#speed = speed;
    this.#hop = Math.round((sampleRate * HOP) / COARSE) * COARSE;
    // As far as two pieces lie apart in slow music: else a sound would be heard twice.
    this.#reach = Math.round(Math.max(sampleRate * REACH, this.#hop * (1 - speed)));
    // Slower, a sound is in two pieces, and the one that follows is laid where the second half of the one before has it.
    this.#anchor = speed < 1 ? 1.5 * this.#hop : this.#hop;
    this.#rise = Float32Array.from(
      { length: this.#hop },
      (_, i) => Math.sin((Math.PI / 2) * ((i + 0.5) / this.#hop)) ** 2,
    );
    this.#before = -this.#hop;
  }

  next(): Float32Array | undefined {
    const hop = this.#hop;
    const input = this.#input;
    const from = this.#count * hop;
    const wanted = Math.round((from + this.#anchor) * this.#speed - this.#anchor);
    const start = this.#before + hop;
    input.keep(Math.min(start, wanted - this.#reach));
    input.read(Math.max(start + hop, wanted + this.#reach + 2 * hop));
    const total = input.length === undefined ? Number.POSITIVE_INFINITY : Math.round(input.length / this.#speed);
    if (from >= total) return undefined;
    const piece = this.#best(start, wanted);
    const count = Math.min(hop, total - from);
    const out = new Float32Array(count * this.#channels);
    for (let i = 0; i < count; i++) {
      const rise = this.#rise[i] ?? 0;
      for (let channel = 0; channel < this.#channels; channel++)
        out[i * this.#channels + channel] =
          input.at(start + i, channel) * (1 - rise) + input.at(piece + i, channel) * rise;
    }
    this.#before = piece;
    this.#count++;
    return out;
  }

  /** Where near the wanted place the music is most like what would have followed. */
  #best(follows: number, wanted: number): number {
    if (follows === wanted) return wanted;
    const { mono, base } = this.#input;
    let best = wanted;
    let worth = Number.NEGATIVE_INFINITY;
    const look = (place: number, step: number): void => {
      let [alike, loud] = [0, 1e-9];
      for (let i = 0; i < this.#hop; i += step) {
        const other = mono[place + i - base] ?? 0;
        alike += other * (mono[follows + i - base] ?? 0);
        loud += other * other;
      }
      // Of places that are as good the nearer one.
      const far = (place - wanted) / this.#reach;
      const told = (alike / Math.sqrt(loud)) * (1 - 0.05 * far * far);
      if (told <= worth) return;
      worth = told;
      best = place;
    };
    look(wanted, COARSE);
    for (let place = wanted - this.#reach; place <= wanted + this.#reach; place += COARSE) look(place, COARSE);
    const near = best;
    worth = Number.NEGATIVE_INFINITY;
    for (let place = near - COARSE + 1; place < near + COARSE; place++) look(place, 2);
    return best;
  }
}

/** The music as far as it was read; silence before and behind it. */
class Input {
  readonly #source: MusicSource;
  readonly #channels: number;
  #held = new Float32Array(0);
  /** Sum of the channels. */
  mono = new Float32Array(0);
  /** Sample at which what is held begins. */
  base = 0;
  #end = 0;
  /** Samples of all of it, once that is known. */
  length: number | undefined;

  constructor(source: MusicSource, channels: number) {
    this.#source = source;
    this.#channels = channels;
  }

  at(sample: number, channel: number): number {
    return this.#held[(sample - this.base) * this.#channels + channel] ?? 0;
  }

  /** What is before is not asked for again. */
  keep(from: number): void {
    const gone = Math.min(from, this.#end) - this.base;
    // Moved now and then, not each time.
    if (gone < 48_000) return;
    this.#held = this.#held.slice(gone * this.#channels);
    this.mono = this.mono.slice(gone);
    this.base += gone;
  }

  read(until: number): void {
    const parts: Float32Array[] = [];
    let end = this.#end;
    while (end < until && this.length === undefined) {
      const part = this.#source();
      if (!part) {
        this.length = end;
        break;
      }
      parts.push(part);
      end += part.length / this.#channels;
    }
    if (parts.length > 0) this.#take(parts, end);
  }

  #take(parts: readonly Float32Array[], end: number): void {
    const held = new Float32Array((end - this.base) * this.#channels);
    held.set(this.#held);
    let at = this.#held.length;
    for (const part of parts) {
      held.set(part, at);
      at += part.length;
    }
    const mono = new Float32Array(end - this.base);
    mono.set(this.mono);
    for (let i = this.mono.length; i < mono.length; i++) {
      let sum = 0;
      for (let channel = 0; channel < this.#channels; channel++) sum += held[i * this.#channels + channel] ?? 0;
      mono[i] = sum;
    }
    this.#held = held;
    this.mono = mono;
    this.#end = end;
  }
}
