/** Objects as they are played: mirrored, stacked, with the moments at which they are checked. */
import type { SliderPath } from '../path/slider-path.ts';

export const TICK = 0;
export const REPEAT = 1;
export const END = 2;

interface AnyPlay {
  /** Place among the map's objects. */
  readonly index: number;
  readonly time: number;
  readonly endTime: number;
  /** Where it is seen, stacked. */
  readonly x: number;
  readonly y: number;
  /** How many are stacked over it; moves it up and left (negative: down and right). */
  readonly stack: number;
  readonly newCombo: boolean;
}

export interface PlayCircle extends AnyPlay {
  readonly kind: 'circle';
}

export interface PlaySlider extends AnyPlay {
  readonly kind: 'slider';
  readonly path: SliderPath;
  /** To be added to the points of the path. */
  readonly shift: number;
  readonly spans: number;
  /** Pixels of one way, and pixels a millisecond. */
  readonly length: number;
  readonly speed: number;
  /** Moments of ticks, repeats and the end, in their order. The end is checked up to 36 ms early. */
  readonly checkTimes: Float64Array;
  readonly checkKinds: Uint8Array;
  /** Pixels between two ticks, from the start of a way. */
  readonly tickDistance: number;
}

export interface PlaySpinner extends AnyPlay {
  readonly kind: 'spinner';
  /** Half turns for a 300. */
  readonly needed: number;
}

export type PlayObject = PlayCircle | PlaySlider | PlaySpinner;
