/**
 * What can be drawn. A clip is background video (or none) and a scene over it, drawn frame by frame.
 */
import type { Canvas } from '@napi-rs/canvas';

export interface AudioPlan {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Interleaved samples from -1 to 1 for the stretch from `t` seconds; its length is `frames * channels`. */
  samples(t: number, frames: number): Float32Array;
}

/** A whole picture of its own. Drawing is a pure function of time, so frames can be drawn again and in any order. */
export interface Scene {
  readonly size: { readonly width: number; readonly height: number };
  /** Frames a second. */
  readonly fps: number;
  /** Seconds; infinite for a live scene. */
  readonly duration: number;
  /** @param t seconds from the start */
  draw(canvas: Canvas, t: number): void;
  readonly audio?: AudioPlan;
}
