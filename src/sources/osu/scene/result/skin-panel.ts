/** The screen at the end in the pictures of a skin: places are those of the game (osu! wiki, “Skinning/Interface”, ranking screen), in pixels of a skin. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { line, pill } from '../hud/line.ts';
import { modPicture } from '../skin-elements.ts';
import { asItIs, rowOf, type SkinLook, type SkinPicture } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { drawLife } from './life-graph.ts';
import type { ResultFacts } from './result-facts.ts';

const BAR = 96;
const ROWS = { x: 135, icon: 60, y: 255, across: 320, down: 95 } as const;
/** Of icons beside their pictures. */
const ICON_SCALE = 0.5;
const SCORE = { x: 150, y: 150 } as const;
const BELOW = { combo: 30, accuracy: 325, y: 552 } as const;
const GRAPH = { edge: 7, width: 301, height: 141 } as const;
const MODS = { right: 192, y: 470, apart: 56 } as const;

/** Whether it has what a screen cannot do without. */
export const hasPanel = ({ pictures }: SkinLook): boolean => pictures.has('ranking-panel');

/** As large as the picture. */
export function skinPanel(stage: Stage, facts: ResultFacts, skin: SkinLook, letter: SkinPicture | undefined): Canvas {
  const image = createCanvas(stage.size.width, stage.size.height);
  const panel = new SkinPanel(image.getContext('2d'), stage, skin);
  panel.draw(facts, letter);
  return image;
}

class SkinPanel {
  private readonly context: SKRSContext2D;
  private readonly stage: Stage;
  private readonly skin: SkinLook;
  private readonly isFirst: boolean;

  constructor(context: SKRSContext2D, stage: Stage, skin: SkinLook) {
    this.context = context;
    this.stage = stage;
    this.skin = skin;
    this.isFirst = skin.settings.version < 2;
  }

  draw(facts: ResultFacts, letter: SkinPicture | undefined): void {
    const { state, geki, katu, isPerfect, life } = facts;
    const [below, graph] = this.isFirst ? [500, 576] : [480, 608];
    this.title(facts);
    this.corner('ranking-panel', 0, this.isFirst ? 74 : 102);
    this.corner('ranking-maxcombo', 8, below);
    this.corner('ranking-accuracy', 291, below);
    this.corner('ranking-graph', 256, graph);
    this.number(`${state.score}`.padStart(8, '0'), SCORE.x, SCORE.y, 1.05);
    const rows = [
      ['hit300', state.n300, 'hit300g', geki],
      ['hit100', state.n100, 'hit100k', katu],
      ['hit50', state.n50, 'hit0', state.miss],
    ] as const;
    for (const [row, [left, leftCount, right, rightCount]] of rows.entries()) {
      this.count(left, leftCount, 0, row);
      this.count(right, rightCount, 1, row);
    }
    this.number(`${state.maxCombo}x`, BELOW.combo, BELOW.y, 1);
    this.number(`${(state.accuracy * 100).toFixed(2)}%`, BELOW.accuracy, BELOW.y, 1);
    if (this.skin.pictures.has('ranking-graph')) {
      const { edge, width, height } = GRAPH;
      const rect = { x: 256 + edge + 6, y: graph + edge + 8, width: width - 12, height: height - 16 };
      drawLife(
        this.context,
        life,
        { x: this.x(rect.x), y: this.y(rect.y), width: rect.width * this.s, height: rect.height * this.s },
        2.5 * this.s,
      );
    }
    if (isPerfect) this.middle('ranking-perfect', this.isFirst ? 320 : 416, 688, 1);
    if (letter) this.place(letter, this.right(192), this.y(this.isFirst ? 272 : 320), 1);
    this.mods(facts.mods);
  }

  private get s(): number {
    return this.stage.skinScale;
  }

  /** The screen of a skin is 768 high: of upright pictures it is the middle. */
  private y(y: number): number {
    return this.stage.size.height / 2 + (y - 384) * this.s;
  }

  private x(x: number): number {
    return x * this.s;
  }

  private right(x: number): number {
    return this.stage.size.width - x * this.s;
  }

  private title({ title, difficulty, creator, player, day }: ResultFacts): void {
    const { context, s } = this;
    context.fillStyle = 'rgb(0 0 0 / 0.8)';
    context.fillRect(0, this.y(0), this.stage.size.width, BAR * s);
    const picture = this.skin.pictures.get('ranking-title');
    if (picture) {
      const { image, width, height } = asItIs(picture, s);
      context.drawImage(image, this.right(32) - width, this.y(0), width, height);
    }
    line(context, `${title} [${difficulty}]`, 8 * s, this.y(22), 28 * s, '#ffffff', 'left', 500);
    if (creator !== '') line(context, `Beatmap by ${creator}`, 8 * s, this.y(52), 20 * s, '#ffffff', 'left', 400);
    const when = day === '' ? '' : ` on ${day}`;
    line(context, `Played by ${player}${when}.`, 8 * s, this.y(76), 20 * s, '#ffffff', 'left', 400);
  }

  private corner(name: string, x: number, y: number): void {
    const picture = this.skin.pictures.get(name);
    if (!picture) return;
    const { image, width, height } = asItIs(picture, this.s);
    this.context.drawImage(image, this.x(x), this.y(y), width, height);
  }

  private middle(name: string, x: number, y: number, scale: number): boolean {
    const picture = this.skin.pictures.get(name);
    if (picture) this.place(picture, this.x(x), this.y(y), scale);
    return picture !== undefined;
  }

  /** @param x of its middle on the screen */
  private place(picture: SkinPicture, x: number, y: number, scale: number): void {
    const { image, width, height } = asItIs(picture, this.s * scale);
    this.context.drawImage(image, x - width / 2, y - height / 2, width, height);
  }

  private count(name: string, count: number, column: number, row: number): void {
    const y = ROWS.y + row * ROWS.down;
    const plain = name.replace(/[gk]$/, '');
    const x = ROWS.icon + column * ROWS.across;
    if (!this.middle(name, x, y, ICON_SCALE)) this.middle(plain, x, y, ICON_SCALE);
    this.number(`${count}x`, ROWS.x + column * ROWS.across - 20, y, 1);
  }

  /** @param x of its left edge @param y of its middle */
  private number(text: string, x: number, y: number, scale: number): void {
    const { skin, context, s } = this;
    const signs = [...text].map((sign) => (sign === '.' ? 'dot' : sign === '%' ? 'percent' : sign));
    const row = rowOf(skin, skin.settings.scoreFont, signs, s * scale);
    if (!row) {
      line(context, text, this.x(x), this.y(y), 44 * s * scale, '#ffffff', 'left', 600);
      return;
    }
    for (const { sprite, x: at } of row.sprites)
      context.drawImage(sprite.image, this.x(x) + at, this.y(y) - row.height / 2, sprite.width, sprite.height);
  }

  /** From the right, below the letter. */
  private mods(mods: readonly string[]): void {
    const { context, s } = this;
    for (const [index, name] of mods.entries()) {
      const x = this.right(MODS.right - (index - (mods.length - 1) / 2) * MODS.apart);
      const picture = this.skin.pictures.get(modPicture(name));
      if (picture) this.place(picture, x, this.y(MODS.y), 1);
      else {
        pill(context, x - 24 * s, this.y(MODS.y) - 16 * s, 48 * s, 32 * s, 'rgb(10 14 30 / 0.75)');
        line(context, name, x, this.y(MODS.y), 18 * s, '#cfe3ff', 'center', 700);
      }
    }
  }
}
