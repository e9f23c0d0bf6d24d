/** The darkness of Flashlight: all but a circle. */
import { createCanvas } from '@napi-rs/canvas';
import type { Brush, Sprite } from './brush.ts';

export interface Light {
  /** Pixels of the screen. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** How dark it is inside, 0 to 1. */
  readonly dim?: number;
}

/** Lights that are kept: with each step of the combo comes another size, each as large as half of the screen. */
const MOST_KEPT = 3;

export class Darkness {
  /** By what they are made from; the newest last. */
  private readonly made = new Map<string, Sprite>();

  /** @param draw what is seen in the light, over the ground */
  around(brush: Brush, { x, y, radius, dim = 0 }: Light, draw: () => void): void {
    const side = 2 * Math.ceil(radius) + 2;
    // In steps of two pixels: the soft edge of the light is many times as wide.
    const stepped = (middle: number): number => 2 * Math.round((middle - side / 2) / 2);
    const [left, top] = [stepped(x), stepped(y)];
    brush.within({ x: left, y: top, width: side, height: side }, () => {
      brush.ground();
      draw();
      brush.sprite(this.sprite(radius, side, dim), left + side / 2, top + side / 2);
    });
  }

  /** All around the light, and a little more than its square. */
  private sprite(radius: number, side: number, dim: number): Sprite {
    const key = `${radius} ${dim}`;
    const known = this.made.get(key);
    if (known) {
      this.made.delete(key);
      this.made.set(key, known);
      return known;
    }
    const width = side + 4;
    const image = createCanvas(width, width);
    const context = image.getContext('2d');
    const dark = context.createRadialGradient(width / 2, width / 2, radius * 0.75, width / 2, width / 2, radius);
    dark.addColorStop(0, `rgb(0 0 0 / ${dim})`);
    dark.addColorStop(1, 'rgb(0 0 0 / 1)');
    context.fillStyle = dark;
    context.fillRect(0, 0, width, width);
    const sprite: Sprite = { image, width, height: width };
    this.made.set(key, sprite);
    for (const old of this.made.keys()) {
      if (this.made.size <= MOST_KEPT) break;
      this.made.delete(old);
    }
    return sprite;
  }
}
