/** A skin as it is drawn with: its pictures by the names of elements, and what its `skin.ini` says. */
import { createCanvas, type Image } from '@napi-rs/canvas';
import type { Rgb } from '../read/beatmap.ts';
import type { Sprite } from './brush.ts';
import { css } from './colours.ts';
import type { ManiaLook } from './mania/mania-look.ts';

export interface SkinPicture {
  readonly image: Image;
  /** Pixels of the picture in one of the skin's own: 2 of `@2x`. */
  readonly density: number;
}

export interface SkinLook {
  /** By name in lower case, without ending and `@2x`; of an animation its first picture. */
  readonly pictures: ReadonlyMap<string, SkinPicture>;
  readonly comboColours: readonly Rgb[];
  readonly sliderBorder: Rgb | undefined;
  readonly sliderTrack: Rgb | undefined;
  /** Of the numbers in circles: names of their pictures up to the digit, and how far they overlap, in the skin's pixels. */
  readonly numbers: { readonly prefix: string; readonly overlap: number };
  readonly overlayAboveNumber: boolean;
  /** For a replay of mania. */
  readonly mania?: ManiaLook | undefined;
}

/** Elements of which a skin's picture is taken; `-0` is the first of an animation. */
const SKIN_ELEMENTS = [
  'hitcircle',
  'hitcircleoverlay',
  'approachcircle',
  'sliderb0',
  'sliderb',
  'sliderfollowcircle',
  'sliderscorepoint',
  'reversearrow',
  'followpoint',
  'followpoint-0',
  'cursor',
  'cursortrail',
  'hit0',
  'hit0-0',
  'hit50',
  'hit50-0',
  'hit100',
  'hit100-0',
  'hit300',
  'hit300-0',
  'spinner-circle',
  'spinner-approachcircle',
] as const;

/** @param ini `section.key` → value @param picture of a name, where the skin has it */
export async function skinLook(
  ini: ReadonlyMap<string, string>,
  picture: (name: string) => Promise<SkinPicture | undefined>,
): Promise<SkinLook> {
  const prefix = ini.get('fonts.hitcircleprefix') ?? 'default';
  const names = [...SKIN_ELEMENTS, ...Array.from({ length: 10 }, (_, digit) => `${prefix}-${digit}`)];
  const pictures = new Map<string, SkinPicture>();
  for (const name of names) {
    const found = await picture(name);
    if (found)
      pictures.set(name.replace(/(?<=^(?:followpoint|hit\d+))-0$/, '').replace(/^sliderb0$/, 'sliderb'), found);
  }
  const colours = Array.from({ length: 8 }, (_, index) => rgb(ini.get(`colours.combo${index + 1}`)));
  return {
    pictures,
    comboColours: colours.flatMap((colour) => colour ?? []),
    sliderBorder: rgb(ini.get('colours.sliderborder')),
    sliderTrack: rgb(ini.get('colours.slidertrackoverride')),
    numbers: { prefix, overlap: Number(ini.get('fonts.hitcircleoverlap') ?? -2) || 0 },
    overlayAboveNumber: (ini.get('general.hitcircleoverlayabovenumber') ?? '1') !== '0',
  };
}

function rgb(text: string | undefined): Rgb | undefined {
  const parts = text?.split(',').map((part) => Number(part.trim()));
  const [r, g, b] = parts ?? [];
  const isLevel = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;
  return isLevel(r) && isLevel(g) && isLevel(b) ? { r, g, b } : undefined;
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

export const asItIs = ({ image, density }: SkinPicture, scale: number): Sprite => ({
  image,
  width: (image.width / density) * scale,
  height: (image.height / density) * scale,
});
