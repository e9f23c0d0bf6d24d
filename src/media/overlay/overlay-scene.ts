/**
 * What a kind of source says about a clip of footage with something drawn over it: which picture lies where, and what is drawn.
 * The engine (`overlay-render.ts`) reads the pictures, scales, draws, blends, encodes. Drawing is a pure function of the frame's
 * number: frames are asked for in rising order, in more than one pass, and may be asked for again.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { FrameRate, Size } from '../codec/plan.ts';

/** Pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture of the footage on the canvas. */
export interface Tile {
  /** Index into the inputs of the render. */
  readonly input: number;
  /** Number of the picture in that file: its first is 0. */
  readonly picture: number;
  /**
   * Which part of the picture is shown, in its own pixels; fractions are kept to within one pixel of the canvas, so a window that
   * moves slowly moves smoothly. What lies outside the picture is black.
   */
  readonly window: Rect;
  /** Where that part stands on the canvas: even pixels, inside it. */
  readonly place: Rect;
}

/** Something that looks the same in many frames: drawn once for each key, then kept. */
export interface KeptDrawing {
  /** Tells everything that it looks like and where: equal keys are equal pictures. */
  readonly key: string;
  /** Nothing outside is kept. Made larger to even pixels where it is not. */
  readonly place: Rect;
  /** Before or behind what `draw` draws. */
  readonly layer: 'below' | 'above';
  /** In canvas coordinates, on a transparent ground. */
  draw(context: SKRSContext2D): void;
}

export interface OverlayScene {
  /** Of the canvas; even. */
  readonly size: Size;
  readonly rate: FrameRate;
  /** How many frames the clip has. */
  readonly frames: number;
  /** The pictures of frame `n`, the hindmost first. Cheap: it is asked once for each pass. Where no tile lies it is black. */
  tiles(n: number): readonly Tile[];
  /** What is kept and lies over frame `n`, in order. */
  kept(n: number): readonly KeptDrawing[];
  /**
   * Draws what changes with every frame. The context is that of a whole canvas, in its first state, transparent where this is called.
   * @returns where something was drawn: at most a few rectangles, which may overlap. What is drawn elsewhere is not seen, and may
   *   come up later.
   */
  draw(context: SKRSContext2D, n: number): readonly Rect[];
}
