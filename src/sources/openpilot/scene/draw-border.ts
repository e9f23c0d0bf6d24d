/**
 * The border that tells who drives, in eight pieces, so that nothing transparent is blended.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Layer, Rect, Size } from './tiles.ts';

/**
 * @param inside the picture within the border
 * @param corner radius of the picture's corners, pixels; 0: square
 */
export function borderPieces(size: Size, inside: Rect, corner: number): Rect[] {
  const side = inside.x + Math.ceil(corner / 2) * 2;
  const [width, height] = [size.width - 2 * side, size.height - 2 * side];
  const [right, bottom] = [size.width - side, size.height - side];
  const edge = inside.x;
  const pieces = [
    { x: side, y: 0, width, height: edge },
    { x: side, y: size.height - edge, width, height: edge },
    { x: 0, y: side, width: edge, height },
    { x: size.width - edge, y: side, width: edge, height },
    { x: 0, y: 0, width: side, height: side },
    { x: right, y: 0, width: side, height: side },
    { x: 0, y: bottom, width: side, height: side },
    { x: right, y: bottom, width: side, height: side },
  ];
  return pieces;
}

export function drawBorder(
  context: SKRSContext2D,
  size: Size,
  inside: Rect,
  corner: number,
  colour: string,
): ReturnType<Layer['draw']> {
  const around = corner > 0 ? corner + inside.x : 0;
  if (around > 0) {
    context.fillStyle = '#000000';
    context.beginPath();
    context.rect(0, 0, size.width, size.height);
    // A pixel smaller than the colour, so that no dark line is seen between them.
    context.roundRect(1, 1, size.width - 2, size.height - 2, around);
    context.fill('evenodd');
  }
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(0, 0, size.width, size.height, around);
  context.roundRect(inside.x, inside.y, inside.width, inside.height, corner);
  context.fill('evenodd');
}
