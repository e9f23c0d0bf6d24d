/** The built-in look: every element drawn once, by code, at the size in which it is shown. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { inter } from '../../../media/scene/font.ts';
import type { Rgb } from '../read/beatmap.ts';
import type { Sprite } from './brush.ts';
import { css, shade } from './colours.ts';
import type { Stage } from './stage.ts';

const RESULTS: Readonly<Record<number, { readonly text: string; readonly colour: Rgb }>> = {
  300: { text: '300', colour: { r: 96, g: 190, b: 255 } },
  100: { text: '100', colour: { r: 110, g: 230, b: 120 } },
  50: { text: '50', colour: { r: 255, g: 205, b: 90 } },
};
const MISS: Rgb = { r: 255, g: 70, b: 80 };
/** Border of circles and sliders, as a part of the radius. */
export const BORDER = 0.12;

export class Elements {
  /** Of a circle, in pixels. */
  readonly radius: number;
  private readonly unit: number;
  private readonly made = new Map<string, Sprite>();

  /** @param radius in osu! pixels */
  constructor(stage: Stage, radius: number) {
    this.radius = radius * stage.scale;
    this.unit = stage.scale;
  }

  circle(colour: Rgb): Sprite {
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
    return this.square(`number ${value}`, this.radius * 2, (context, r) => {
      const text = `${value}`;
      write(context, text, r * (text.length > 2 ? 0.7 : 0.95), '#ffffff', r * 0.1);
    });
  }

  approach(colour: Rgb): Sprite {
    // Drawn large: it is shown at four times a circle's size and less.
    return this.square(`approach ${css(colour)}`, this.radius * 5, (context, r) => {
      context.lineWidth = r * 0.05;
      context.strokeStyle = css(shade(colour, 0.25));
      ring(context, r * 0.97);
    });
  }

  ball(colour: Rgb): Sprite {
    return this.square(`ball ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r * 0.94, css(shade(colour, 0.45)));
      disc(context, r * 0.76, css(shade(colour, -0.1)));
      context.lineWidth = r * 0.09;
      context.strokeStyle = '#ffffff';
      ring(context, r * 0.42);
    });
  }

  followCircle(): Sprite {
    return this.square('follow', this.radius * 2 * 2.4, (context, r) => {
      disc(context, r * 0.96, 'rgb(255 200 60 / 0.12)');
      context.lineWidth = r * 0.045;
      context.strokeStyle = 'rgb(255 205 80 / 0.95)';
      ring(context, r * 0.95);
    });
  }

  tick(): Sprite {
    return this.square('tick', this.radius * 0.34, (context, r) => {
      disc(context, r, 'rgb(0 0 0 / 0.35)');
      disc(context, r * 0.78, '#ffffff');
    });
  }

  /** Points to the right. */
  arrow(): Sprite {
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

  private square(key: string, side: number, draw: (context: SKRSContext2D, r: number) => void): Sprite {
    return this.sprite(key, side, side, (context) => draw(context, side / 2));
  }

  /** @param draw with the middle at 0, 0 */
  private sprite(key: string, width: number, height: number, draw: (context: SKRSContext2D) => void): Sprite {
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

function disc(context: SKRSContext2D, r: number, fill: Paint): void {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(0, 0, r, 0, 2 * Math.PI);
  context.fill();
}

function ring(context: SKRSContext2D, r: number): void {
  context.beginPath();
  context.arc(0, 0, r, 0, 2 * Math.PI);
  context.stroke();
}

function write(context: SKRSContext2D, text: string, pixels: number, colour: string, outline: number): void {
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
