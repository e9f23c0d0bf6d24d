/**
 * Which part of a camera's picture is shown, and where a point of it comes to lie on the canvas. Pure.
 */
import type { Rect, Size } from './tiles.ts';

/** Straight scaling of a camera's pixels to the canvas. */
export interface Affine {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly moveX: number;
  readonly moveY: number;
}

/** The one mapping of a tile, for the picture and for what is drawn over it. */
export function affineOf(source: Rect, target: Rect): Affine {
  const scaleX = target.width / source.width;
  const scaleY = target.height / source.height;
  return { scaleX, scaleY, moveX: target.x - source.x * scaleX, moveY: target.y - source.y * scaleY };
}

function evenFloor(value: number): number {
  return Math.floor(value / 2) * 2;
}

export function even(value: number): number {
  return Math.round(value / 2) * 2;
}

/** The whole of a picture, without an odd last row or column. */
export function wholeOf(picture: Size): Rect {
  return { x: 0, y: 0, width: evenFloor(picture.width), height: evenFloor(picture.height) };
}

/**
 * Size of the window that fills `content` when the picture is shown `zoom` times as large as `reference`: openpilot's rule, in even pixels. Never larger than the picture:
 * where the picture is too small for it, it is enlarged until it fills the content.
 * @param reference size of the picture on the device, to which the zoom refers; the picture may be scaled
 * @param content pixels of openpilot's own canvas (2160×1080 less its border)
 */
export function windowSize(picture: Size, reference: Size, content: Size, zoom: number): Size {
  const fill = Math.max(zoom, content.width / reference.width, content.height / reference.height);
  const part = (of: number, full: number, shown: number): number =>
    Math.max(2, Math.min(evenFloor(of), even((shown / fill / full) * of)));
  return {
    width: part(picture.width, reference.width, content.width),
    height: part(picture.height, reference.height, content.height),
  };
}

/** The largest window of this shape in a picture, in even pixels. */
export function coveringWindow(picture: Size, shape: Size): Rect {
  const by = Math.min(picture.width / shape.width, picture.height / shape.height);
  const width = Math.min(evenFloor(picture.width), even(shape.width * by));
  const height = Math.min(evenFloor(picture.height), even(shape.height * by));
  return { width, height, x: evenFloor((picture.width - width) / 2), y: evenFloor((picture.height - height) / 2) };
}

/**
 * Where the window lies so that the vanishing point is in its middle, as far as the picture reaches. It stays where it was while that is nearly right,
 * so that noise of the calibration does not shake the picture.
 * @param vanishing pixels of the picture
 * @param margin pixels of the picture that are kept free at its edges, where there is room
 */
export function placeWindow(
  picture: Size,
  window: Size,
  vanishing: { readonly x: number; readonly y: number },
  margin: { readonly x: number; readonly y: number },
  before: Rect | null,
): Rect {
  const x = along(picture.width, window.width, vanishing.x, margin.x, before?.x);
  const y = along(picture.height, window.height, vanishing.y, margin.y, before?.y);
  return { ...window, x, y };
}

/** Of the even steps, a new one is taken only when the old is more than 1.5 pixels off. */
const REST = 1.5;

function along(full: number, shown: number, middle: number, margin: number, before: number | undefined): number {
  const room = Math.max(0, (full - shown) / 2 - margin);
  const offset = Number.isFinite(middle) ? Math.max(-room, Math.min(room, middle - full / 2)) : 0;
  const ideal = (full - shown) / 2 + offset;
  if (before !== undefined && Math.abs(ideal - before) <= REST) return before;
  return Math.max(0, Math.min(evenFloor(full) - shown, even(ideal)));
}
