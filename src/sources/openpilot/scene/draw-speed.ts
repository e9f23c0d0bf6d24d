/**
 * Speed, unit, and the box of the set speed.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { FrameState } from '../frame-state.ts';
import type { Look } from './looks.ts';
import { drawWords, type Font, widthOf } from './text.ts';
import type { Layer, Rect } from './tiles.ts';

const KMH = 3.6;
const MPH = 2.236936;
const MILES_IN_KM = 0.621371;

/** Speed as openpilot shows it. @param speed m/s */
export function speedText(speed: number, metric: boolean): string {
  return String(Math.round(Math.max(0, Number.isFinite(speed) ? speed : 0) * (metric ? KMH : MPH)));
}

/** @param setSpeed km/h; null: none is set */
export function setSpeedText(setSpeed: number | null, metric: boolean): string {
  return setSpeed === null ? '–' : String(Math.round(setSpeed * (metric ? 1 : MILES_IN_KM)));
}

type Drawn = Omit<Layer, 'key'>;

/** @param middle of the words on the canvas */
export function wordsLayer(
  text: string,
  font: Font,
  colour: string,
  middle: { readonly x: number; readonly y: number },
): Drawn & { rect: Rect } {
  const width = widthOf(text, font) + 4;
  return {
    rect: { x: middle.x - width / 2, y: middle.y - font.size * 0.55, width, height: font.size * 1.1 },
    draw: (context) => drawWords(context, { text, font }, middle.x, middle.y, colour),
  };
}

/** Place of the box on openpilot's canvas, from the corner of the picture. */
export function setSpeedBox(metric: boolean): Rect {
  const width = metric ? 200 : 172;
  return { x: 60 + (172 - width) / 2, y: 45, width, height: 204 };
}

export function drawSetSpeed(
  context: SKRSContext2D,
  box: Rect,
  unit: number,
  text: string,
  status: FrameState['status'],
  look: Look,
): void {
  const set = text !== '–';
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, 32 * unit);
  context.fillStyle = 'rgba(0, 0, 0, 0.65)';
  context.fill();
  context.strokeStyle = 'rgba(255, 255, 255, 0.29)';
  context.lineWidth = 6 * unit;
  context.stroke();
  const x = box.x + box.width / 2;
  const max = { engaged: '#80d8a6', override: '#919b95', disengaged: look.maxDisengaged }[status];
  const font = (weight: 600 | 700, size: number): Font => ({ weight, size: size * unit });
  drawWords(context, { text: 'MAX', font: font(600, 40) }, x, box.y + 52 * unit, set ? max : '#a6a6a6');
  drawWords(context, { text, font: font(700, 90) }, x, box.y + 132 * unit, set ? '#ffffff' : '#727272');
}
