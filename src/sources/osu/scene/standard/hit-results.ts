/** What became of an object, shown where it was: a word or a picture, and in some skins particles and a light. */
import type { Rgb } from '../../read/beatmap.ts';
import { around, type Brush, type Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { css } from '../colours.ts';
import { write } from '../drawn-once.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { CIRCLE_PIXELS } from './circle-drawings.ts';
import { eased } from './fade.ts';

const WORDS: Readonly<Record<number, { readonly text: string; readonly colour: Rgb }>> = {
  300: { text: '300', colour: { r: 96, g: 190, b: 255 } },
  100: { text: '100', colour: { r: 110, g: 230, b: 120 } },
  50: { text: '50', colour: { r: 255, g: 205, b: 90 } },
};
const MISS: Rgb = { r: 255, g: 70, b: 80 };
/** All of these are milliseconds of the map. */
const STAYS = 800;
/** Of skins (ppy/osu `LegacyJudgementPieceOld`, `…New`, `DrawableOsuJudgement`). */
const COMES = 120;
const GOES_AFTER = 500;
const GOES = 600;
const LIGHT = { comes: 200, stays: 400, gone: 1400, grows: 600 } as const;
/** Pictures a second of results that move, whatever the skin says. */
const FRAMERATE = 60;
/** Real ms and osu! pixels; all of one result together have so many pixels at the most. */
const PARTICLES = { count: 150, longest: 1600, ahead: 100, reach: 70, most: 300_000 } as const;

export interface ShownResult {
  /** Of the object in the map: what is thrown about is so for each object. */
  readonly index: number;
  /** 300, 100, 50 or 0. */
  readonly value: number;
  /** Of the last object of a combo that went well. */
  readonly ending: 'g' | 'k' | undefined;
  /** Of its object's combo. */
  readonly colour: Rgb;
  /** Osu! pixels. */
  readonly x: number;
  readonly y: number;
  /** Ms of the map since it was settled. */
  readonly since: number;
}

export class HitResults extends SkinDrawings {
  private readonly stage: Stage;
  private readonly radius: number;
  private readonly scale: number;
  private readonly rate: number;
  private readonly shows300: boolean;

  /** @param radius in osu! pixels @param rate ms of the map in one of real time @param shows300 also where no skin has a picture of it */
  constructor(stage: Stage, radius: number, rate: number, skin: SkinLook | undefined, shows300: boolean) {
    super(skin);
    this.stage = stage;
    this.radius = radius * stage.scale;
    this.scale = (2 * this.radius) / CIRCLE_PIXELS;
    this.rate = rate;
    this.shows300 = shows300;
  }

  /** Of any result, ms of the map. */
  get longest(): number {
    return this.picture('lighting') ? LIGHT.gone : this.skin ? GOES_AFTER + GOES : STAYS;
  }

  /** Below the objects. */
  light(brush: Brush, { value, colour, x, y, since }: ShownResult): void {
    if (value === 0 || since > LIGHT.gone) return;
    const sprite = this.lightSprite('lighting', colour, this.scale);
    if (!sprite) return;
    const alpha = Math.min(clamp(since / LIGHT.comes), 1 - clamp((since - LIGHT.stays) / (LIGHT.gone - LIGHT.stays)));
    // The first skins let it grow farther.
    const farther = (this.skin?.settings.version ?? 2) < 2 ? 2 : 1;
    const size = 0.8 + 0.4 * farther * eased(since / LIGHT.grows);
    brush.sprite(sprite, this.stage.x(x), this.stage.y(y), size, alpha);
  }

  draw(brush: Brush, result: ShownResult): void {
    const name = this.nameOf(result);
    if (name !== undefined) this.ofSkin(brush, result, name);
    else if (result.value !== 300 || this.shows300) this.builtIn(brush, result);
  }

  /** @returns undefined where the skin has no picture */
  private nameOf({ value, ending }: ShownResult): string | undefined {
    const plain = `hit${value}`;
    const special = ending !== undefined && value >= 100 ? `${plain}${ending}` : plain;
    return [special, plain].find((name) => this.frames(name).length > 0);
  }

  private ofSkin(brush: Brush, result: ShownResult, name: string): void {
    const { value, since, index } = result;
    if (since > GOES_AFTER + GOES) return;
    const { stage } = this;
    const sprite = this.animated(name, since / this.rate, false, this.scale, FRAMERATE);
    if (!sprite) return;
    const alpha = Math.min(clamp(since / COMES), 1 - clamp((since - GOES_AFTER) / GOES));
    const [x, y] = [stage.x(result.x), stage.y(result.y)];
    const moves = this.frames(name).length > 1;
    const particle = this.own(`particle${value}`, this.scale);
    if (particle) this.particles(brush, particle, x, y, index, since, alpha);
    if (moves) brush.sprite(sprite, x, y, 1, alpha);
    else if (value === 0) {
      const part = clamp(since / (GOES_AFTER + GOES)) ** 2;
      const falls = particle ? -2 + 20 * part : (this.skin?.settings.version ?? 2) > 1 ? -5 + 80 * part : 0;
      const tilt = (random(index, 0) - 0.5) * 0.3 * (since < COMES ? since / COMES : 1 + part);
      brush.sprite(sprite, x, y + falls * stage.scale, 1.6 - 0.6 * clamp(since / 100) ** 2, alpha, tilt);
    } else if (particle) {
      brush.sprite(sprite, x, y, 0.9 + 0.15 * clamp(since / (GOES_AFTER + GOES)), alpha);
      const flash = 0.5 * (1 - clamp((since - 40) / 300));
      if (flash > 0) brush.sprite(sprite, x, y, popped(since / COMES, 1.05), flash);
    } else brush.sprite(sprite, x, y, popped(since / COMES, 1), alpha);
  }

  /** On the canvas: they are too many, and too small, to be sprites of their own. */
  private particles(
    brush: Brush,
    { image, width, height }: Sprite,
    x: number,
    y: number,
    index: number,
    since: number,
    alpha: number,
  ): void {
    const reach = PARTICLES.reach * this.stage.scale;
    const passed = since + PARTICLES.ahead;
    brush.paint(around(x, y, 2 * reach + width, 2 * reach + height), (context) => {
      // As many as there are, but for pictures that want to hurt.
      const count = Math.min(PARTICLES.count, Math.floor(PARTICLES.most / (width * height)));
      for (let number = 0; number < count; number++) {
        const lasts = PARTICLES.longest * (1 / 3 + (2 / 3) * random(index, 3 * number + 1));
        const part = passed / lasts;
        if (part >= 1) continue;
        const far = reach * random(index, 3 * number + 2) * part;
        const angle = 2 * Math.PI * random(index, 3 * number + 3);
        context.globalAlpha = alpha * (1 - part);
        context.drawImage(
          image,
          x + far * Math.sin(angle) - width / 2,
          y + far * Math.cos(angle) - height / 2,
          width,
          height,
        );
      }
    });
  }

  private builtIn(brush: Brush, { value, x, y, since }: ShownResult): void {
    if (since > STAYS) return;
    const alpha = Math.min(clamp(since / 80), 1 - clamp((since - 450) / (STAYS - 450)));
    const size = value === 0 ? 1.5 - 0.5 * eased(since / 120) : 0.7 + 0.3 * eased(since / 120);
    const falls = value === 0 ? 16 * clamp(since / STAYS) ** 2 : 0;
    brush.sprite(this.word(value), this.stage.x(x), this.stage.y(y + falls), size, alpha);
  }

  private word(value: number): Sprite {
    return this.square(`result ${value}`, this.radius * 1.7, (context, r) => {
      const known = WORDS[value];
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
}

/** How large a result is: it grows beyond its size, then settles. @param part of the time in which it comes @param size in the end */
function popped(part: number, size: number): number {
  if (part < 0.8) return 0.6 + (0.5 * part) / 0.8;
  if (part < 1) return 1.1;
  if (part < 1.2) return 1.1 - (0.2 * (part - 1)) / 0.2;
  return 0.95 + (size - 0.95) * clamp((part - 1.2) / 0.2);
}

/** From 0 to 1, the same each time. */
function random(index: number, number: number): number {
  let state = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
  return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
}
