/** Notes, keys, lights and words of mania, drawn once: of the skin where it has a picture, else by code. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rgb } from '../../read/beatmap.ts';
import type { Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { DrawnOnce, write } from '../drawn-once.ts';
import { asItIs, rowOf, type SkinLook, type SkinPicture, tinted } from '../skin-look.ts';
import type { ColumnType } from './column-types.ts';
import type { ManiaLayout } from './layout.ts';
import type { ManiaLook } from './mania-look.ts';

const COLOURS: Readonly<Record<ColumnType, Rgb>> = {
  '1': { r: 236, g: 242, b: 255 },
  '2': { r: 92, g: 168, b: 255 },
  S: { r: 255, g: 206, b: 84 },
};
/** Words for verdicts, with their colours in counter, bar of errors and panel too. */
export const VERDICTS: Readonly<Record<number, { readonly word: string; readonly colour: string }>> = {
  320: { word: 'MAX', colour: '#fff3b0' },
  300: { word: '300', colour: '#ffd166' },
  200: { word: '200', colour: '#86e692' },
  100: { word: '100', colour: '#7cc4ff' },
  50: { word: '50', colour: '#c3a6ff' },
  0: { word: 'MISS', colour: '#ff6b78' },
};
/** Height of a note of the built-in look, as a part of its column's width. */
const NOTE_HEIGHT = 0.34;
/** Columns of this width and less have notes that are not lower still. */
const LOWEST_NOTE = 12;
/** Skins draw for a screen of so many lines; their numbers count in 480. */
const SKIN_LINES = 768 / 480;

export class ManiaElements extends DrawnOnce {
  private readonly layout: ManiaLayout;
  private readonly look: ManiaLook | undefined;
  private readonly skin: SkinLook | undefined;
  /** Pixels of the screen in one of a skin's picture. */
  private readonly onScreen: number;

  constructor(layout: ManiaLayout, look: ManiaLook | undefined, skin: SkinLook | undefined) {
    super();
    this.layout = layout;
    this.look = look;
    this.skin = skin;
    this.onScreen = layout.scale / SKIN_LINES;
  }

  colour(column: number): Rgb {
    return COLOURS[this.layout.columns[column]?.type ?? '1'];
  }

  light(column: number): Rgb {
    return this.look?.lights[column] ?? shade(this.colour(column), 0.25);
  }

  note(column: number, part: 'note' | 'head' | 'tail'): Sprite {
    const own = this.picture(`${part} ${column}`) ?? (part === 'tail' ? undefined : this.picture(`note ${column}`));
    if (own) return this.fitted(`${part} ${column}`, own, column);
    // A skin that has notes and no tails ends its long notes with their bodies.
    if (part === 'tail' && this.look && this.picture(`note ${column}`)) return this.nothing();
    const { width } = this.place(column);
    const height = Math.max(LOWEST_NOTE * this.layout.scale * 0.8, width * NOTE_HEIGHT);
    const colour = this.colour(column);
    return this.sprite(`${part} ${width} ${css(colour)}`, width, height, (context) => {
      const [w, h] = [width - 4, height - 3];
      const fill = context.createLinearGradient(0, -h / 2, 0, h / 2);
      const tone = part === 'tail' ? shade(colour, -0.35) : colour;
      fill.addColorStop(0, css(shade(tone, 0.3)));
      fill.addColorStop(0.5, css(tone));
      fill.addColorStop(1, css(shade(tone, -0.25)));
      bar(context, w, h, fill);
      context.lineWidth = Math.max(1, h * 0.07);
      context.strokeStyle = 'rgb(255 255 255 / 0.85)';
      context.stroke();
      if (part !== 'head') return;
      context.fillStyle = 'rgb(0 0 0 / 0.28)';
      context.fillRect(-w * 0.22, -h * 0.1, w * 0.44, h * 0.2);
    });
  }

  /** Of a long note; stretched over its length. @param dim after it was let go */
  body(column: number, dim: boolean): Sprite {
    const own = this.picture(`body ${column}`);
    const { width } = this.place(column);
    if (own) {
      const { image } = asItIs(own, 1);
      return { image, width, height: Math.max(1, (image.height / Math.max(1, image.width)) * width) };
    }
    const colour = shade(this.colour(column), dim ? -0.65 : -0.1);
    return this.sprite(`body ${width} ${css(colour)}`, width, 8, (context) => {
      const w = width * 0.78;
      const fill = context.createLinearGradient(-w / 2, 0, w / 2, 0);
      fill.addColorStop(0, css(shade(colour, 0.25), 0.95));
      fill.addColorStop(0.2, css(shade(colour, -0.3), 0.85));
      fill.addColorStop(0.8, css(shade(colour, -0.3), 0.85));
      fill.addColorStop(1, css(shade(colour, 0.25), 0.95));
      context.fillStyle = fill;
      context.fillRect(-w / 2, -8, w, 16);
    });
  }

  /** As wide as its column, from the hit line to the edge of the screen. */
  key(column: number, down: boolean, height: number): Sprite {
    const own = (down ? this.picture(`down ${column}`) : undefined) ?? this.picture(`key ${column}`);
    const { width } = this.place(column);
    if (own) {
      const tall = (own.image.height / own.density) * this.onScreen;
      return this.sprite(`key ${column} ${down}`, width, tall, (context) => {
        if (this.layout.upsideDown && this.look?.flipsKeys) context.scale(1, -1);
        context.drawImage(own.image, -width / 2, -tall / 2, width, tall);
      });
    }
    const colour = this.colour(column);
    return this.sprite(`key ${width} ${down} ${height} ${css(colour)}`, width, height, (context) => {
      const [w, h] = [width - 6, Math.min(height - 8, width * 0.9)];
      const top = -height / 2 + 8;
      context.beginPath();
      context.roundRect(-w / 2, top, w, h, Math.min(w, h) * 0.22);
      context.fillStyle = down ? css(shade(colour, 0.1)) : css(shade(colour, -0.72));
      context.fill();
      context.lineWidth = Math.max(1, w * 0.05);
      context.strokeStyle = css(shade(colour, down ? 0.6 : -0.25));
      context.stroke();
    });
  }

  /** The beam over a key that is down, its foot on the hit line. */
  beam(column: number, height: number): Sprite {
    const own = this.picture('light');
    const { width } = this.place(column);
    if (own)
      return this.pictured(`beam ${width} ${column}`, () => ({
        ...tinted(own, this.light(column), this.onScreen),
        width,
      }));
    const colour = this.light(column);
    return this.sprite(`beam ${width} ${height} ${css(colour)}`, width, height, (context) => {
      const fill = context.createLinearGradient(0, -height / 2, 0, height / 2);
      fill.addColorStop(this.layout.upsideDown ? 1 : 0, css(colour, 0));
      fill.addColorStop(this.layout.upsideDown ? 0 : 1, css(colour, 0.5));
      context.fillStyle = fill;
      context.fillRect(-width / 2, -height / 2, width, height);
    });
  }

  /** Where a note was hit. */
  burst(column: number, holding: boolean): Sprite {
    const own = this.picture(holding ? 'holding' : 'burst');
    if (own) return this.layered(`burst ${holding}`, [asItIs(own, this.onScreen)]);
    const side = this.place(column).width * 1.7;
    const colour = this.light(column);
    return this.square(`burst ${side} ${css(colour)} ${holding}`, side, (context, r) => {
      const glow = context.createRadialGradient(0, 0, 0, 0, 0, r);
      glow.addColorStop(0, css(shade(colour, 0.75), holding ? 0.75 : 0.95));
      glow.addColorStop(0.3, css(shade(colour, 0.3), 0.5));
      glow.addColorStop(1, css(colour, 0));
      context.fillStyle = glow;
      context.fillRect(-r, -r, 2 * r, 2 * r);
    });
  }

  word(value: number): Sprite {
    const own = this.picture(`hit ${value}`);
    if (own) return this.layered(`word ${value}`, [asItIs(own, this.onScreen)]);
    const { word, colour } = VERDICTS[value] ?? { word: `${value}`, colour: '#ffffff' };
    const pixels = 26 * this.layout.scale;
    return this.sprite(`word ${value}`, pixels * 3.4, pixels * 1.4, (context) =>
      write(context, word, pixels, colour, pixels * 0.14),
    );
  }

  combo(value: number, colour: string): Sprite {
    const row = this.skin && rowOf(this.skin, this.skin.settings.comboFont, [...`${value}`], this.onScreen);
    if (row)
      return this.sprite(`combo ${value}`, row.width, row.height, (context) => {
        for (const { sprite, x } of row.sprites)
          context.drawImage(sprite.image, x - row.width / 2, -row.height / 2, sprite.width, sprite.height);
      });
    const pixels = 30 * this.layout.scale;
    const text = `${value}`;
    return this.sprite(`combo ${text} ${colour}`, pixels * (0.7 * text.length + 0.4), pixels * 1.3, (context) =>
      write(context, text, pixels, colour, pixels * 0.12),
    );
  }

  picture(name: string): SkinPicture | undefined {
    return this.look?.pictures.get(name);
  }

  /** As wide as its column, and as high as those of all columns. */
  private fitted(name: string, { image }: SkinPicture, column: number): Sprite {
    const { width } = this.place(column);
    const { columns, scale, upsideDown } = this.layout;
    const own = this.look?.noteHeightWidth;
    const measure = own === undefined ? Math.min(...columns.map((one) => one.width)) : own * scale;
    const height = (image.height / Math.max(1, image.width)) * measure;
    return this.sprite(`fitted ${name}`, width, height, (context) => {
      if (upsideDown && this.look?.flipsNotes) context.scale(1, -1);
      context.drawImage(image, -width / 2, -height / 2, width, height);
    });
  }

  private nothing(): Sprite {
    return this.square('nothing', 1, () => undefined);
  }

  private place(column: number): { readonly x: number; readonly width: number } {
    return this.layout.columns[column] ?? { x: 0, width: 1 };
  }
}

type Fill = ReturnType<SKRSContext2D['createLinearGradient']>;

function bar(context: SKRSContext2D, width: number, height: number, fill: Fill): void {
  context.beginPath();
  context.roundRect(-width / 2, -height / 2, width, height, height * 0.28);
  context.fillStyle = fill;
  context.fill();
}
