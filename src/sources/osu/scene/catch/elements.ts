/** Every element of osu!catch, drawn once: of the skin where it has a picture, else by code. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rgb } from '../../read/beatmap.ts';
import type { Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { DrawnOnce, disc, ring } from '../drawn-once.ts';
import { asItIs, type SkinLook, tinted } from '../skin-look.ts';

/** A fruit is so wide in a skin, and the catcher; its plate is so far below its upper edge, as a part of its width. */
const FRUIT_PIXELS = 128;
const CATCHER_PIXELS = 305;
const PLATE = 0.06;
/** Of a skin's bananas and drops beside its fruits. */
const BANANA_SCALE = 0.7;
const DROP_SCALE = 0.8;
const NAMES = ['pear', 'grapes', 'apple', 'orange'] as const;
/** Kinds of fruits, by the place of their object in the map. */
const PEAR = 0;
const GRAPES = 1;
const APPLE = 2;
const KINDS = 4;
const BANANA: Rgb = { r: 255, g: 224, b: 64 };
const HYPER = 'rgb(255 40 40 / 0.95)';
/** Droplets beside fruits. */
const DROPLET = 0.6;
const TINY = 0.34;

/** After something was missed, at the best places of the music, and otherwise. */
export type Mood = 'idle' | 'fail' | 'kiai';

export class CatchElements extends DrawnOnce {
  /** Of a fruit, in pixels of the screen. */
  readonly radius: number;
  /** Of the catcher, in pixels of the screen. */
  /** Of the catcher, pixels. */
  readonly width: number;
  private readonly skin: SkinLook | undefined;

  constructor(radius: number, width: number, skin?: SkinLook) {
    super();
    this.skin = skin;
    this.radius = radius;
    this.width = width;
  }

  fruit(source: number, colour: Rgb, hyper: boolean): Sprite {
    const kind = source % KINDS;
    const own = this.ofSkin(NAMES[kind] ?? 'pear', colour, hyper, 1);
    if (own) return own;
    return this.square(`fruit ${kind} ${css(colour)} ${hyper}`, this.radius * 2.7, (context, side) => {
      const r = side / 1.35;
      if (hyper) glow(context, r);
      if (kind === PEAR) pear(context, r, colour);
      else if (kind === GRAPES) grapes(context, r, colour);
      else if (kind === APPLE) apple(context, r, colour);
      else orange(context, r, colour);
    });
  }

  droplet(colour: Rgb, tiny: boolean, hyper: boolean): Sprite {
    const own = this.ofSkin('drop', colour, hyper, tiny ? DROP_SCALE / 2 : DROP_SCALE);
    if (own) return own;
    const radius = this.radius * (tiny ? TINY : DROPLET);
    return this.square(`droplet ${css(colour)} ${tiny} ${hyper}`, radius * 2.7, (context, side) => {
      const r = side / 1.35;
      if (hyper) glow(context, r);
      drop(context, r * 0.98, '#ffffff');
      drop(context, r * 0.82, css(colour));
      context.save();
      context.translate(-r * 0.22, r * 0.12);
      disc(context, r * 0.16, 'rgb(255 255 255 / 0.75)');
      context.restore();
    });
  }

  banana(): Sprite {
    const own = this.ofSkin('bananas', BANANA, false, BANANA_SCALE);
    if (own) return own;
    return this.square('banana', this.radius * 2.2, (context, r) => {
      const shape = (grow: number): void => {
        context.beginPath();
        context.arc(0, -r * 0.35, r * (0.85 + grow), Math.PI * 0.1, Math.PI * 0.9);
        context.quadraticCurveTo(0, r * (0.2 - grow), r * (0.81 + grow), -r * 0.1);
        context.closePath();
      };
      shape(0.06);
      context.fillStyle = '#ffffff';
      context.fill();
      shape(0);
      context.fillStyle = css(BANANA);
      context.fill();
      context.strokeStyle = css(shade(BANANA, -0.35));
      context.lineWidth = r * 0.07;
      context.lineCap = 'round';
      context.beginPath();
      context.arc(0, -r * 0.35, r * 0.62, Math.PI * 0.25, Math.PI * 0.75);
      context.stroke();
    });
  }

  /** What was caught, for a moment. */
  burst(colour: Rgb): Sprite {
    return this.square(`burst ${css(colour)}`, this.radius * 4, (context, r) => {
      const light = context.createRadialGradient(0, 0, 0, 0, 0, r);
      light.addColorStop(0, css(shade(colour, 0.5), 0.8));
      light.addColorStop(1, css(colour, 0));
      disc(context, r, light);
    });
  }

  /** @param scale beside a fruit @returns undefined where the skin has no such picture */
  private ofSkin(name: string, colour: Rgb, hyper: boolean, scale: number): Sprite | undefined {
    const { skin } = this;
    const base = skin?.pictures.get(`fruit-${name}`);
    if (!skin || !base) return undefined;
    const onField = ((2 * this.radius) / FRUIT_PIXELS) * scale;
    const overlay = skin.pictures.get(`fruit-${name}-overlay`);
    return this.pictured(`${name} ${css(colour)} ${hyper} ${scale}`, () => [
      hyper ? tinted(base, skin.settings.hyperDashFruit, onField * 1.2) : undefined,
      tinted(base, colour, onField),
      overlay && asItIs(overlay, onField),
    ]);
  }

  private catcherOfSkin(look: 1 | -1, mood: Mood, ghost: 'dash' | 'hyper' | 'after' | undefined): Sprite | undefined {
    const { skin } = this;
    const picture = skin?.pictures.get(`fruit-catcher-${mood}`) ?? skin?.pictures.get('fruit-catcher-idle');
    if (!skin || !picture) return undefined;
    const { hyperDash, hyperDashAfterImage } = skin.settings;
    const colour = ghost === 'hyper' ? hyperDash : ghost === 'after' ? hyperDashAfterImage : undefined;
    const scale = this.width / CATCHER_PIXELS;
    const { width, height } = asItIs(picture, scale);
    return this.sprite(`catcher ${look} ${mood} ${ghost}`, width, 2 * height, (context) => {
      const { image } = colour ? tinted(picture, colour, scale) : picture;
      context.scale(look, 1);
      context.drawImage(image, -width / 2, -PLATE * this.width, width, height);
    });
  }

  /**
   * The catcher, its plate at the middle of the sprite's height.
   * @param look which way it looks: 1 right, -1 left @param ghost of its trail, and `hyper` around itself: in one colour
   */
  catcher(look: 1 | -1, mood: Mood, ghost?: 'dash' | 'hyper' | 'after'): Sprite {
    const { width } = this;
    const own = this.catcherOfSkin(look, mood, ghost);
    if (own) return own;
    return this.sprite(`catcher ${look} ${ghost}`, width * 1.1, width * 2, (context) => {
      context.scale(look, 1);
      const tint = (colour: string): string =>
        ghost === undefined ? colour : ghost === 'dash' ? 'rgb(255 255 255)' : 'rgb(255 60 50)';
      const w = width;
      context.lineCap = 'round';
      context.lineJoin = 'round';
      // Arms up to the plate.
      context.strokeStyle = tint('#e8c39e');
      context.lineWidth = w * 0.07;
      for (const side of [-1, 1]) {
        context.beginPath();
        context.moveTo(side * w * 0.16, w * 0.5);
        context.quadraticCurveTo(side * w * 0.38, w * 0.42, side * w * 0.3, w * 0.08);
        context.stroke();
      }
      // Body and head.
      context.fillStyle = tint('#3f6fd1');
      context.beginPath();
      context.roundRect(-w * 0.17, w * 0.42, w * 0.34, w * 0.36, w * 0.1);
      context.fill();
      context.save();
      context.translate(w * 0.02, w * 0.29);
      disc(context, w * 0.17, tint('#f4d3b0'));
      context.fillStyle = tint('#6b3f2a');
      context.beginPath();
      context.arc(0, -w * 0.02, w * 0.18, Math.PI, 2 * Math.PI);
      context.fill();
      if (ghost === undefined) {
        context.fillStyle = '#2b2f3a';
        for (const eye of [0.01, 0.1]) {
          context.beginPath();
          context.arc(w * eye, w * 0.035, w * 0.018, 0, 2 * Math.PI);
          context.fill();
        }
      }
      context.restore();
      // The plate, as wide as what catches.
      context.fillStyle = tint('#c9ced8');
      context.beginPath();
      context.ellipse(0, w * 0.035, w * 0.43, w * 0.055, 0, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = tint('#ffffff');
      context.beginPath();
      context.ellipse(0, w * 0.015, w * 0.4, w * 0.035, 0, 0, 2 * Math.PI);
      context.fill();
    });
  }
}

function glow(context: SKRSContext2D, r: number): void {
  const light = context.createRadialGradient(0, 0, r * 0.7, 0, 0, r * 1.33);
  light.addColorStop(0, HYPER);
  light.addColorStop(1, 'rgb(255 40 40 / 0)');
  disc(context, r * 1.33, light);
}

/** White round it, the colour in it, a little light from above. */
function flesh(context: SKRSContext2D, x: number, y: number, r: number, colour: Rgb): void {
  context.save();
  context.translate(x, y);
  disc(context, r, '#ffffff');
  disc(context, r * 0.86, css(colour));
  const light = context.createLinearGradient(0, -r, 0, r);
  light.addColorStop(0, 'rgb(255 255 255 / 0.3)');
  light.addColorStop(0.6, 'rgb(255 255 255 / 0)');
  disc(context, r * 0.86, light);
  context.restore();
}

function leaf(context: SKRSContext2D, r: number, y: number): void {
  context.fillStyle = '#66c45a';
  context.beginPath();
  context.ellipse(r * 0.2, y, r * 0.26, r * 0.12, -0.5, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = '#6b4a2f';
  context.lineWidth = r * 0.08;
  context.beginPath();
  context.moveTo(0, y + r * 0.2);
  context.lineTo(0, y - r * 0.08);
  context.stroke();
}

function pear(context: SKRSContext2D, r: number, colour: Rgb): void {
  flesh(context, 0, -r * 0.4, r * 0.5, colour);
  flesh(context, 0, r * 0.22, r * 0.76, colour);
  context.save();
  context.translate(0, -r * 0.38);
  disc(context, r * 0.4, css(shade(colour, 0.08)));
  context.restore();
  leaf(context, r, -r * 0.9);
}

function grapes(context: SKRSContext2D, r: number, colour: Rgb): void {
  for (const [x, y] of [
    [-0.5, -0.32],
    [0.5, -0.32],
    [0, -0.42],
    [-0.27, 0.16],
    [0.27, 0.16],
    [0, 0.6],
  ] as const)
    flesh(context, x * r, y * r, r * 0.38, colour);
  leaf(context, r, -r * 0.86);
}

function apple(context: SKRSContext2D, r: number, colour: Rgb): void {
  flesh(context, 0, 0, r * 0.94, colour);
  context.fillStyle = css(shade(colour, -0.25), 0.6);
  context.beginPath();
  context.ellipse(0, -r * 0.72, r * 0.28, r * 0.1, 0, 0, 2 * Math.PI);
  context.fill();
  leaf(context, r, -r * 0.9);
}

function orange(context: SKRSContext2D, r: number, colour: Rgb): void {
  flesh(context, 0, 0, r * 0.94, colour);
  context.strokeStyle = 'rgb(255 255 255 / 0.55)';
  context.lineWidth = r * 0.06;
  ring(context, r * 0.6);
  for (let part = 0; part < 6; part++) {
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(r * 0.6 * Math.cos((part * Math.PI) / 3), r * 0.6 * Math.sin((part * Math.PI) / 3));
    context.stroke();
  }
}

function drop(context: SKRSContext2D, r: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(0, r * 0.25, r * 0.72, 0, Math.PI);
  context.quadraticCurveTo(-r * 0.72, -r * 0.25, 0, -r);
  context.quadraticCurveTo(r * 0.72, -r * 0.25, r * 0.72, r * 0.25);
  context.closePath();
  context.fill();
}
