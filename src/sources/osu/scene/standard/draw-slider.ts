/** Bodies of sliders: drawn once as a whole, and part by part while they grow. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { PlaySlider } from '../../judge/play-object.ts';
import { pointAt } from '../../path/slider-path.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import type { Stage } from '../stage.ts';
import { BORDER } from './elements.ts';

/** Of a skin; otherwise a white border, and a track in the colour of the combo. */
export interface SliderColours {
  readonly border?: Rgb | undefined;
  readonly track?: Rgb | undefined;
}

interface Body {
  readonly sprite: Sprite;
  /** Of its middle on the screen. */
  readonly x: number;
  readonly y: number;
}

/** Bodies that are kept: more are never seen together, but for maps that want to hurt. */
const MOST_BYTES = 48_000_000;

export class SliderBodies {
  private readonly stage: Stage;
  private readonly radius: number;
  private readonly colours: SliderColours;
  private readonly bodies = new Map<number, Body>();
  private bytes = 0;

  /** @param radius in pixels */
  constructor(stage: Stage, radius: number, colours: SliderColours = {}) {
    this.stage = stage;
    this.radius = radius;
    this.colours = colours;
  }

  /** @param part how much of it has grown, 0 to 1 */
  draw(brush: Brush, slider: PlaySlider, colour: Rgb, part: number, alpha: number): void {
    if (alpha <= 0 || part <= 0) return;
    if (part >= 1) {
      const { sprite, x, y } = this.whole(slider, colour);
      brush.sprite(sprite, x, y, 1, alpha);
      return;
    }
    const { sprite, x, y } = this.make(slider, colour, part);
    brush.once(sprite, x, y, 1, alpha);
  }

  private whole(slider: PlaySlider, colour: Rgb): Body {
    const known = this.bodies.get(slider.index);
    if (known) return known;
    const made = this.make(slider, colour, 1);
    this.bodies.set(slider.index, made);
    this.bytes += bytesOf(made);
    for (const [index, body] of this.bodies) {
      if (this.bytes <= MOST_BYTES || index === slider.index) break;
      this.bodies.delete(index);
      this.bytes -= bytesOf(body);
    }
    return made;
  }

  private make(slider: PlaySlider, colour: Rgb, part: number): Body {
    const { stage, radius } = this;
    const way = this.wayOf(slider, part);
    const bounds = boundsOf(way, radius + 2, stage.size);
    const image: Canvas = createCanvas(bounds.width, bounds.height);
    const context = image.getContext('2d');
    context.translate(-bounds.x, -bounds.y);
    context.lineCap = 'round';
    context.lineJoin = 'round';
    const stroke = (width: number, style: string, mode: 'source-over' | 'destination-out' = 'source-over'): void => {
      context.globalCompositeOperation = mode;
      context.lineWidth = width;
      context.strokeStyle = style;
      trace(context, way);
      context.stroke();
    };
    const { border, track = colour } = this.colours;
    stroke(2 * radius, border ? css(border) : '#ffffff');
    const inside = 2 * radius * (1 - BORDER);
    // The track lets the ground through.
    stroke(inside, '#000000', 'destination-out');
    stroke(inside, css(shade(track, -0.78), 0.72));
    stroke(inside * 0.62, css(shade(track, -0.55), 0.3));
    stroke(inside * 0.3, css(shade(track, -0.35), 0.3));
    const sprite = { image, width: bounds.width, height: bounds.height };
    return { sprite, x: bounds.x + bounds.width / 2, y: bounds.y + bounds.height / 2 };
  }

  /** Screen points of the first part of the way. */
  private wayOf({ path, length, shift }: PlaySlider, part: number): number[] {
    const { stage } = this;
    const { points, lengths } = path;
    const end = length * part;
    const way: number[] = [];
    for (let index = 0; index < lengths.length && (lengths[index] ?? 0) < end; index++)
      way.push(stage.x((points[2 * index] ?? 0) + shift), stage.y((points[2 * index + 1] ?? 0) + shift));
    const tip = pointAt(path, end);
    way.push(stage.x(tip.x + shift), stage.y(tip.y + shift));
    return way;
  }
}

const bytesOf = ({ sprite }: Body): number => sprite.width * sprite.height * 4;

function trace(context: SKRSContext2D, way: readonly number[]): void {
  context.beginPath();
  context.moveTo(way[0] ?? 0, way[1] ?? 0);
  // A way of no length still has its two round ends.
  if (way.length <= 2) context.lineTo((way[0] ?? 0) + 0.01, way[1] ?? 0);
  for (let index = 2; index < way.length; index += 2) context.lineTo(way[index] ?? 0, way[index + 1] ?? 0);
}

/** The part of the screen that it touches: a way may leave the screen by miles. */
function boundsOf(way: readonly number[], margin: number, size: { width: number; height: number }) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let index = 0; index < way.length; index += 2) {
    left = Math.min(left, way[index] ?? 0);
    right = Math.max(right, way[index] ?? 0);
    top = Math.min(top, way[index + 1] ?? 0);
    bottom = Math.max(bottom, way[index + 1] ?? 0);
  }
  const clampTo = (value: number, most: number): number => Math.max(0, Math.min(most, value));
  const x = Math.floor(clampTo(left - margin, size.width - 1));
  const y = Math.floor(clampTo(top - margin, size.height - 1));
  return {
    x,
    y,
    width: Math.max(1, Math.ceil(clampTo(right + margin, size.width)) - x),
    height: Math.max(1, Math.ceil(clampTo(bottom + margin, size.height)) - y),
  };
}
