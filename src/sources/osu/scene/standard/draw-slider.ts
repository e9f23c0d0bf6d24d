/** Bodies of sliders: drawn once as a whole, and part by part while they grow. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Rect } from '../../../../media/overlay/overlay-scene.ts';
import type { PlaySlider } from '../../judge/play-object.ts';
import { pointAt } from '../../path/slider-path.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { BORDER } from './circles.ts';

/** How bodies look, and how wide they are in pixels. */
export interface BodyLook {
  readonly radius: number;
  /** Of the border, as a part of the radius. */
  readonly border: number;
  readonly borderColour: string;
  /** Undefined: the colour of the combo. */
  readonly track: Rgb | undefined;
  /** How much of the ground the track hides, 0 to 1. */
  readonly opacity: number;
  /** Colours of the track, from its edge to its middle. */
  shades(track: Rgb): readonly string[];
}

/** Bodies of skins are a little narrower than their circles, whose pictures have an edge (ppy/osu `LegacySliderBody`, which the shades are of too). */
const SKIN_RADIUS = 59 / 64;
const SKIN_BORDER = 0.1;
const SKIN_OPACITY = 180 / 255;
const OPACITY = 0.8;
/** Shades of the track; each is a stroke. */
const SHADES = 7;

/** @param radius of a circle, pixels */
export function bodyLookOf(radius: number, skin: SkinLook | undefined): BodyLook {
  const { sliderBorder, sliderTrack: track } = skin?.settings ?? {};
  const common = { borderColour: sliderBorder ? css(sliderBorder) : '#ffffff', track };
  const isOfSkin = skin?.pictures.has('hitcircle') === true;
  if (isOfSkin)
    return {
      ...common,
      ...{ radius: radius * SKIN_RADIUS, border: SKIN_BORDER, opacity: SKIN_OPACITY },
      shades: (colour) => shadesBetween(shade(colour, -0.09), lightened(colour)),
    };
  return {
    ...common,
    ...{ radius, border: BORDER, opacity: OPACITY },
    shades: (colour) => shadesBetween(shade(colour, -0.84), shade(colour, -0.5)),
  };
}

function shadesBetween(from: Rgb, to: Rgb): string[] {
  return Array.from({ length: SHADES }, (_, step) => {
    const part = step / (SHADES - 1);
    const mix = (a: number, b: number): number => Math.round(a + (b - a) * part);
    return css({ r: mix(from.r, to.r), g: mix(from.g, to.g), b: mix(from.b, to.b) });
  });
}

function lightened({ r, g, b }: Rgb): Rgb {
  const lighter = (value: number): number => Math.min(255, Math.round(value * 1.125 + 255 * 0.25));
  return { r: lighter(r), g: lighter(g), b: lighter(b) };
}

interface Body {
  readonly sprite: Sprite & { readonly image: Canvas };
  /** Of its left edge on the screen; whole. */
  readonly x: number;
  readonly y: number;
}

/** Of bodies that are kept, for each pixel of the screen: more are never seen together, but for maps that want to hurt. */
const BYTES_A_PIXEL = 6;

export class SliderBodies {
  private readonly stage: Stage;
  private readonly look: BodyLook;
  private readonly bodies = new Map<number, Body>();
  private bytes = 0;

  constructor(stage: Stage, look: BodyLook) {
    this.stage = stage;
    this.look = look;
  }

  /** @param part how much of it has grown, 0 to 1 */
  draw(brush: Brush, slider: PlaySlider, colour: Rgb, part: number, alpha: number): void {
    if (alpha <= 0 || part <= 0) return;
    if (part >= 1) {
      const { sprite, x, y } = this.whole(slider, colour);
      brush.sprite(sprite, x + sprite.width / 2, y + sprite.height / 2, 1, alpha);
      return;
    }
    const { sprite, x, y } = this.make(slider, colour, part);
    brush.fresh(sprite.image, x, y, alpha);
  }

  private whole(slider: PlaySlider, colour: Rgb): Body {
    const known = this.bodies.get(slider.index);
    if (known) return known;
    const made = this.make(slider, colour, 1);
    this.bodies.set(slider.index, made);
    this.bytes += bytesOf(made);
    const most = BYTES_A_PIXEL * this.stage.size.width * this.stage.size.height;
    for (const [index, body] of this.bodies) {
      if (this.bytes <= most || index === slider.index) break;
      this.bodies.delete(index);
      this.bytes -= bytesOf(body);
    }
    return made;
  }

  private make(slider: PlaySlider, colour: Rgb, part: number): Body {
    const { stage } = this;
    const { radius, border, borderColour, track = colour, opacity, shades } = this.look;
    const way = this.wayOf(slider, part);
    const bounds = boundsOf(way, radius + 2, stage.size);
    const image: Canvas = createCanvas(bounds.width, bounds.height);
    const context = image.getContext('2d');
    context.translate(-bounds.x, -bounds.y);
    const inside = 2 * radius * (1 - border);
    trace(context, way);
    stroke(context, 2 * radius, borderColour);
    // The track lets the ground through.
    context.globalCompositeOperation = 'destination-out';
    stroke(context, inside, '#000000');
    context.globalCompositeOperation = 'destination-over';
    context.globalAlpha = opacity;
    context.drawImage(trackOf(way, bounds, inside, shades(track)), bounds.x, bounds.y, bounds.width, bounds.height);
    const sprite = { image, width: bounds.width, height: bounds.height };
    return { sprite, x: bounds.x, y: bounds.y };
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

/** Nobody sees how sharp a soft shade is: the track is drawn at half its size, a little wider than it is, below the border. */
const HALF = 0.5;

function trackOf(way: readonly number[], bounds: Rect, width: number, shades: readonly string[]): Canvas {
  const image = createCanvas(Math.ceil(bounds.width * HALF), Math.ceil(bounds.height * HALF));
  const context = image.getContext('2d');
  context.scale(image.width / bounds.width, image.height / bounds.height);
  context.translate(-bounds.x, -bounds.y);
  trace(context, way);
  for (const [step, style] of shades.entries())
    stroke(context, width * (1 - step / shades.length) + (step === 0 ? 2 : 0), style);
  return image;
}

function stroke(context: SKRSContext2D, width: number, style: string): void {
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = width;
  context.strokeStyle = style;
  context.stroke();
}

function trace(context: SKRSContext2D, way: readonly number[]): void {
  context.beginPath();
  context.moveTo(way[0] ?? 0, way[1] ?? 0);
  // A way of no length still has its two round ends.
  if (way.length <= 2) context.lineTo((way[0] ?? 0) + 0.01, way[1] ?? 0);
  for (let index = 2; index < way.length; index += 2) context.lineTo(way[index] ?? 0, way[index + 1] ?? 0);
}

/** The part of the screen that it touches: a way may leave the screen by miles. */
function boundsOf(way: readonly number[], margin: number, size: { width: number; height: number }): Rect {
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
