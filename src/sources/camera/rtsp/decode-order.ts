/**
 * Decoding times for pictures that come in decoding order: RTP carries presentation times only.
 *
 * The n-th decoding time is the n-th presentation time in sorted order, delayed by the depth of reordering. The depth is what the SPS says,
 * or what picture order counts show; they also tell when a camera stamps its pictures with decoding times.
 */
import type { PictureOrder } from '../../../media/bitstream/picture-order.ts';

/** Both in ticks. Decoding times always grow; in a stream that is what it says, none is above its presentation time. */
export interface PictureTimes {
  readonly pts: number;
  readonly dts: number;
}

export interface Stamp {
  /** By the camera, or by arrival; ticks. */
  readonly time: number;
  /** By the bitstream, where `wantsOrder`. */
  readonly order: PictureOrder | undefined;
  /** `time` is when the picture arrived, or pictures before this one were lost. */
  readonly doubtful?: boolean;
}

export interface DecodeOrderOptions {
  /** How many pictures may be reordered as the SPS says it; undefined: it does not say. */
  readonly depth: number | undefined;
  /** Ticks from one picture to the next as the SPS says it. */
  readonly frameTicks?: number | undefined;
  /** How far counts of neighbours are apart: 2 in H.264, unless odd ones are seen, and 1 in H.265. */
  readonly countStep: 1 | 2;
}

/** The most that either standard allows. */
const MOST = 16;
/** A gap in the counts is a sign of B-frames to come, and of lost pictures; more than this would only delay. */
const MOST_GUESSED = 4;
const DEFAULT_TICKS = 3000;
/** So often must counts and times disagree before the times are taken for decoding times. */
const LIES = 2;

export class DecodeOrder {
  /** Presentation times that are not yet used as decoding times, sorted. */
  readonly #window: number[] = [];
  /** Orders of the newest pictures. */
  readonly #orders: PictureOrder[] = [];
  readonly #guesses: boolean;
  #step: number;
  #depth: number;
  #wantsOrder: boolean;
  #ticks: number;
  #last = Number.NEGATIVE_INFINITY;
  /** The newest presentation time that became a decoding time. */
  #used = Number.NEGATIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  #lies = 0;
  /** First picture of the sequence at hand, and pictures since. */
  #base: PictureOrder | undefined;
  #since = 0;

  constructor({ depth, frameTicks, countStep }: DecodeOrderOptions) {
    this.#guesses = depth === undefined;
    this.#depth = Math.min(MOST, depth ?? 0);
    this.#wantsOrder = depth !== 0;
    this.#ticks = frameTicks ?? DEFAULT_TICKS;
    this.#step = countStep;
  }

  /** Whether the order of pictures is of use: not in a stream that says it never reorders, as long as that is true. */
  get wantsOrder(): boolean {
    return this.#wantsOrder;
  }

  /** The camera's times are those of decoding. */
  get stampsDecoding(): boolean {
    return this.#lies >= LIES;
  }

  next({ time, order, doubtful = false }: Stamp): PictureTimes {
    if (order) this.#learn(order, time, doubtful);
    else if (time < this.#newest) {
      // It reorders after all. Without counts: one B-frame may be a reference of others.
      this.#wantsOrder = true;
      this.#depth = Math.max(this.#depth, 2);
    }
    const pts = order && (doubtful || this.stampsDecoding) ? time + this.#ahead(order) * this.#ticks : time;
    this.#newest = Math.max(this.#newest, time);
    return { pts, dts: this.#decoding(pts) };
  }

  #learn(order: PictureOrder, time: number, doubtful: boolean): void {
    const { sequence, count } = order;
    if (this.#base?.sequence !== sequence) {
      this.#base = order;
      this.#since = 0;
    } else this.#since += 1;
    if (this.#step === 2 && (count - this.#base.count) % 2 !== 0) this.#step = 1;
    let later = 0;
    let newest = Number.NEGATIVE_INFINITY;
    for (const other of this.#orders) {
      if (other.sequence > sequence || (other.sequence === sequence && other.count > count)) later += 1;
      if (other.sequence === sequence) newest = Math.max(newest, other.count);
    }
    this.#orders.push(order);
    if (this.#orders.length > MOST) this.#orders.shift();
    this.#depth = Math.max(this.#depth, later);
    const gap = (count - newest) / this.#step;
    if (this.#guesses && !doubtful && gap > 1 && Number.isFinite(gap))
      this.#depth = Math.max(this.#depth, Math.min(MOST_GUESSED, Math.ceil(Math.log2(gap))));
    if (doubtful) return;
    const step = (time - this.#newest) / (this.stampsDecoding ? 1 : gap);
    if (gap > 0 && step > 0 && Number.isFinite(step)) this.#ticks = step;
    if (later > 0) this.#lies = time > this.#newest ? this.#lies + 1 : 0;
  }

  /** How many pictures after its decoding a picture is shown, the delay of the whole stream included. */
  #ahead(order: PictureOrder): number {
    const shown = (order.count - (this.#base?.count ?? order.count)) / this.#step;
    return Math.max(0, Math.min(MOST, this.#depth + shown - this.#since));
  }

  #decoding(pts: number): number {
    const window = this.#window;
    if (this.#depth === 0 && window.length === 0) {
      this.#used = pts;
      this.#last = Math.max(Math.floor(pts), this.#last + 1);
      return this.#last;
    }
    let at = window.length;
    while (at > 0 && (window[at - 1] ?? 0) > pts) at -= 1;
    window.splice(at, 0, pts);
    const [first = pts] = window;
    const missing = this.#depth - window.length + 1;
    let dts: number;
    if (missing <= 0) {
      while (window.length > this.#depth) this.#used = window.shift() ?? this.#used;
      dts = this.#used;
    } else if (this.#last === Number.NEGATIVE_INFINITY) dts = first - missing * this.#ticks;
    else {
      // The first pictures, or the depth has grown: as many decoding times as are missing find room before the next that will be used.
      const next = Math.min(first, this.#used === Number.NEGATIVE_INFINITY ? first : this.#used + this.#ticks);
      dts = this.#last + (next - this.#last) / (missing + 1);
    }
    dts = Math.max(Math.floor(dts), this.#last + 1);
    this.#last = dts;
    return dts;
  }
}
