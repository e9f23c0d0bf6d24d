/** A skin as it is drawn with: its pictures by the names of elements, and what its `skin.ini` says. */
import { createCanvas, type Image } from '@napi-rs/canvas';
import type { Rgb } from '../read/beatmap.ts';
import { type SkinFont, type SkinSettings, skinSettings } from '../read/skin-settings.ts';
import type { Sprite } from './brush.ts';
import { css } from './colours.ts';
import type { ManiaLook } from './mania/mania-look.ts';
import { elementsOf, type GameElements } from './skin-elements.ts';

export interface SkinPicture {
  readonly image: Image;
  /** Pixels of the picture in one of the skin's own: 2 of `@2x`. */
  readonly density: number;
}

export interface SkinLook {
  /** By name in lower case, without ending and `@2x`; of an animation its first picture. */
  readonly pictures: ReadonlyMap<string, SkinPicture>;
  /** Of what moves: all of its pictures, in order. */
  readonly animations: ReadonlyMap<string, readonly SkinPicture[]>;
  readonly settings: SkinSettings;
  /** For a replay of mania. */
  readonly mania?: ManiaLook | undefined;
}

/** Pictures of one animation. */
const MOST_FRAMES = 120;
const DIGITS = Array.from({ length: 10 }, (_, digit) => `${digit}`);

/** @param ini `section.key` → value; undefined: the skin has no such file @param picture of a name, where the skin has it @param elements of the game that is drawn */
export async function skinLook(
  ini: ReadonlyMap<string, string> | undefined,
  picture: (name: string) => Promise<SkinPicture | undefined>,
  elements: GameElements = elementsOf('standard'),
): Promise<SkinLook> {
  const settings = skinSettings(ini);
  const pictures = new Map<string, SkinPicture>();
  const animations = new Map<string, readonly SkinPicture[]>();
  const { hitCircleFont, scoreFont, comboFont } = settings;
  const names = new Set([
    ...elements.still,
    ...(elements.numbered ? namesOf(hitCircleFont, DIGITS) : []),
    ...namesOf(scoreFont, [...DIGITS, 'comma', 'dot', 'percent', 'x']),
    ...namesOf(comboFont, [...DIGITS, 'x']),
  ]);
  for (const name of names) {
    const found = await picture(name);
    if (found) pictures.set(name, found);
  }
  for (const [name, between] of Object.entries(elements.animated)) {
    const frames: SkinPicture[] = [];
    while (frames.length < MOST_FRAMES) {
      const frame = await picture(`${name}${between}${frames.length}`);
      if (!frame) break;
      frames.push(frame);
    }
    const single = frames[0] ?? (await picture(name));
    if (!single) continue;
    pictures.set(name, single);
    animations.set(name, frames.length > 0 ? frames : [single]);
  }
  return { pictures, animations, settings };
}

const namesOf = ({ prefix }: SkinFont, signs: readonly string[]): string[] => signs.map((sign) => `${prefix}-${sign}`);

/** Which picture of an animation is shown. @param since real ms from its beginning @param loops or ends with the last one */
export function frameAt(
  frames: readonly SkinPicture[],
  { framerate }: Pick<SkinSettings, 'framerate'>,
  since: number,
  loops: boolean,
): number {
  const number = Math.max(0, Math.floor((since * (framerate ?? frames.length)) / 1000));
  return loops ? number % Math.max(1, frames.length) : Math.min(number, frames.length - 1);
}

/** The picture in a colour: white becomes that colour, as the game does it. @param scale pixels of the screen in one of the skin's */
export function tinted({ image, density }: SkinPicture, colour: Rgb, scale: number): Sprite {
  const canvas = createCanvas(Math.max(1, image.width), Math.max(1, image.height));
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = 'multiply';
  context.fillStyle = css(colour);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = 'destination-in';
  context.drawImage(image, 0, 0);
  return { image: canvas, width: (image.width / density) * scale, height: (image.height / density) * scale };
}

/**
 * The picture as it looks where the game adds it to what lies below: what is black in it is not seen. On planes nothing can be added, so colours are
 * made as bright as they can be, and as faint as they were dark.
 */
export function added({ image, density }: SkinPicture, colour: Rgb, scale: number): Sprite {
  const sprite = tinted({ image, density }, colour, scale);
  const canvas = createCanvas(Math.max(1, image.width), Math.max(1, image.height));
  const context = canvas.getContext('2d');
  context.drawImage(sprite.image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = pixels;
  for (let at = 0; at < data.length; at += 4) {
    const most = Math.max(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
    if (most === 0) data[at + 3] = 0;
    else {
      for (let channel = at; channel < at + 3; channel++) data[channel] = ((data[channel] ?? 0) * 255) / most;
      data[at + 3] = ((data[at + 3] ?? 0) * most) / 255;
    }
  }
  context.putImageData(pixels, 0, 0);
  return { ...sprite, image: canvas };
}

export const asItIs = ({ image, density }: SkinPicture, scale: number): Sprite => ({
  image,
  width: (image.width / density) * scale,
  height: (image.height / density) * scale,
});

/**
 * A row of a skin's digits and signs, side by side, their tops together.
 * @param signs pictures of the font, as `score-`…: what stands behind its prefix
 * @returns undefined where the skin lacks one of them
 */
export function rowOf(
  skin: SkinLook,
  { prefix, overlap }: SkinFont,
  signs: readonly string[],
  scale: number,
):
  | {
      readonly sprites: readonly { readonly sprite: Sprite; readonly x: number }[];
      readonly width: number;
      readonly height: number;
    }
  | undefined {
  const found = signs.map((sign) => skin.pictures.get(`${prefix}-${sign}`));
  const sprites: { sprite: Sprite; x: number }[] = [];
  let x = 0;
  for (const picture of found) {
    if (!picture) return undefined;
    const sprite = asItIs(picture, scale);
    sprites.push({ sprite, x });
    x += sprite.width - overlap * scale;
  }
  const width = Math.max(1, x + overlap * scale);
  return { sprites, width, height: Math.max(1, ...sprites.map(({ sprite }) => sprite.height)) };
}
