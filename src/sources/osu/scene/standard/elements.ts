/**
 * Every element drawn once, at the size in which it is shown: of the skin where it has a picture, else by code.
 */
import type { Rgb } from '../../read/beatmap.ts';
import type { Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { DrawnOnce, disc, ring, write } from '../drawn-once.ts';
import { asItIs, type SkinLook, type SkinPicture, tinted } from '../skin-look.ts';
import type { Stage } from '../stage.ts';

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
/** Border of circles and sliders, as a part of the radius. */
export const BORDER = 0.12;

export class Elements extends DrawnOnce {
  /** Of a circle, in pixels. */
  readonly radius: number;
  private readonly unit: number;
  private readonly skin: SkinLook | undefined;
  /** Pixels of the screen in one of a skin's: of what lies on the field, and of what does not grow with the circles. */
  private readonly onField: number;
  private readonly onScreen: number;

  /** @param radius in osu! pixels */
  constructor(stage: Stage, radius: number, skin?: SkinLook) {
    super();
    this.radius = radius * stage.scale;
    this.unit = stage.scale;
    this.skin = skin;
    this.onField = (2 * this.radius) / CIRCLE_PIXELS;
    this.onScreen = stage.skinScale;
  }

  circle(colour: Rgb): Sprite {
    const [base, top] = [this.picture('hitcircle'), this.picture('hitcircleoverlay')];
    if (base)
      return this.layered(`circle ${css(colour)}`, [
        tinted(base, colour, this.onField),
        top && asItIs(top, this.onField),
      ]);
    return this.square(`circle ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r, '#ffffff');
      disc(context, r * (1 - BORDER), css(shade(colour, -0.15)));
      const glow = context.createLinearGradient(0, -r, 0, r);
      glow.addColorStop(0, 'rgb(255 255 255 / 0.28)');
      glow.addColorStop(0.55, 'rgb(255 255 255 / 0)');
      disc(context, r * (1 - BORDER), glow);
    });
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

  ball(colour: Rgb): Sprite {
    const ball = this.picture('sliderb');
    if (ball) return this.layered('ball', [asItIs(ball, this.onField)]);
    return this.square(`ball ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r * 0.94, css(shade(colour, 0.45)));
      disc(context, r * 0.76, css(shade(colour, -0.1)));
      context.lineWidth = r * 0.09;
      context.strokeStyle = '#ffffff';
      ring(context, r * 0.42);
    });
  }

  followCircle(): Sprite {
    const follow = this.picture('sliderfollowcircle');
    if (follow) return this.layered('follow', [asItIs(follow, this.onField)]);
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
  followPoint(): Sprite {
    const point = this.picture('followpoint');
    if (point) return this.layered('follow point', [asItIs(point, this.onField)]);
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

  /** @param value 300, 100, 50 or 0 */
  result(value: number): Sprite {
    const result = this.picture(`hit${value}`);
    if (result) return this.layered(`result ${value}`, [asItIs(result, this.onField)]);
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

  cursor(): Sprite {
    const cursor = this.picture('cursor');
    if (cursor) return this.layered('cursor', [asItIs(cursor, this.onScreen)]);
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
    const trail = this.picture('cursortrail');
    if (trail) return this.layered('trail', [asItIs(trail, this.onScreen)]);
    return this.square('trail', 22 * this.unit, (context, r) => {
      const glow = context.createRadialGradient(0, 0, 0, 0, 0, r);
      glow.addColorStop(0, 'rgb(255 214 110 / 0.9)');
      glow.addColorStop(1, 'rgb(255 200 80 / 0)');
      disc(context, r, glow);
    });
  }

  /** The disc that turns. */
  spinner(): Sprite {
    const found = this.picture('spinner-circle');
    if (found) return this.layered('spinner', [asItIs(found, this.onScreen * 1.6)]);
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
    const own = this.picture('spinner-approachcircle');
    if (own) return this.layered('spinner approach', [asItIs(own, this.onScreen * 1.6)]);
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

  /** @returns undefined where the skin lacks a digit */
  private digits(value: number): Sprite | undefined {
    const { skin } = this;
    if (!skin) return undefined;
    const { prefix, overlap } = skin.numbers;
    const scale = this.onField * NUMBER_SCALE;
    const found = [...`${value}`].map((digit) => this.picture(`${prefix}-${digit}`));
    const sprites = found.flatMap((one) => (one ? [asItIs(one, scale)] : []));
    if (sprites.length < found.length) return undefined;
    const gap = -overlap * scale;
    const width = sprites.reduce((sum, one) => sum + one.width, 0) + gap * (sprites.length - 1);
    const height = Math.max(...sprites.map((one) => one.height));
    return this.sprite(`number ${value}`, Math.max(1, width), height, (context) => {
      let x = -width / 2;
      for (const { image, width: w, height: h } of sprites) {
        context.drawImage(image, x, -h / 2, w, h);
        x += w + gap;
      }
    });
  }
}
