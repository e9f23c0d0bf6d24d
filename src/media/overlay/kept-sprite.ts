/** A drawing that is laid down again and again, at other places and sizes: converted once for each way in which it is used. */
import { type Canvas, createCanvas, type Image } from '@napi-rs/canvas';
import type { ColourMatrix, Planes } from './blend.ts';
import { blendMoved, type KeptPatch, keepPatch } from './kept-patch.ts';
import type { Rect } from './overlay-scene.ts';
import { blendScaled, type ScaledSprite, scaledSprite } from './scaled-sprite.ts';

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
  private readonly patches: (KeptPatch | undefined)[] = [];
  private scaled: ScaledSprite | undefined;

  constructor(sprite: Sprite, matrix: ColourMatrix) {
    this.sprite = sprite;
    this.matrix = matrix;
  }

  /** As it is. @param x whole, of its left edge @param strength 0 to 256 @param clip even, inside of the picture */
  lay(target: Planes, x: number, y: number, strength: number, clip: Rect): void {
    const [odd, low] = [x & 1, y & 1];
    const index = low * 2 + odd;
    let patch = this.patches[index];
    if (!patch) {
      const [width, height] = [evenUp(Math.ceil(this.sprite.width) + odd), evenUp(Math.ceil(this.sprite.height) + low)];
      patch = keepPatch(this.pixels(width, height, odd, low), { x: 0, y: 0, width, height }, this.matrix);
      this.patches[index] = patch;
    }
    blendMoved(target, patch, { x: x - odd, y: y - low }, strength, clip);
  }

  /** Smaller, larger, or between pixels. @param x of its left edge */
  layScaled(target: Planes, x: number, y: number, scale: number, strength: number, clip: Rect): void {
    if (!this.scaled) {
      const [width, height] = [Math.ceil(this.sprite.width), Math.ceil(this.sprite.height)];
      this.scaled = scaledSprite(this.pixels(width, height, 0, 0), width, height, this.matrix);
    }
    blendScaled(target, this.scaled, x, y, scale, strength, clip);
  }

  private pixels(width: number, height: number, x: number, y: number): Uint8ClampedArray {
    const context = createCanvas(width, height).getContext('2d');
    context.drawImage(this.sprite.image, x, y, this.sprite.width, this.sprite.height);
    return context.getImageData(0, 0, width, height).data;
  }
}

const evenUp = (value: number): number => value + (value & 1);
