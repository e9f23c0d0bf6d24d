/**
 * A clip that is drawn whole, without footage: any frame can be asked for, in any order and in any process, and is the same each time.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { FrameRate, Size } from '../codec/plan.ts';
import type { KeptDrawing, Rect } from '../overlay/overlay-scene.ts';

/** The whole picture behind everything: opaque, and drawn anew only when its key changes. */
export interface Ground {
  readonly key: string;
  /** Within a clip, where only a part has changed. */
  draw(context: SKRSContext2D): void;
  /** Where it may look different from another ground. @returns undefined: anywhere */
  readonly differs?: (key: string) => readonly Rect[] | undefined;
}

export interface DrawnFrame {
  readonly ground: Ground;
  /**
   * Draws what changes with every frame, on a canvas that it has for itself within a chunk; it clears what it drew before.
   * @returns where there is anything to see; outside of it the canvas is taken for transparent
   */
  draw(context: SKRSContext2D): readonly Rect[];
  /** What lies over that, in order; drawn once for each key. */
  kept(): readonly KeptDrawing[];
}

export interface DrawnScene {
  /** Even. */
  readonly size: Size;
  readonly rate: FrameRate;
  readonly frames: number;
  /**
   * Begins to draw frames in order, on a canvas without anything on it.
   * @param first the first one that will be asked for
   */
  from(first: number): (n: number) => DrawnFrame;
}
