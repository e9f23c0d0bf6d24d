/**
 * Every element drawn once, at the size in which it is shown: of the skin where it has a picture, else by code.
 */
import type { Rgb } from '../../read/beatmap.ts';
import type { SkinSettings } from '../../read/skin-settings.ts';
import type { Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { DrawnOnce, disc, ring, write } from '../drawn-once.ts';
import { asItIs, frameAt, rowOf, type SkinLook, type SkinPicture, tinted } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { SkinSpinner } from './skin-spinner.ts';

const RESULTS: Readonly<Record<number, { readonly text: string; readonly colour: Rgb }>> = {
  300: { text: '300', colour: { r: 96, g: 190, b: 255 } },
  100: { text: '100', colour: { r: 110, g: 230, b: 120 } },
  50: { text: '50', colour: { r: 255, g: 205, b: 90 } },
};
const MISS: Rgb = { r: 255, g: 70, b: 80 };
/** A circle is so wide in a skin. */
const CIRCLE_PIXELS = 128;
/** Numbers are drawn a little smaller than their pictures are. */
const NUMBER_SCALE = 0.8;
/** Pictures a second of what lies over a circle. */
const OVERLAY_RATE = 2;
/** Osu! pixels that a ball rolls between two of its pictures. */
const BALL_STEP = 4;
/** Which circle: skins may have others for the ends of sliders. */
export type CirclePart = 'circle' | 'start' | 'end';
const CIRCLES = { circle: 'hitcircle', start: 'sliderstartcircle', end: 'sliderendcircle' } as const;
/** Border of circles and sliders, as a part of the radius. */
export const BORDER = 0.12;

export interface SkinCursor {
  readonly cursor: Sprite;
  readonly middle: Sprite | undefined;
  /** Undefined: it has none. */
  readonly trail: Sprite | undefined;
  readonly settings: SkinSettings;
}

export class Elements extends DrawnOnce {
  /** Of a circle, in pixels. */
  readonly radius: number;
  private readonly unit: number;
  private readonly skin: SkinLook | undefined;
  /** Pixels of the screen in one of a skin's: of what lies on the field, and of what does not grow with the circles. */
  private readonly onField: number;
  private readonly onScreen: number;
  readonly skinSpinner: SkinSpinner | undefined;

  /** @param radius in osu! pixels */
  constructor(stage: Stage, radius: number, skin?: SkinLook) {
    super();
    this.radius = radius * stage.scale;
    this.unit = stage.scale;
    this.skin = skin;
    this.onField = (2 * this.radius) / CIRCLE_PIXELS;
    this.onScreen = stage.skinScale;
    this.skinSpinner = SkinSpinner.of(skin, stage);
  }

  /** Numbers lie below what lies over circles. */
  get overlayAboveNumber(): boolean {
    return this.skin?.settings.overlayAboveNumber ?? true;
  }

  /** Numbers burst with their circles. */
  get numbersBurst(): boolean {
    return (this.skin?.settings.version ?? 2) < 2;
  }

  /** Ends of sliders have circles of their own. */
  get hasEnds(): boolean {
    return this.picture('hitcircle') !== undefined;
  }

  circle(colour: Rgb, part: CirclePart = 'circle'): Sprite {
    const name = this.circleName(part);
    const base = this.picture(name);
    if (base) return this.layered(`${name} ${css(colour)}`, [tinted(base, colour, this.onField)]);
    return this.square(`circle ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r, '#ffffff');
      disc(context, r * (1 - BORDER), css(shade(colour, -0.15)));
      const glow = context.createLinearGradient(0, -r, 0, r);
      glow.addColorStop(0, 'rgb(255 255 255 / 0.28)');
      glow.addColorStop(0.55, 'rgb(255 255 255 / 0)');
      disc(context, r * (1 - BORDER), glow);
    });
  }

  /** What lies over a circle. @param now ms of the map @returns undefined where it is part of the circle */
  overlay(part: CirclePart, now: number): Sprite | undefined {
    const name = `${this.circleName(part)}overlay`;
    const frames = this.frames(name);
    const frame = frameAt(frames, { framerate: OVERLAY_RATE }, Math.max(0, now), true);
    const picture = frames[frame];
    return picture && this.layered(`${name} ${frame}`, [asItIs(picture, this.onField)]);
  }

  /** The number in a circle. */
  number(value: number): Sprite {
    const digits = this.digits(value);
    if (digits) return digits;
    return this.square(`number ${value}`, this.radius * 2, (context, r) => {
      const text = `${value}`;
      write(context, text, r * (text.length > 2 ? 0.7 : 0.95), '#ffffff', r * 0.1);
    });
  }

  approach(colour: Rgb): Sprite {
    const own = this.picture('approachcircle');
    if (own) return this.layered(`approach ${css(colour)}`, [tinted(own, colour, this.onField * 2.5)]);
    // Drawn large: it is shown at four times a circle's size and less.
    return this.square(`approach ${css(colour)}`, this.radius * 5, (context, r) => {
      context.lineWidth = r * 0.05;
      context.strokeStyle = css(shade(colour, 0.25));
      ring(context, r * 0.97);
    });
  }

  /** That of a skin looks to the right. */
  get ballTurns(): boolean {
    return this.picture('sliderb') !== undefined;
  }

  get ballFlips(): boolean {
    return this.skin?.settings.sliderBallFlip ?? false;
  }

  /** @param travelled osu! pixels: a ball rolls @param mirrored left to right */
  ball(colour: Rgb, travelled: number, mirrored: boolean): Sprite {
    const frames = this.frames('sliderb');
    const frame = Math.floor(Math.max(0, travelled) / BALL_STEP) % Math.max(1, frames.length);
    const ball = frames[frame];
    if (ball) {
      const tint = this.skin?.settings.allowSliderBallTint === true ? colour : undefined;
      const sprite = tint ? tinted(ball, tint, this.onField) : asItIs(ball, this.onField);
      const key = `ball ${frame} ${mirrored} ${tint ? css(tint) : ''}`;
      return this.sprite(key, sprite.width, sprite.height, (context) => {
        if (mirrored) context.scale(-1, 1);
        context.drawImage(sprite.image, -sprite.width / 2, -sprite.height / 2, sprite.width, sprite.height);
      });
    }
    const own = this.skin?.settings.sliderBall;
    if (own) return this.ballOf(own);
    return this.ballOf(colour);
  }

  private ballOf(colour: Rgb): Sprite {
    return this.square(`ball ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r * 0.94, css(shade(colour, 0.45)));
      disc(context, r * 0.76, css(shade(colour, -0.1)));
      context.lineWidth = r * 0.09;
      context.strokeStyle = '#ffffff';
      ring(context, r * 0.42);
    });
  }

  /** @param since real ms that the ball is followed */
  followCircle(since: number): Sprite {
    const follow = this.moving('sliderfollowcircle', since, true, this.onField);
    if (follow) return follow;
    return this.square('follow', this.radius * 2 * 2.4, (context, r) => {
      disc(context, r * 0.96, 'rgb(255 200 60 / 0.12)');
      context.lineWidth = r * 0.045;
      context.strokeStyle = 'rgb(255 205 80 / 0.95)';
      ring(context, r * 0.95);
    });
  }

  tick(): Sprite {
    const tick = this.picture('sliderscorepoint');
    if (tick) return this.layered('tick', [asItIs(tick, this.onField)]);
    return this.square('tick', this.radius * 0.34, (context, r) => {
      disc(context, r, 'rgb(0 0 0 / 0.35)');
      disc(context, r * 0.78, '#ffffff');
    });
  }

  /** Points to the right. */
  arrow(): Sprite {
    const arrow = this.picture('reversearrow');
    if (arrow) return this.layered('arrow', [asItIs(arrow, this.onField)]);
    return this.square('arrow', this.radius * 1.5, (context, r) => {
      context.lineWidth = r * 0.26;
      context.lineCap = 'round';
      context.lineJoin = 'round';
      context.strokeStyle = '#ffffff';
      context.beginPath();
      context.moveTo(-r * 0.25, -r * 0.5);
      context.lineTo(r * 0.35, 0);
      context.lineTo(-r * 0.25, r * 0.5);
      context.stroke();
    });
  }

  /** Points to the right. */
  /** @param since real ms that it is seen */
  followPoint(since: number): Sprite {
    const point = this.moving('followpoint', since, false, this.onField);
    if (point) return point;
    return this.square('follow point', 12 * this.unit, (context, r) => {
      context.lineWidth = r * 0.3;
      context.lineCap = 'round';
      context.strokeStyle = '#ffffff';
      context.beginPath();
      context.moveTo(-r * 0.35, -r * 0.5);
      context.lineTo(r * 0.25, 0);
      context.lineTo(-r * 0.35, r * 0.5);
      context.stroke();
    });
  }

  /** A result that moves by itself is not made to pop. */
  resultMoves(value: number): boolean {
    return this.frames(`hit${value}`).length > 1;
  }

  /** @param value 300, 100, 50 or 0 @param since real ms */
  result(value: number, since: number): Sprite {
    const result = this.moving(`hit${value}`, since, false, this.onField);
    if (result) return result;
    return this.square(`result ${value}`, this.radius * 1.7, (context, r) => {
      const known = RESULTS[value];
      if (known) return write(context, known.text, r * 0.82, css(known.colour), r * 0.16);
      context.lineCap = 'round';
      for (const [width, colour] of [
        [r * 0.42, 'rgb(0 0 0 / 0.55)'],
        [r * 0.26, css(MISS)],
      ] as const) {
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.beginPath();
        context.moveTo(-r * 0.5, -r * 0.5);
        context.lineTo(r * 0.5, r * 0.5);
        context.moveTo(r * 0.5, -r * 0.5);
        context.lineTo(-r * 0.5, r * 0.5);
        context.stroke();
      }
    });
  }

  /** The pictures of a skin's cursor; undefined where it has none, and the built-in one is drawn. */
  get skinCursor(): SkinCursor | undefined {
    const { skin } = this;
    if (!skin?.pictures.has('cursor')) return undefined;
    const sprite = (name: string): Sprite | undefined => {
      const picture = this.picture(name);
      return picture && this.layered(name, [asItIs(picture, this.onScreen)]);
    };
    const cursor = sprite('cursor');
    return cursor && { cursor, middle: sprite('cursormiddle'), trail: sprite('cursortrail'), settings: skin.settings };
  }

  cursor(): Sprite {
    return this.square('cursor', 44 * this.unit, (context, r) => {
      const glow = context.createRadialGradient(0, 0, r * 0.2, 0, 0, r);
      glow.addColorStop(0, 'rgb(255 214 90 / 0.85)');
      glow.addColorStop(0.45, 'rgb(255 190 60 / 0.35)');
      glow.addColorStop(1, 'rgb(255 190 60 / 0)');
      disc(context, r, glow);
      disc(context, r * 0.4, '#ffd65a');
      disc(context, r * 0.27, '#ffffff');
    });
  }

  trail(): Sprite {
    return this.square('trail', 22 * this.unit, (context, r) => {
      const glow = context.createRadialGradient(0, 0, 0, 0, 0, r);
      glow.addColorStop(0, 'rgb(255 214 110 / 0.9)');
      glow.addColorStop(1, 'rgb(255 200 80 / 0)');
      disc(context, r, glow);
    });
  }

  /** The disc that turns. */
  spinner(): Sprite {
    return this.square('spinner', 300 * this.unit, (context, r) => {
      disc(context, r * 0.98, 'rgb(12 16 34 / 0.55)');
      context.lineWidth = r * 0.03;
      context.strokeStyle = 'rgb(255 255 255 / 0.85)';
      ring(context, r * 0.96);
      context.lineWidth = r * 0.12;
      context.lineCap = 'round';
      for (let blade = 0; blade < 6; blade++) {
        context.strokeStyle = blade % 2 === 0 ? 'rgb(120 190 255 / 0.9)' : 'rgb(255 255 255 / 0.5)';
        context.beginPath();
        const angle = (blade * Math.PI) / 3;
        context.arc(0, 0, r * 0.78, angle, angle + 0.62);
        context.stroke();
      }
      disc(context, r * 0.07, '#ffffff');
    });
  }

  spinnerApproach(): Sprite {
    return this.square('spinner approach', 400 * this.unit, (context, r) => {
      context.lineWidth = r * 0.022;
      context.strokeStyle = 'rgb(255 255 255 / 0.85)';
      ring(context, r * 0.98);
    });
  }

  /** A line of text in the middle of the field. @param size in osu! pixels */
  text(text: string, size: number, colour = '#ffffff'): Sprite {
    const pixels = size * this.unit;
    return this.sprite(`text ${size} ${colour} ${text}`, (text.length + 1) * pixels * 0.75, pixels * 1.6, (context) =>
      write(context, text, pixels, colour, pixels * 0.14),
    );
  }

  private picture(name: string): SkinPicture | undefined {
    return this.skin?.pictures.get(name);
  }

  private frames(name: string): readonly SkinPicture[] {
    return this.skin?.animations.get(name) ?? [];
  }

  /** The picture of an animation of the skin at a moment. */
  private moving(name: string, since: number, loops: boolean, scale: number): Sprite | undefined {
    const { skin } = this;
    const frames = this.frames(name);
    if (!skin || frames.length === 0) return undefined;
    const frame = frameAt(frames, skin.settings, since, loops);
    const picture = frames[frame];
    return picture && this.layered(`${name} ${frame}`, [asItIs(picture, scale)]);
  }

  private circleName(part: CirclePart): string {
    return this.picture(CIRCLES[part]) ? CIRCLES[part] : CIRCLES.circle;
  }

  /** @returns undefined where the skin lacks a digit */
  private digits(value: number): Sprite | undefined {
    const { skin } = this;
    if (!skin) return undefined;
    const row = rowOf(skin, skin.settings.hitCircleFont, [...`${value}`], this.onField * NUMBER_SCALE);
    if (!row) return undefined;
    const { sprites, width, height } = row;
    return this.sprite(`number ${value}`, width, height, (context) => {
      for (const { sprite, x } of sprites)
        context.drawImage(sprite.image, x - width / 2, -height / 2, sprite.width, sprite.height);
    });
  }
}
