/**
 * A clip that is drawn whole, without footage: any frame can be asked for, in any order and in any process, and is the same each time.
 */
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import type { FrameRate, Size } from '../codec/plan.ts';
import type { Sprite } from '../overlay/kept-sprite.ts';
import type { KeptDrawing, Rect } from '../overlay/overlay-scene.ts';

/** The whole picture behind everything: opaque, and drawn anew only when its key changes. */
export interface Ground {
  readonly key: string;
  /** Within a clip, where only a part has changed. */
  draw(context: SKRSContext2D): void;
  /** Where it may look different from another ground. @returns undefined: anywhere */
  readonly differs?: (key: string) => readonly Rect[] | undefined;
}

/** What a frame is drawn on. What comes later lies on top. */
export interface Surface {
  /**
   * For what is no sprite.
   * @param rect nothing outside of it is seen
   * @param draw in coordinates of the picture, on a transparent ground; called once or more, or not at all where nothing of it would be seen
   */
  paint(rect: Rect, draw: (context: SKRSContext2D) => void): void;
  /**
   * Lays down a drawing that is used again and again, at whole pixels where its scale is 1 and `between` does not say otherwise.
   * @param x of its middle
   * @param alpha above 0, to 1
   * @param between also between pixels, for what moves slowly
   */
  sprite(sprite: Sprite, x: number, y: number, scale: number, alpha: number, between: boolean): void;
  /**
   * Lays down a picture that is seen in this frame alone, as it is.
   * @param x whole, of its left edge @param y whole
   * @param alpha above 0, to 1
   */
  once(image: Canvas, x: number, y: number, alpha: number): void;
  /** Lays the ground down, inside of the clip: in a frame that is dark. */
  ground(): void;
  /** From now on nothing outside of it is touched; undefined: the whole picture. */
  clip(rect: Rect | undefined): void;
}

export interface DrawnFrame {
  readonly ground: Ground;
  /** The ground is seen only where the frame lays it down ({@link Surface.ground}); everywhere else it is black. */
  readonly dark?: boolean;
  /** Draws what changes with every frame, over the ground. */
  draw(surface: Surface): void;
  /** What lies over that, in order; drawn once for each key. */
  kept(): readonly KeptDrawing[];
}

export interface DrawnScene {
  /** Even. */
  readonly size: Size;
  readonly rate: FrameRate;
  readonly frames: number;
  /**
   * Begins to draw frames in order.
   * @param first the first one that will be asked for
   */
  from(first: number): (n: number) => DrawnFrame;
}
