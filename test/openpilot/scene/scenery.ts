/**
 * Pictures of cameras that never were, as backgrounds: an evening road, the same seen wide, and a seat with somebody in it.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { CameraName, Size } from '../../../src/sources/openpilot/scene/tiles.ts';

/** Focal length of each camera, as a part of the picture's width. */
const FOCAL = { road: 2648 / 1928, wide: 567 / 1928 };

export function scenery(camera: CameraName, { width, height }: Size): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  if (camera === 'driver') cabin(context, width, height);
  else road(context, width, height, FOCAL[camera] * width);
  return canvas;
}

function road(context: SKRSContext2D, width: number, height: number, focal: number): void {
  const [cx, horizon] = [width / 2, height / 2];
  const sky = context.createLinearGradient(0, 0, 0, horizon);
  sky.addColorStop(0, '#27406e');
  sky.addColorStop(0.7, '#8a8fa8');
  sky.addColorStop(1, '#e0b48c');
  context.fillStyle = sky;
  context.fillRect(0, 0, width, horizon);
  const field = context.createLinearGradient(0, horizon, 0, height);
  field.addColorStop(0, '#6d6f52');
  field.addColorStop(1, '#3b4530');
  context.fillStyle = field;
  context.fillRect(0, horizon, width, height - horizon);
  context.fillStyle = '#4a5468';
  context.beginPath();
  context.moveTo(0, horizon);
  for (let step = 0; step <= 40; step++) {
    const hill = Math.sin(step * 0.55) * 0.4 + Math.sin(step * 1.7) * 0.2 + 0.8;
    context.lineTo((step / 40) * width, horizon - hill * focal * 0.012);
  }
  context.lineTo(width, horizon);
  context.fill();
  /** A strip of road from `left` to `right` metres beside the camera, `from` to `to` ahead, 1.3 m below it. */
  const strip = (left: number, right: number, from: number, to: number, colour: string): void => {
    context.fillStyle = colour;
    context.beginPath();
    for (const [y, x] of [
      [left, from],
      [left, to],
      [right, to],
      [right, from],
    ] as const)
      context.lineTo(cx + (y / x) * focal, horizon + (1.3 / x) * focal);
    context.fill();
  };
  strip(-7.4, 7, 1, 400, '#3c3d42');
  for (const y of [-7, 6.6]) strip(y - 0.08, y + 0.08, 1, 300, '#c9c7bd');
  for (let x = 4; x < 200; x += 12) for (const y of [-1.8, 1.8]) strip(y - 0.07, y + 0.07, x, x + 4, '#d8d6cc');
}

function cabin(context: SKRSContext2D, width: number, height: number): void {
  const shade = context.createLinearGradient(0, 0, width, height);
  shade.addColorStop(0, '#2d3138');
  shade.addColorStop(1, '#15171b');
  context.fillStyle = shade;
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#9fb1c4';
  context.fillRect(0, height * 0.12, width * 0.22, height * 0.4);
  context.fillRect(width * 0.78, height * 0.12, width * 0.22, height * 0.4);
  context.fillStyle = '#3a3f4a';
  context.beginPath();
  context.ellipse(width * 0.5, height, width * 0.24, height * 0.38, 0, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#b98f73';
  context.beginPath();
  context.ellipse(width * 0.5, height * 0.46, width * 0.085, height * 0.19, 0, 0, 2 * Math.PI);
  context.fill();
}
