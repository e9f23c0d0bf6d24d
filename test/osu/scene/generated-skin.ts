/** A skin of everything, made up: each element in its own colour, so that a picture tells which was taken. */
import { type Canvas, createCanvas, Image, type SKRSContext2D } from '@napi-rs/canvas';
import { parseSkinIni } from '../../../src/sources/osu/read/read-skin.ts';
import { elementsOf } from '../../../src/sources/osu/scene/skin-elements.ts';
import { type SkinLook, skinLook } from '../../../src/sources/osu/scene/skin-look.ts';

type Draw = (context: SKRSContext2D, width: number, height: number) => void;

const ring =
  (colour: string, part: number): Draw =>
  (context, width, height) => {
    context.strokeStyle = colour;
    context.lineWidth = width * part;
    context.beginPath();
    context.arc(width / 2, height / 2, (width * (1 - part)) / 2 - 1, 0, 2 * Math.PI);
    context.stroke();
  };
const disc =
  (colour: string): Draw =>
  (context, width, height) => {
    context.fillStyle = colour;
    context.beginPath();
    context.ellipse(width / 2, height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
    context.fill();
  };
export const box =
  (colour: string): Draw =>
  (context, width, height) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
  };
/** Points to the right. */
const arrow =
  (colour: string): Draw =>
  (context, width, height) => {
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(width * 0.2, height * 0.2);
    context.lineTo(width * 0.9, height / 2);
    context.lineTo(width * 0.2, height * 0.8);
    context.fill();
  };
/** As many bars as it counts: fonts differ between machines. */
const bars =
  (count: number, colour: string): Draw =>
  (context, width, height) => {
    context.fillStyle = colour;
    context.fillRect(width * 0.1, 0, width * 0.12, height);
    for (let bar = 0; bar < count; bar++) context.fillRect(width * 0.1, (bar * height) / 10, width * 0.7, height / 16);
  };

type Picture = readonly [width: number, height: number, draw: Draw];

const numbers = (prefix: string, width: number, height: number, colour: string): Record<string, Picture> =>
  Object.fromEntries(
    Array.from({ length: 10 }, (_, digit) => [`${prefix}-${digit}`, [width, height, bars(digit, colour)] as const]),
  );

const COMMON: Readonly<Record<string, Picture>> = {
  hitcircle: [128, 128, disc('#ffffff')],
  'hitcircleoverlay-0': [128, 128, ring('#ffff00', 0.08)],
  'hitcircleoverlay-1': [128, 128, ring('#ff8800', 0.08)],
  approachcircle: [126, 126, ring('#ffffff', 0.04)],
  sliderb0: [100, 100, arrow('#00ffff')],
  sliderb1: [100, 100, arrow('#00aaff')],
  'sliderfollowcircle-0': [256, 256, ring('#ff00ff', 0.05)],
  sliderscorepoint: [16, 16, box('#ffffff')],
  reversearrow: [100, 100, arrow('#ff0000')],
  'followpoint-0': [32, 10, box('#444444')],
  'followpoint-1': [32, 10, box('#ffffff')],
  'hit0-0': [60, 60, box('#c07070')],
  'hit0-1': [60, 60, box('#805050')],
  hit100: [60, 40, box('#00ff00')],
  hit50: [60, 40, box('#ffff00')],
  cursor: [40, 40, arrow('#ff66cc')],
  cursortrail: [16, 16, disc('rgb(255 102 204 / 0.7)')],
  'scorebar-bg': [500, 30, box('rgb(255 255 255 / 0.25)')],
  'scorebar-colour': [480, 10, box('#66ff66')],
  'scorebar-marker': [24, 24, disc('#ffffff')],
  'inputoverlay-background': [193, 55, box('rgb(0 0 60 / 0.8)')],
  'inputoverlay-key': [43, 46, box('#ffffff')],
  ...numbers('default', 36, 50, '#202020'),
  ...numbers('score', 26, 40, '#ffffff'),
  'score-dot': [12, 40, (context, width, height) => context.fillRect(2, height - 8, width - 4, 8)],
  'score-percent': [30, 40, arrow('#ffffff')],
  'score-x': [26, 40, ring('#ffffff', 0.15)],
};

const OLD_SPINNER: Readonly<Record<string, Picture>> = {
  'spinner-background': [800, 600, box('rgb(255 255 255 / 0.8)')],
  'spinner-circle': [500, 500, arrow('#ffcc00')],
  'spinner-metre': [800, 692, box('rgb(0 120 255 / 0.5)')],
  'spinner-approachcircle': [380, 380, ring('#ffffff', 0.03)],
  'spinner-clear': [300, 80, box('#00ff00')],
  'spinner-spin': [300, 80, box('#ff00ff')],
};

const NEW_SPINNER: Readonly<Record<string, Picture>> = {
  'spinner-glow': [640, 640, disc('rgb(255 255 255 / 0.5)')],
  'spinner-bottom': [600, 600, arrow('#335577')],
  'spinner-top': [500, 500, arrow('#77aadd')],
  'spinner-middle2': [100, 100, arrow('#ffffff')],
  'spinner-middle': [300, 300, ring('#ffffff', 0.04)],
  'spinner-approachcircle': [380, 380, ring('#ffffff', 0.03)],
  'spinner-clear': [300, 80, box('#00ff00')],
};

export interface GeneratedSkin {
  readonly ini?: string;
  readonly spinner?: 'old' | 'new' | 'none';
  /** Names that it lacks. */
  readonly without?: readonly string[];
  /** Names of pictures that are there twice as large. */
  readonly doubled?: readonly string[];
  readonly more?: Readonly<Record<string, Picture>>;
  /** Names of mods whose pictures are asked for. */
  readonly mods?: readonly string[];
}

export function generatedSkin({
  ini = '[General]\nVersion: 2.5\n',
  spinner = 'new',
  without = [],
  doubled = [],
  more = {},
  mods = [],
}: GeneratedSkin = {}): Promise<SkinLook> {
  const spinners = spinner === 'old' ? OLD_SPINNER : spinner === 'new' ? NEW_SPINNER : {};
  const pictures: Readonly<Record<string, Picture>> = { ...COMMON, ...spinners, ...more };
  return skinLook(
    parseSkinIni(ini),
    async (name) => {
      const found = pictures[name];
      if (!found || without.includes(name)) return undefined;
      const density = doubled.includes(name) ? 2 : 1;
      const [width, height, draw] = found;
      return { image: imageOf(pictureOf(width * density, height * density, draw)), density };
    },
    elementsOf('standard', mods),
  );
}

function pictureOf(width: number, height: number, draw: Draw): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  draw(context, width, height);
  return canvas;
}

function imageOf(canvas: Canvas): Image {
  const image = new Image();
  image.src = canvas.toBuffer('image/png');
  return image;
}

export const disco: Picture = [60, 60, disc('#8800ff')];
