/** Elements that are drawn once, at the size in which they are shown, and kept. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { inter } from '../../../media/scene/font.ts';
import type { Sprite } from './brush.ts';

export class DrawnOnce {
  private readonly made = new Map<string, Sprite>();

  /** Sprites over each other, their middles together. */
  protected layered(key: string, layers: readonly (Sprite | undefined)[]): Sprite {
    const there = layers.flatMap((layer) => layer ?? []);
    const width = Math.max(1, ...there.map((layer) => layer.width));
    const height = Math.max(1, ...there.map((layer) => layer.height));
    return this.sprite(key, width, height, (context) => {
      for (const { image, width: w, height: h } of there) context.drawImage(image, -w / 2, -h / 2, w, h);
    });
  }

  /** Pictures that are made when they are first asked for. */
  protected pictured(key: string, make: () => Sprite | readonly (Sprite | undefined)[]): Sprite {
    const known = this.made.get(key);
    if (known) return known;
    const made = make();
    return this.layered(key, 'image' in made ? [made] : made);
  }

  protected square(key: string, side: number, draw: (context: SKRSContext2D, r: number) => void): Sprite {
    return this.sprite(key, side, side, (context) => draw(context, side / 2));
  }

  /** @param draw with the middle at 0, 0 */
  protected sprite(key: string, width: number, height: number, draw: (context: SKRSContext2D) => void): Sprite {
    const known = this.made.get(key);
    if (known) return known;
    const image: Canvas = createCanvas(Math.ceil(width) + 2, Math.ceil(height) + 2);
    const context = image.getContext('2d');
    context.translate(image.width / 2, image.height / 2);
    draw(context);
    const sprite: Sprite = { image, width: image.width, height: image.height };
    // Numbers of long combos and lines of text come and go.
    if (this.made.size > 400) this.made.clear();
    this.made.set(key, sprite);
    return sprite;
  }
}

type Paint = string | ReturnType<SKRSContext2D['createRadialGradient']>;

export function disc(context: SKRSContext2D, r: number, fill: Paint): void {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(0, 0, r, 0, 2 * Math.PI);
  context.fill();
}

export function ring(context: SKRSContext2D, r: number): void {
  context.beginPath();
  context.arc(0, 0, r, 0, 2 * Math.PI);
  context.stroke();
}

export function write(context: SKRSContext2D, text: string, pixels: number, colour: string, outline: number): void {
  context.font = inter(700, pixels);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = outline;
  context.strokeStyle = 'rgb(0 0 0 / 0.45)';
  context.strokeText(text, 0, pixels * 0.03);
  context.fillStyle = colour;
  context.fillText(text, 0, pixels * 0.03);
}
