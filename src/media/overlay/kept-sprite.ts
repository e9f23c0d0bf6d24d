/** A drawing that is laid down again and again, at other places and sizes: converted once for each way in which it is used. */
import { type Canvas, createCanvas, type Image } from '@napi-rs/canvas';
import type { ColourMatrix } from '../pixels/matrix.ts';
import { Patch } from '../pixels/patch.ts';
import type { Picture } from '../pixels/picture.ts';
import type { Rect } from '../pixels/rect.ts';
import { ScaledPatch } from '../pixels/scaled-patch.ts';

/** A picture of its own. */
export interface Sprite {
  readonly image: Canvas | Image;
  /** Of its place on the screen at scale 1. */
  readonly width: number;
  readonly height: number;
}

export class KeptSprite {
  private readonly sprite: Sprite;
  private readonly matrix: ColourMatrix;
  /** For pictures at even and odd columns and rows: pixels of colour are two wide and high. */
  private readonly patches: (Patch | undefined)[] = [];
  private scaled: ScaledPatch | undefined;

  constructor(sprite: Sprite, matrix: ColourMatrix) {
    this.sprite = sprite;
    this.matrix = matrix;
  }

  /** As it is. @param x whole, of its left edge @param strength 1 to 256 @param clip even, inside of the picture */
  lay(target: Picture, x: number, y: number, strength: number, clip: Rect): void {
    const [odd, low] = [x & 1, y & 1];
    const index = low * 2 + odd;
    let patch = this.patches[index];
    if (!patch?.there) {
      const { pixels, width, height } = this.pixels(odd, low);
      patch = new Patch(pixels, width, height, this.matrix);
      this.patches[index] = patch;
    }
    patch.lay(target, x - odd, y - low, strength, clip);
  }

  /** Smaller, larger, or between pixels. @param x of its left edge */
  layScaled(target: Picture, x: number, y: number, scale: number, strength: number, clip: Rect): void {
    if (!this.scaled?.there) {
      const { pixels, width, height } = this.pixels(0, 0);
      this.scaled = new ScaledPatch(pixels, width, height, this.matrix);
    }
    this.scaled.lay(target, x, y, scale, strength, clip);
  }

  /** With a column or row before it, where it begins at an odd one. */
  private pixels(odd: number, low: number): { pixels: Uint8ClampedArray; width: number; height: number } {
    const { image, width: wide, height: high } = this.sprite;
    const [width, height] = [evenUp(Math.ceil(wide) + odd), evenUp(Math.ceil(high) + low)];
    const context = createCanvas(width, height).getContext('2d');
    context.drawImage(image, odd, low, wide, high);
    return { pixels: context.getImageData(0, 0, width, height).data, width, height };
  }
}

const evenUp = (value: number): number => value + (value & 1);
