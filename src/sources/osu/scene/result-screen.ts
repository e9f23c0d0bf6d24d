/** The panel at the end: what was played, by whom, and how well. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Brush, Sprite } from './brush.ts';
import { clamp } from './clamp.ts';
import type { FieldDisplays } from './field.ts';
import { type Grade, gradeColour, gradeText } from './hud/grade.ts';
import { line, rounded } from './hud/line.ts';
import type { PlayState } from './hud/state.ts';
import { asItIs, type SkinPicture } from './skin-look.ts';
import type { Stage } from './stage.ts';

export interface ResultWords {
  readonly title: string;
  readonly difficulty: string;
  readonly player: string;
  /** `2026-11-21`, or nothing where it is not known. */
  readonly day: string;
  /** The letter of a grade, where the skin has its picture. */
  readonly letter: (grade: Grade) => SkinPicture | undefined;
}

const FADE_MS = 500;
/** Room for a skin's letter, in the panel's own pixels. */
const LETTER = { width: 230, height: 240 };

export class ResultScreen {
  private readonly stage: Stage;
  private readonly panel: Sprite;

  constructor(stage: Stage, state: PlayState, mods: readonly string[], displays: FieldDisplays, words: ResultWords) {
    this.stage = stage;
    const u = stage.unit;
    const [width, height] = [Math.round(Math.min(900 * u, stage.size.width * 0.94)), Math.round(440 * u)];
    const image = createCanvas(width, height);
    paint(image.getContext('2d'), width, height, Math.min(u, width / 900), state, mods, displays, words);
    this.panel = { image, width, height };
  }

  /** @param since real ms */
  draw(brush: Brush, since: number): void {
    if (since < 0) return;
    const { width, height } = this.stage.size;
    const alpha = clamp(since / FADE_MS);
    const rise = (1 - alpha) ** 2 * 24 * this.stage.unit;
    brush.sprite(this.panel, width / 2, height / 2 + rise, 1, alpha);
  }
}

function paint(
  context: SKRSContext2D,
  width: number,
  height: number,
  u: number,
  state: PlayState,
  mods: readonly string[],
  displays: FieldDisplays,
  { title, difficulty, player, day, letter }: ResultWords,
): void {
  rounded(context, 0, 0, width, height, 22 * u, 'rgb(12 15 30 / 0.86)');
  context.save();
  context.beginPath();
  context.rect(28 * u, 0, width - 56 * u, height);
  context.clip();
  line(context, title, 36 * u, 46 * u, 30 * u, '#ffffff', 'left', 700);
  line(context, `[${difficulty}]`, 36 * u, 82 * u, 20 * u, '#b8c6e4', 'left', 500);
  line(
    context,
    `played by ${player}${day === '' ? '' : ` on ${day}`}`,
    36 * u,
    112 * u,
    18 * u,
    '#b8c6e4',
    'left',
    500,
  );
  context.restore();
  const grade = displays.grade(state);
  const own = letter(grade);
  const [x, y] = [width - 130 * u, height / 2 + 40 * u];
  if (own) {
    const { image, width: w, height: h } = asItIs(own, 1);
    const scale = Math.min((LETTER.width * u) / w, (LETTER.height * u) / h);
    context.drawImage(image, x - (w * scale) / 2, y - (h * scale) / 2, w * scale, h * scale);
  } else line(context, gradeText(grade), x, y, 150 * u, gradeColour(grade), 'center', 700);
  if (mods.length > 0)
    line(context, mods.join(' '), width - 130 * u, height - 60 * u, 22 * u, '#cfe3ff', 'center', 700);
  line(context, `${state.score}`.padStart(8, '0'), 36 * u, 176 * u, 54 * u, '#ffffff', 'left', 600);
  const cells = [
    ...displays.counts.map(({ longName, count, colour }) => [longName, `${count(state)}`, colour] as const),
    ['Combo', `${state.maxCombo}x`, '#ffffff'],
    ['Accuracy', `${(state.accuracy * 100).toFixed(2)} %`, '#ffffff'],
  ] as const;
  const pitch = Math.min(62, 186 / Math.ceil(cells.length / 2));
  for (const [index, [name, value, colour]] of cells.entries()) {
    const x = (36 + (index % 2) * 280) * u;
    const y = (248 + Math.floor(index / 2) * pitch) * u;
    line(context, name, x, y, 18 * u, '#8fa0c4', 'left', 500);
    line(context, value, x + 110 * u, y, 30 * u, colour, 'left', 700);
  }
}
