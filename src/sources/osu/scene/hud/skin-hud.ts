/** Displays in the pictures of a skin; each is undefined where the skin lacks what it needs, and the built-in one takes its place. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { KeptDrawing } from '../../../../media/overlay/overlay-scene.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { SkinFont } from '../../read/skin-settings.ts';
import { clamp } from '../clamp.ts';
import { css } from '../colours.ts';
import type { ShownKey } from '../field.ts';
import { asItIs, frameAt, rowOf, type SkinLook, tinted } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { line } from './line.ts';

/** Sizes beside those of the pictures, and distances from the edges in the skin's pixels (ppy/osu, the legacy displays). */
const SCORE_SCALE = 0.96;
const ACCURACY_SCALE = 0.576;
const COMBO_SCALE = 1.28;
const EDGE = 10;
/** Where the life lies within its bar: with a marker, and without. */
const LIFE_NEW = { x: 12, y: 12.5 };
const LIFE_OLD = { x: 4.8, y: 16 };
const LIFE_STEPS = 200;
const LOW = 0.5;
const DANGER = 0.2;
const KEY = 46;
const KEY_GAP = 1.8;
const KEY_COLOURS = [
  { r: 255, g: 222, b: 0 },
  { r: 255, g: 222, b: 0 },
  { r: 248, g: 0, b: 158 },
  { r: 248, g: 0, b: 158 },
] as const;
const UP = { r: 255, g: 255, b: 255 };

export class SkinHud {
  private readonly skin: SkinLook;
  private readonly stage: Stage;

  constructor(skin: SkinLook, stage: Stage) {
    this.skin = skin;
    this.stage = stage;
  }

  score(score: number): KeptDrawing | undefined {
    const { scoreFont } = this.skin.settings;
    const right = this.stage.size.width - EDGE * this.s;
    return this.row(
      `skin score ${score}`,
      [...`${score}`.padStart(8, '0')],
      scoreFont,
      SCORE_SCALE,
      right,
      0,
      'top-right',
    );
  }

  /** @param accuracy 0 to 1 */
  accuracy(accuracy: number): KeptDrawing | undefined {
    const { scoreFont } = this.skin.settings;
    const zero = this.skin.pictures.get(`${scoreFont.prefix}-0`);
    if (!zero) return undefined;
    const top = (zero.image.height / zero.density) * SCORE_SCALE * this.s + 4 * this.s;
    const right = this.stage.size.width - EDGE * this.s;
    const text = (accuracy * 100).toFixed(2);
    const signs = [...text.replace('.', '!')].map((sign) => (sign === '!' ? 'dot' : sign));
    return this.row(`skin accuracy ${text}`, [...signs, 'percent'], scoreFont, ACCURACY_SCALE, right, top, 'top-right');
  }

  /** @param pop 0 to 1: how much larger it is just now */
  combo(combo: number, pop: number): KeptDrawing | undefined {
    const { comboFont } = this.skin.settings;
    const bottom = this.stage.size.height - EDGE * this.s;
    const scale = COMBO_SCALE * (1 + 0.25 * pop);
    const signs = [...`${combo}`, 'x'];
    return this.row(`skin combo ${combo} ${pop}`, signs, comboFont, scale, EDGE * this.s, bottom, 'bottom-left');
  }

  /** @param hp 0 to 1 @param now real ms */
  life(hp: number, now: number): KeptDrawing | undefined {
    const { pictures, animations, settings } = this.skin;
    const colours = animations.get('scorebar-colour');
    const background = pictures.get('scorebar-bg');
    if (!colours || !background) return undefined;
    const { s } = this;
    const isMarked = pictures.has('scorebar-marker');
    const ki = hp < DANGER ? 'scorebar-kidanger2' : hp < LOW ? 'scorebar-kidanger' : 'scorebar-ki';
    // The marker goes where the life is nearly gone.
    const marker = isMarked ? (hp < DANGER ? undefined : pictures.get('scorebar-marker')) : pictures.get(ki);
    const place = isMarked ? LIFE_NEW : LIFE_OLD;
    const frame = frameAt(colours, settings, now, true);
    const picture = colours[frame];
    if (!picture) return undefined;
    const steps = Math.round(clamp(hp) * LIFE_STEPS);
    const behind = asItIs(background, s);
    const colour = asItIs(picture, s);
    const tint = isMarked ? lifeTint(steps / LIFE_STEPS) : undefined;
    const width = Math.max(behind.width, place.x * s + colour.width) + 40 * s;
    const height = Math.max(behind.height, place.y * s + colour.height) + 20 * s;
    return {
      key: `skin life ${steps} ${frame} ${marker === undefined}`,
      rect: { x: 0, y: 0, width: Math.ceil(width), height: Math.ceil(height) },
      draw: (context) => {
        context.drawImage(behind.image, 0, 0, behind.width, behind.height);
        const end = (colour.width * steps) / LIFE_STEPS;
        context.save();
        context.beginPath();
        context.rect(place.x * s, place.y * s, end, colour.height);
        context.clip();
        const { image: filled } = tint ? tinted(picture, tint, s) : colour;
        context.drawImage(filled, place.x * s, place.y * s, colour.width, colour.height);
        context.restore();
        if (!marker) return;
        const { image, width: w, height: h } = asItIs(marker, s);
        const middle = place.y * s + (place === LIFE_NEW ? colour.height / 2 : 0);
        context.drawImage(image, place.x * s + end - w / 2, middle - h / 2, w, h);
      },
    };
  }

  /** @param now ms of the map */
  keys(keys: readonly ShownKey[], now: number): readonly KeptDrawing[] | undefined {
    const { pictures, settings } = this.skin;
    const key = pictures.get('inputoverlay-key');
    if (!key || keys.length > 4) return undefined;
    const { s } = this;
    const step = (KEY + KEY_GAP) * s;
    const { width, height } = this.stage.size;
    const top = height / 2 - 2 * step;
    const background = pictures.get('inputoverlay-background');
    const drawings: KeptDrawing[] = [];
    if (background) {
      // It lies on its side.
      const { image, width: w, height: h } = asItIs(background, s);
      drawings.push({
        key: 'skin keys',
        rect: {
          x: Math.floor(width - h),
          y: Math.floor(top - 7 * s),
          width: Math.ceil(h),
          height: Math.ceil(w * 1.05),
        },
        draw: (context) => {
          context.save();
          context.translate(width, top - 7 * s);
          context.rotate(Math.PI / 2);
          context.drawImage(image, 0, 0, w * 1.05, h);
          context.restore();
        },
      });
    }
    for (const [index, { name, presses }] of keys.entries()) {
      const { down, count } = presses(now);
      const colour = down ? (KEY_COLOURS[index] ?? UP) : UP;
      const [x, y] = [width - (KEY / 2 + 1.5) * s, top + step * index + (KEY / 2) * s];
      drawings.push({
        key: `skin key ${name} ${count} ${down}`,
        rect: {
          x: Math.floor(x - (KEY / 2) * s),
          y: Math.floor(y - (KEY / 2) * s),
          width: Math.ceil(KEY * s),
          height: Math.ceil(KEY * s),
        },
        draw: (context) => {
          const sprite = tinted(key, colour, s * (down ? 0.85 : 1));
          context.drawImage(sprite.image, x - sprite.width / 2, y - sprite.height / 2, sprite.width, sprite.height);
          const text = count === 0 ? name.toUpperCase() : `${count}`;
          line(context, text, x, y, (text.length > 3 ? 13 : 17) * s, css(settings.inputText), 'center', 700);
        },
      });
    }
    return drawings;
  }

  private get s(): number {
    return this.stage.skinScale;
  }

  /** @param x @param y of the corner that `corner` names */
  private row(
    key: string,
    signs: readonly string[],
    font: SkinFont,
    scale: number,
    x: number,
    y: number,
    corner: 'top-right' | 'bottom-left',
  ): KeptDrawing | undefined {
    const row = rowOf(this.skin, font, signs, scale * this.s);
    if (!row) return undefined;
    const left = corner === 'top-right' ? x - row.width : x;
    const top = corner === 'top-right' ? y : y - row.height;
    return {
      key,
      rect: {
        x: Math.floor(left),
        y: Math.floor(top),
        width: Math.ceil(row.width) + 1,
        height: Math.ceil(row.height) + 1,
      },
      draw: (context: SKRSContext2D) => {
        for (const { sprite, x: at } of row.sprites)
          context.drawImage(sprite.image, left + at, top, sprite.width, sprite.height);
      },
    };
  }
}

/** What a bar with a marker is coloured by: black on the way down, red where it is nearly gone (ppy/osu `LegacyHealthDisplay`). @param hp 0 to 1 */
function lifeTint(hp: number): Rgb | undefined {
  if (hp >= LOW) return undefined;
  const level = Math.round((255 * hp) / LOW);
  return hp < DANGER ? { r: Math.round(255 * (1 - hp / DANGER)), g: 0, b: 0 } : { r: level, g: level, b: level };
}
