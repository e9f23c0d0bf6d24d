/**
 * Alerts of three sizes (openpilot, selfdrive/ui/onroad/alert_renderer.py; in 2022 selfdrive/ui/qt/onroad.cc).
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { AlertState } from '../frame-state.ts';
import { drawWords, type Font, fit, wrap } from './text.ts';
import type { Rect } from './tiles.ts';

const HEIGHTS = { small: 271, mid: 420 };
const MARGIN = 40;
const PADDING = 60;
const WHITE = '#ffffff';

/**
 * Where an alert lies. @param inside of the border @param canvas in 2022 alerts lie over the border too
 */
export function alertRect(size: AlertState['size'], inside: Rect, canvas: Rect, unit: number, of2022: boolean): Rect {
  const all = of2022 ? canvas : inside;
  if (size === 'full') return all;
  const height = HEIGHTS[size] * unit;
  const rect = { ...all, y: all.y + all.height - height, height };
  if (of2022) return rect;
  const margin = MARGIN * unit;
  return { x: rect.x + margin, y: rect.y + margin, width: rect.width - 2 * margin, height: height - 2 * margin };
}

/** @param colour of the plate, `#rrggbb` */
export function drawAlert(
  context: SKRSContext2D,
  alert: AlertState,
  rect: Rect,
  unit: number,
  colour: string,
  of2022: boolean,
): void {
  context.fillStyle = `${colour}f1`;
  context.beginPath();
  context.roundRect(rect.x, rect.y, rect.width, rect.height, of2022 || alert.size === 'full' ? 0 : 30 * unit);
  context.fill();
  const middle = rect.x + rect.width / 2;
  const room = rect.width - 2 * PADDING * unit;
  const font = (weight: 400 | 600 | 700, size: number): Font => ({ weight, size: size * unit });
  const line = (text: string, at: Font, y: number): void =>
    drawWords(context, fit(text, at, room, at.size * 0.5), middle, y, WHITE);
  // In 2022 the border's width at the bottom was not part of the text's place.
  const height = rect.height - (of2022 ? 30 * unit : 0);
  const centre = rect.y + height / 2;
  switch (alert.size) {
    case 'small':
      line(alert.text1, font(of2022 ? 600 : 700, 74), centre);
      break;
    case 'mid':
      line(alert.text1, font(700, 88), centre - (of2022 ? 72 : 58) * unit);
      line(alert.text2, font(400, 66), centre + (of2022 ? 61 : 62) * unit);
      break;
    case 'full': {
      const long = [...alert.text1].length > 15;
      const title = font(700, long ? 132 : 177);
      paragraph(context, wrap(alert.text1, title, room, 3), middle, rect.y + (long ? 240 : 270) * unit);
      const below = wrap(alert.text2, font(400, 88), room, 3);
      paragraph(context, below, middle, rect.y + height - (long ? 361 : 420) * unit);
    }
  }
}

/** Lines from the top down, in Inter's own line height. */
function paragraph(context: SKRSContext2D, lines: ReturnType<typeof wrap>, x: number, top: number): void {
  let y = top;
  for (const words of lines) {
    const height = words.font.size * 1.21;
    drawWords(context, words, x, y + height / 2, WHITE);
    y += height;
  }
}
