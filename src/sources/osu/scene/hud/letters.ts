/** Text that changes all the time: each letter drawn once, then laid down as a sprite. Digits are of one width, so that numbers stand still. */
import { createCanvas } from '@napi-rs/canvas';
import { drawSprites, type KeptDrawing, type PlacedSprite } from '../../../../media/overlay/overlay-scene.ts';
import type { Sprite } from '../brush.ts';
import { type Align, line, type Weight } from './line.ts';

interface Letter {
  readonly sprite: Sprite;
  /** From its own beginning to that of the next, whole pixels. */
  readonly advance: number;
}

/** A font at one size, in one colour. */
type Font = Map<string, Letter>;

/** Letters of more fonts are forgotten. */
const MOST_FONTS = 64;

export class Letters {
  private readonly fonts = new Map<string, Font>();

  /** @param x of its beginning, end or middle, as `align` says @param y of the middle of its line */
  text(
    text: string,
    x: number,
    y: number,
    pixels: number,
    colour: string,
    align: Align,
    weight: Weight,
  ): PlacedSprite[] {
    const letters = Array.from(text, (letter) => this.letter(letter, pixels, colour, weight));
    const width = letters.reduce((sum, { advance }) => sum + advance, 0);
    let left = Math.round(align === 'left' ? x : align === 'right' ? x - width : x - width / 2);
    return letters.map(({ sprite, advance }) => {
      const edge = (sprite.width - advance) >> 1;
      const placed = { sprite, x: left - edge, y: Math.round(y - sprite.height / 2), alpha: 1 };
      left += advance;
      return placed;
    });
  }

  private letter(letter: string, pixels: number, colour: string, weight: Weight): Letter {
    const key = `${weight} ${pixels} ${colour}`;
    let font = this.fonts.get(key);
    if (!font) {
      if (this.fonts.size >= MOST_FONTS) this.fonts.clear();
      font = new Map();
      this.fonts.set(key, font);
    }
    const known = font.get(letter);
    if (known) return known;
    const made = draw(letter, pixels, colour, weight);
    font.set(letter, made);
    return made;
  }
}

function draw(letter: string, pixels: number, colour: string, weight: Weight): Letter {
  const measure = createCanvas(1, 1).getContext('2d');
  const widthOf = (text: string): number => {
    line(measure, '', 0, 0, pixels, colour, 'left', weight);
    return measure.measureText(text).width;
  };
  const isDigit = /^\d$/.test(letter);
  const advance = Math.round(isDigit ? Math.max(...Array.from('0123456789', widthOf)) : widthOf(letter));
  // Room for what leans out, and for the shadow.
  const edge = Math.ceil(pixels * 0.15) + 1;
  const [width, height] = [advance + 2 * edge, 2 * Math.ceil(pixels * 0.75)];
  const image = createCanvas(width, height);
  line(image.getContext('2d'), letter, width / 2, height / 2, pixels, colour, 'center', weight);
  return { sprite: { image, width, height }, advance };
}

/** A display of nothing but sprites. @param key tells everything */
export function ofSprites(key: string, sprites: readonly PlacedSprite[]): KeptDrawing[] {
  const [first, ...others] = sprites;
  if (!first) return [];
  let { x, y } = first;
  let [right, bottom] = [x + first.sprite.width, y + first.sprite.height];
  for (const { sprite, x: left, y: top } of others) {
    x = Math.min(x, left);
    y = Math.min(y, top);
    right = Math.max(right, left + sprite.width);
    bottom = Math.max(bottom, top + sprite.height);
  }
  return [
    {
      key,
      rect: { x, y, width: right - x, height: bottom - y },
      sprites,
      draw: (context) => drawSprites(context, sprites),
    },
  ];
}
