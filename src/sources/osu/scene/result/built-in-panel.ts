/** The panel at the end, in the built-in look. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { gradeColour, gradeText } from '../hud/grade.ts';
import { line, pill, rounded } from '../hud/line.ts';
import { asItIs, type SkinPicture } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { drawLife } from './life-graph.ts';
import type { ResultFacts } from './result-facts.ts';

/** In the panel's own units. */
const WIDTH = 920;
const HEIGHT = 520;
const EDGE = 38;
const RING = { x: WIDTH - 168, y: 226, radius: 118, width: 14 } as const;
/** Room for a skin's letter. */
const LETTER = { width: 170, height: 180 } as const;
const QUIET = '#8fa0c4';
const SOFT = '#b8c6e4';
const WHITE = '#ffffff';

/** @param letter of the grade, where a skin has its picture */
export function builtInPanel(stage: Stage, facts: ResultFacts, letter: SkinPicture | undefined): Canvas {
  const u = Math.min(stage.unit, (stage.size.width * 0.94) / WIDTH);
  const image = createCanvas(Math.round(WIDTH * u), Math.round(HEIGHT * u));
  const context = image.getContext('2d');
  context.scale(u, u);
  rounded(context, 0, 0, WIDTH, HEIGHT, 24, 'rgb(12 15 30 / 0.88)');
  context.save();
  context.beginPath();
  context.roundRect(0, 0, WIDTH, HEIGHT, 24);
  context.clip();
  context.fillStyle = gradeColour(facts.grade);
  context.fillRect(0, 0, WIDTH, 5);
  context.lineWidth = 3;
  context.strokeStyle = 'rgb(255 255 255 / 0.1)';
  context.stroke();
  context.restore();
  words(context, facts);
  counts(context, facts);
  rest(context, facts);
  grade(context, facts, letter);
  return image;
}

function words(context: SKRSContext2D, { title, difficulty, creator, player, day, state }: ResultFacts): void {
  context.save();
  context.beginPath();
  context.rect(EDGE - 4, 0, WIDTH - 2 * EDGE + 8, HEIGHT);
  context.clip();
  line(context, title, EDGE, 50, 30, WHITE, 'left', 700);
  const by = creator === '' ? '' : `  mapped by ${creator}`;
  line(context, `[${difficulty}]${by}`, EDGE, 86, 19, SOFT, 'left', 500);
  context.restore();
  line(context, `played by ${player}${day === '' ? '' : ` on ${day}`}`, EDGE, 114, 17, SOFT, 'left', 500);
  line(context, `${state.score}`.padStart(8, '0'), EDGE, 174, 54, WHITE, 'left', 600);
}

function counts(context: SKRSContext2D, { state, displays }: ResultFacts): void {
  const cells = [
    ...displays.counts.map(({ longName, count, colour }) => [longName, `${count(state)}`, colour] as const),
    ['Combo', `${state.maxCombo}x`, WHITE],
    ['Accuracy', `${(state.accuracy * 100).toFixed(2)} %`, WHITE],
  ] as const;
  const pitch = Math.min(56, 168 / Math.ceil(cells.length / 2));
  for (const [index, [name, value, colour]] of cells.entries()) {
    const x = EDGE + (index % 2) * 280;
    const y = 244 + Math.floor(index / 2) * pitch;
    line(context, name, x, y, 18, QUIET, 'left', 500);
    line(context, value, x + 110, y, 29, colour, 'left', 700);
  }
}

/** How the life went, and what else is known. */
function rest(context: SKRSContext2D, { pp, unstableRate, meanError, life }: ResultFacts): void {
  const sign = (value: number): string => (value < 0 ? '−' : '+');
  const told = [
    ...(pp === undefined ? [] : [['Points', `${Math.round(pp)} pp`] as const]),
    ...(unstableRate === undefined ? [] : [['Unstable rate', unstableRate.toFixed(1)] as const]),
    ...(meanError === undefined
      ? []
      : [['On average', `${sign(meanError)}${Math.abs(meanError).toFixed(1)} ms`] as const]),
  ];
  for (const [index, [name, value]] of told.entries()) {
    const y = 432 + index * 28;
    line(context, name, RING.x - 106, y, 16, QUIET, 'left', 500);
    line(context, value, RING.x + 130, y, 18, WHITE, 'right', 600);
  }
  const rect = { x: EDGE, y: 424, width: 500, height: 62 };
  rounded(context, rect.x - 10, rect.y - 10, rect.width + 20, rect.height + 20, 10, 'rgb(255 255 255 / 0.06)');
  drawLife(context, life, rect, 2.5);
  line(context, 'Life', rect.x, rect.y + rect.height - 4, 13, QUIET, 'left', 500);
}

function grade(
  context: SKRSContext2D,
  { grade: letter, state, mods }: ResultFacts,
  picture: SkinPicture | undefined,
): void {
  const { x, y, radius, width } = RING;
  context.lineWidth = width;
  context.strokeStyle = 'rgb(255 255 255 / 0.1)';
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  context.strokeStyle = gradeColour(letter);
  context.beginPath();
  context.arc(x, y, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.min(0.99999, state.accuracy));
  context.stroke();
  if (picture) {
    const { image, width: w, height: h } = asItIs(picture, 1);
    const scale = Math.min(LETTER.width / w, LETTER.height / h);
    context.drawImage(image, x - (w * scale) / 2, y - (h * scale) / 2, w * scale, h * scale);
  } else line(context, gradeText(letter), x, y, letter.startsWith('X') ? 100 : 124, gradeColour(letter), 'center', 700);
  const pitch = Math.min(52, 270 / Math.max(1, mods.length));
  for (const [index, name] of mods.entries()) {
    const middle = x + (index - (mods.length - 1) / 2) * pitch;
    const size = Math.min(17, (pitch * 1.5) / Math.max(2, name.length));
    pill(context, middle - pitch / 2 + 2, 364, pitch - 4, 28, 'rgb(90 130 235 / 0.3)');
    line(context, name, middle, 378, size, '#cfe3ff', 'center', 700);
  }
}
