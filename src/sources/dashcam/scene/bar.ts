/**
 * The telemetry bar: speed, gear, blinkers and wheel, pedals, autopilot. Each is a drawing of its own that is kept for as long as it looks the same.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { KeptDrawing, Rect } from '../../../media/overlay/overlay-scene.ts';
import type { BarState } from './bar-state.ts';
import { drawWords, INK } from './ink.ts';

/** The bar is drawn in units: it is so many high and at least so many wide. */
const HEIGHT = 64;
const WIDTH = 832;
const MIDDLE = HEIGHT / 2;

/** A part of the bar: from where to where, in units, and how it is drawn there. */
interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  draw(context: SKRSContext2D): void;
}

export function barDrawings(state: BarState, bar: Rect): KeptDrawing[] {
  const unit = Math.min(bar.height / HEIGHT, bar.width / WIDTH);
  return partsOf(state).map(({ name, from, to, draw }) => ({
    key: `bar:${name}`,
    rect: {
      x: Math.floor(bar.x + from * unit),
      y: bar.y,
      width: Math.ceil((to - from) * unit) + 1,
      height: bar.height,
    },
    draw(context) {
      context.translate(bar.x, bar.y + (bar.height - HEIGHT * unit) / 2);
      context.scale(unit, unit);
      draw(context);
    },
  }));
}

function partsOf(state: BarState): Part[] {
  const { speed, unit, gear, steering, accelerator, brake, left, right, autopilot } = state;
  return [
    { name: `speed ${speed} ${unit}`, from: 12, to: 164, draw: (context) => drawSpeed(context, speed, unit) },
    { name: `gear ${gear}`, from: 172, to: 280, draw: (context) => drawGear(context, gear) },
    { name: `left ${left}`, from: 294, to: 326, draw: (context) => drawBlinker(context, 310, -1, left) },
    { name: `wheel ${steering}`, from: 330, to: 382, draw: (context) => drawWheel(context, 356, steering) },
    { name: `right ${right}`, from: 386, to: 418, draw: (context) => drawBlinker(context, 402, 1, right) },
    { name: `angle ${steering}`, from: 420, to: 482, draw: (context) => drawAngle(context, steering) },
    { name: `brake ${brake}`, from: 488, to: 560, draw: (context) => drawBrake(context, brake) },
    {
      name: `accelerator ${accelerator}`,
      from: 566,
      to: 672,
      draw: (context) => drawAccelerator(context, accelerator),
    },
    { name: `autopilot ${autopilot}`, from: 684, to: 832, draw: (context) => drawAutopilot(context, autopilot) },
  ];
}

function drawSpeed(context: SKRSContext2D, speed: string, unit: string): void {
  drawWords(context, speed, { weight: 700, size: 42 }, { x: 100, y: MIDDLE, align: 'right', colour: INK.text });
  drawWords(context, unit, { weight: 500, size: 19 }, { x: 108, y: MIDDLE + 9, align: 'left', colour: INK.quiet });
}

function drawGear(context: SKRSContext2D, gear: BarState['gear']): void {
  for (const [index, letter] of (['P', 'R', 'N', 'D'] as const).entries()) {
    const x = 186 + index * 27;
    const now = letter === gear;
    if (now) {
      context.fillStyle = INK.raised;
      context.beginPath();
      context.roundRect(x - 13, MIDDLE - 16, 26, 32, 6);
      context.fill();
    }
    const place = { x, y: MIDDLE, align: 'center', colour: now ? INK.text : INK.faint } as const;
    drawWords(context, letter, { weight: now ? 700 : 500, size: 21 }, place);
  }
}

/** An arrow to the left (-1) or to the right. */
function drawBlinker(context: SKRSContext2D, x: number, side: -1 | 1, lit: boolean): void {
  context.fillStyle = lit ? INK.green : INK.raised;
  context.beginPath();
  context.moveTo(x + side * 14, MIDDLE);
  context.lineTo(x, MIDDLE - 13);
  context.lineTo(x, MIDDLE - 6);
  context.lineTo(x - side * 13, MIDDLE - 6);
  context.lineTo(x - side * 13, MIDDLE + 6);
  context.lineTo(x, MIDDLE + 6);
  context.lineTo(x, MIDDLE + 13);
  context.closePath();
  context.fill();
}

/** Rim, hub and three spokes; turned as the car's. */
function drawWheel(context: SKRSContext2D, x: number, steering: number | undefined): void {
  const colour = steering === undefined ? INK.faint : INK.text;
  context.translate(x, MIDDLE);
  context.rotate(((steering ?? 0) * Math.PI) / 180);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 4;
  context.beginPath();
  context.arc(0, 0, 21, 0, 2 * Math.PI);
  context.stroke();
  context.beginPath();
  for (const [toX, toY] of [
    [-20, -2],
    [20, -2],
    [0, 20],
  ] as const) {
    context.moveTo(0, 0);
    context.lineTo(toX, toY);
  }
  context.stroke();
  context.beginPath();
  context.arc(0, 0, 6, 0, 2 * Math.PI);
  context.fill();
}

function drawAngle(context: SKRSContext2D, steering: number | undefined): void {
  if (steering === undefined) return;
  const text = `${steering < 0 ? '−' : ''}${Math.abs(steering)}°`;
  drawWords(context, text, { weight: 500, size: 17 }, { x: 478, y: MIDDLE, align: 'right', colour: INK.quiet });
}

function drawBrake(context: SKRSContext2D, on: boolean): void {
  context.fillStyle = on ? INK.red : INK.raised;
  context.beginPath();
  context.roundRect(490, MIDDLE - 15, 68, 30, 7);
  context.fill();
  const colour = on ? '#ffffff' : INK.quiet;
  drawWords(context, 'Brake', { weight: 600, size: 17 }, { x: 524, y: MIDDLE, align: 'center', colour });
}

function drawAccelerator(context: SKRSContext2D, twentieths: number): void {
  const colour = twentieths > 0 ? INK.text : INK.quiet;
  drawWords(context, 'Accelerator', { weight: 500, size: 15 }, { x: 570, y: MIDDLE - 11, align: 'left', colour });
  context.fillStyle = INK.raised;
  context.beginPath();
  context.roundRect(570, MIDDLE + 4, 98, 11, 5);
  context.fill();
  if (twentieths === 0) return;
  context.fillStyle = INK.green;
  context.beginPath();
  context.roundRect(570, MIDDLE + 4, Math.max(10, (98 * twentieths) / 20), 11, 5);
  context.fill();
}

function drawAutopilot(context: SKRSContext2D, words: BarState['autopilot']): void {
  if (words === undefined) return;
  const on = words !== 'Manual';
  context.fillStyle = on ? INK.blue : INK.faint;
  context.beginPath();
  context.arc(694, MIDDLE, 6, 0, 2 * Math.PI);
  context.fill();
  const colour = on ? INK.text : INK.quiet;
  drawWords(context, words, { weight: 600, size: 18 }, { x: 708, y: MIDDLE, align: 'left', colour });
}
