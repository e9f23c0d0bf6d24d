/** Colours of what is drawn beside a car's pictures, and words on a canvas. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { inter } from '../../../media/scene/font.ts';

export const INK = {
  ground: '#0d1014',
  raised: '#232a33',
  text: '#f4f6f8',
  quiet: '#98a3b0',
  faint: '#4a5563',
  green: '#35c46a',
  red: '#e5484d',
  blue: '#4c93ff',
} as const;

export interface Font {
  readonly weight: 400 | 500 | 600 | 700;
  /** Pixels. */
  readonly size: number;
}

export type Align = 'left' | 'center' | 'right';

/** Inter: half the height of a capital letter, in parts of the size. */
const HALF_CAPITAL = 0.3635;
const LONGEST = 300;
let measure: SKRSContext2D | undefined;

export function widthOf(text: string, { weight, size }: Font): number {
  measure ??= createCanvas(8, 8).getContext('2d');
  measure.font = inter(weight, size);
  return measure.measureText(text).width;
}

/** One line without what cannot be seen, made smaller down to two thirds, then cut. */
export function fitWords(text: string, font: Font, room: number): { readonly text: string; readonly font: Font } {
  let words = text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);
  const size = Math.max(font.size * 0.66, Math.min(font.size, (font.size * room) / Math.max(1, widthOf(words, font))));
  const at = { ...font, size };
  while (words.length > 1 && widthOf(words, at) > room) words = `${words.replace(/…$/, '').slice(0, -1).trimEnd()}…`;
  return { text: words, font: at };
}

/** Words whose capitals are in the middle of `y`; `x` is where they start, end or have their middle. */
export function drawWords(
  context: SKRSContext2D,
  text: string,
  { weight, size }: Font,
  place: { readonly x: number; readonly y: number; readonly align: Align; readonly colour: string },
): void {
  context.font = inter(weight, size);
  context.textAlign = place.align;
  context.textBaseline = 'alphabetic';
  context.fillStyle = place.colour;
  context.fillText(text, place.x, place.y + size * HALF_CAPITAL);
}
