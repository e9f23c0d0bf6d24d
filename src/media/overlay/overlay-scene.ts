/**
 * What a kind of source says about a clip of footage with something drawn over it: which picture lies where, and what is drawn.
 * The engine (`overlay-render.ts`) reads the pictures, scales, draws, blends and encodes. A scene is played once for each pass, and
 * must be the same each time.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { FrameRate, Size } from '../codec/plan.ts';
import type { Rect } from '../pixels/rect.ts';
import type { Sprite } from './kept-sprite.ts';

export type { Rect };

/** A picture of the footage on the canvas. */
export interface Tile {
  /** Index into the inputs of the render. */
  readonly input: number;
  /** Number of the picture in that file: its first is 0. */
  readonly picture: number;
  /** Which part of the picture is shown, in its own pixels: even, and inside it. */
  readonly window: Rect;
  /** Where that part stands on the canvas, scaled to fill: even, and inside it. */
  readonly place: Rect;
}

/** Something that looks the same in many frames: drawn once for each key, then kept. */
export interface KeptDrawing {
  /** Tells everything: equal keys are equal pixels at the same place. */
  readonly key: string;
  /** Nothing outside of it is seen. */
  readonly rect: Rect;
  /** In canvas coordinates, on a transparent ground. */
  draw(context: SKRSContext2D): void;
  /** All of the drawing, where it is put together from sprites: laid down without a canvas where that is known how. */
  readonly sprites?: readonly PlacedSprite[];
}

/** Where a sprite lies: whole pixels, of its left and upper edge. */
export interface PlacedSprite {
  readonly sprite: Sprite;
  readonly x: number;
  readonly y: number;
  /** Above 0, to 1. */
  readonly alpha: number;
}

export function drawSprites(context: SKRSContext2D, sprites: readonly PlacedSprite[]): void {
  for (const { sprite, x, y, alpha } of sprites) {
    context.globalAlpha = alpha;
    context.drawImage(sprite.image, x, y, sprite.width, sprite.height);
  }
  context.globalAlpha = 1;
}

export interface OverlayFrame {
  /** The hindmost first. Where none lies it is black. */
  readonly tiles: readonly Tile[];
  /**
   * Draws what changes with every frame, on a canvas that it has for itself from frame to frame; it clears what it drew before.
   * Called at most once for each frame, and not at all in passes that need no drawing.
   * @returns where there is anything to see; outside of it the canvas is taken for transparent
   */
  draw(context: SKRSContext2D): readonly Rect[];
  /** What lies over that, in order. */
  kept(): readonly KeptDrawing[];
}

/**
 * Two fisheye pictures side by side become one all around (equirectangular), and the file says that it is to be looked around in.
 * Angles are what each of the two sees, in degrees.
 */
export interface Sphere {
  /** Of the clip; even, twice as wide as high. */
  readonly size: Size;
  readonly horizontal: number;
  readonly vertical: number;
}

export interface OverlayScene {
  /** The canvas is not the picture of the clip, but what it is made from. */
  readonly sphere?: Sphere;
  /** Of the canvas; even. */
  readonly size: Size;
  readonly rate: FrameRate;
  /** How many frames `play` gives. */
  readonly frames: number;
  /** All frames from the first on. */
  play(): AsyncIterable<OverlayFrame> | Iterable<OverlayFrame>;
}
