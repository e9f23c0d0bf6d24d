/**
 * The values between the scene and the engine that composes a clip. Pure types.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels; x and y from the top left. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export type CameraName = 'road' | 'wide' | 'driver';

/** Pixels of the coded picture of each camera that the clip may show; null: there is none. */
export type CameraSizes = Readonly<Record<CameraName, Size | null>>;

/** A part of a camera's picture, scaled to fill a place on the canvas. All numbers are even. */
export interface Tile {
  readonly camera: CameraName;
  readonly source: Rect;
  readonly target: Rect;
}

/** Something drawn that stays the same for many pictures. Equal keys of one scene are equal pixels at an equal place. */
export interface Layer {
  readonly key: string;
  /** Even; nothing is drawn outside. */
  readonly rect: Rect;
  /** Draws in coordinates of the whole canvas. */
  draw(context: SKRSContext2D): void;
}
