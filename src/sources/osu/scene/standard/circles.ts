/** Circles with their numbers and rings: of the skin where it has pictures, else by code. */
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { disc, ring, write } from '../drawn-once.ts';
import { CircleDrawings } from './circle-drawings.ts';
import { type Burst, fallen } from './fade.ts';

/** Numbers are drawn a little smaller than their pictures are. */
const NUMBER_SCALE = 0.8;
/** Pictures a second of what lies over a circle, as fast as the map is played. */
const OVERLAY_RATE = 2;
/** Which circle: skins may have others for the ends of sliders. */
export type CirclePart = 'circle' | 'start' | 'end';
const NAMES = { circle: 'hitcircle', start: 'sliderstartcircle', end: 'sliderendcircle' } as const;
/** Border of circles and sliders, as a part of the radius. */
export const BORDER = 0.12;
/** Ms of the map in which numbers go. */
const NUMBER_MS = 60;
/** Rings are drawn at so many times a circle's size. */
const RING_SIZE = 2.5;

export interface ShownCircle {
  /** Pixels. */
  readonly x: number;
  readonly y: number;
  readonly colour: Rgb;
  readonly part: CirclePart;
  readonly alpha: number;
  readonly number: number | undefined;
  /** How strongly it flashes with the music, 0 to 1. */
  readonly flash: number;
}

export class Circles extends CircleDrawings {
  /** Ends of sliders have circles of their own. */
  get hasEnds(): boolean {
    return this.picture('hitcircle') !== undefined;
  }

  /** Before it is hit. @param now ms of the map */
  draw(brush: Brush, { x, y, colour, part, alpha, number, flash }: ShownCircle, now: number): void {
    brush.sprite(this.circle(colour, part), x, y, 1, alpha);
    if (flash > 0) brush.sprite(this.circle(shade(colour, 0.7), part), x, y, 1, alpha * flash);
    this.overlaid(brush, part, now, x, y, 1, alpha, () => {
      if (number !== undefined) brush.sprite(this.number(number), x, y, 1, alpha);
    });
  }

  /** After it was hit or missed. */
  burst(brush: Brush, { x, y, colour, part, number }: ShownCircle, burst: Burst, now: number): void {
    const { scale, alpha } = burst;
    brush.sprite(this.circle(colour, part), x, y, scale, alpha);
    // Numbers burst with the circles of old skins, and go quickly with others.
    const isOld = (this.skin?.settings.version ?? 2) < 2;
    this.overlaid(brush, part, now, x, y, scale, alpha, () => {
      if (number === undefined) return;
      if (isOld) brush.sprite(this.number(number), x, y, scale, alpha);
      else brush.sprite(this.number(number), x, y, 1, fallen(burst.since, NUMBER_MS));
    });
  }

  /** The ring that closes in. @param size beside the circle's */
  approach(brush: Brush, x: number, y: number, colour: Rgb, size: number, alpha: number): void {
    brush.sprite(this.ring(colour), x, y, size / RING_SIZE, alpha);
  }

  private overlaid(
    brush: Brush,
    part: CirclePart,
    now: number,
    x: number,
    y: number,
    scale: number,
    alpha: number,
    number: () => void,
  ): void {
    const isAbove = this.skin?.settings.overlayAboveNumber ?? true;
    const name = `${this.nameOf(part)}overlay`;
    const over = this.animated(name, Math.max(0, now), true, this.scale, OVERLAY_RATE);
    if (!isAbove && over) brush.sprite(over, x, y, scale, alpha);
    number();
    if (isAbove && over) brush.sprite(over, x, y, scale, alpha);
  }

  private nameOf(part: CirclePart): string {
    return this.picture(NAMES[part]) ? NAMES[part] : NAMES.circle;
  }

  private circle(colour: Rgb, part: CirclePart): Sprite {
    const own = this.coloured(this.nameOf(part), colour, this.scale);
    if (own) return own;
    return this.square(`circle ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r, '#ffffff');
      const inside = r * (1 - BORDER);
      const body = context.createRadialGradient(0, -r * 0.35, r * 0.1, 0, 0, inside);
      body.addColorStop(0, css(shade(colour, 0.12)));
      body.addColorStop(0.7, css(shade(colour, -0.16)));
      body.addColorStop(1, css(shade(colour, -0.42)));
      disc(context, inside, body);
    });
  }

  private number(value: number): Sprite {
    const own = this.written('hitCircleFont', [...`${value}`], this.scale * NUMBER_SCALE);
    if (own) return own;
    return this.square(`number ${value}`, this.radius * 2, (context, r) => {
      const text = `${value}`;
      write(context, text, r * (text.length > 2 ? 0.7 : 0.95), '#ffffff', r * 0.1);
    });
  }

  private ring(colour: Rgb): Sprite {
    const own = this.coloured('approachcircle', colour, this.scale * RING_SIZE);
    if (own) return own;
    // Drawn large: it is shown at four times a circle's size and less.
    return this.square(`approach ${css(colour)}`, this.radius * 2 * RING_SIZE, (context, r) => {
      context.lineWidth = r * 0.05;
      context.strokeStyle = css(shade(colour, 0.25));
      ring(context, r * 0.97);
    });
  }
}
