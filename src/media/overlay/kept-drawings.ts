/** Drawings that look the same in many frames: drawn and converted once for each key. */
import { createCanvas } from '@napi-rs/canvas';
import type { ColourMatrix } from '../pixels/matrix.ts';
import { Patch } from '../pixels/patch.ts';
import type { Picture } from '../pixels/picture.ts';
import type { Rect } from '../pixels/rect.ts';
import type { KeptDrawing } from './overlay-scene.ts';

/** Keys that are remembered; those that were not used for the longest time are forgotten first. */
const MOST = 2000;

export class KeptDrawings {
  private readonly matrix: ColourMatrix;
  private readonly kept = new Map<string, Patch>();

  constructor(matrix: ColourMatrix) {
    this.matrix = matrix;
  }

  /** @param rect the even rectangle around the drawing, inside of the picture */
  lay(drawing: KeptDrawing, rect: Rect, target: Picture): void {
    const { key } = drawing;
    const known = this.kept.get(key);
    const patch = known?.there ? known : new Patch(pixelsOf(drawing, rect), rect.width, rect.height, this.matrix);
    this.kept.delete(key);
    this.kept.set(key, patch);
    for (const old of this.kept.keys()) {
      if (this.kept.size <= MOST) break;
      this.kept.delete(old);
    }
    patch.lay(target, rect.x, rect.y, 256, rect);
  }
}

function pixelsOf({ rect, draw }: KeptDrawing, even: Rect): Uint8ClampedArray {
  const context = createCanvas(even.width, even.height).getContext('2d');
  context.translate(-even.x, -even.y);
  context.beginPath();
  context.rect(rect.x, rect.y, rect.width, rect.height);
  context.clip();
  draw(context);
  return context.getImageData(0, 0, even.width, even.height).data;
}
