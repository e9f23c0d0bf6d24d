/**
 * Words on a canvas: how wide they are, and how they are made to fit.
 */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { inter } from '../../../media/scene/font.ts';

export interface Font {
  readonly weight: 400 | 500 | 600 | 700;
  /** Pixels. */
  readonly size: number;
}

/** Words as they are drawn. */
export interface Words {
  readonly text: string;
  readonly font: Font;
  /** Pixels. */
  readonly width: number;
}

/** No more of a text from a log is ever drawn. */
const LONGEST = 300;
/** Inter: half the height of a capital letter, in parts of the size. */
const HALF_CAPITAL = 0.3635;

let measure: SKRSContext2D | undefined;

export function widthOf(text: string, font: Font): number {
  measure ??= createCanvas(8, 8).getContext('2d');
  measure.font = inter(font.weight, font.size);
  return measure.measureText(text).width;
}

/** One line, without what cannot be seen. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);
}

/** One line, made smaller until it fits, then cut. */
export function fit(text: string, font: Font, room: number, smallest: number): Words {
  let words = oneLine(text);
  let size = font.size;
  const width = (): number => widthOf(words, { ...font, size });
  // Width is nearly in proportion to the size.
  for (let tries = 0; tries < 6 && size > smallest && width() > room; tries++)
    size = Math.max(smallest, Math.min(size - 0.25, (size * room) / width()));
  while (words.length > 1 && width() > room) words = `${words.replace(/…$/, '').slice(0, -1).trimEnd()}…`;
  return { text: words, font: { ...font, size }, width: width() };
}

/** Lines as wide as there is room, as few as possible; made smaller until there are at most `most`. Line breaks in the text stay. */
export function wrap(text: string, font: Font, room: number, most: number): Words[] {
  const paragraphs = text.slice(0, LONGEST).split('\n').map(oneLine);
  for (let size = font.size; ; size *= 0.9) {
    const at = { ...font, size };
    const lines = paragraphs.flatMap((paragraph) => broken(paragraph, at, room));
    if (size < font.size / 3 || (lines.length <= most && lines.every((line) => widthOf(line, at) <= room)))
      return lines.slice(0, most).map((line) => fit(line, at, room, size));
  }
}

function broken(paragraph: string, font: Font, room: number): string[] {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && widthOf(longer, font) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Draws words whose capitals are in the middle of `y`; `x` is where they start, end or have their middle. */
export function drawWords(
  context: SKRSContext2D,
  { text, font }: Pick<Words, 'text' | 'font'>,
  x: number,
  y: number,
  colour: string,
  align: 'left' | 'center' | 'right' = 'center',
): void {
  context.font = inter(font.weight, font.size);
  context.textAlign = align;
  context.textBaseline = 'alphabetic';
  context.fillStyle = colour;
  context.fillText(text, x, y + font.size * HALF_CAPITAL);
}
