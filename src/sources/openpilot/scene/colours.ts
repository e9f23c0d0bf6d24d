/**
 * Colours of the path (openpilot, selfdrive/ui/onroad/model_renderer.py; that of 2022, selfdrive/ui/qt/onroad.cc). Pure.
 */
import type { ModelState } from '../frame-state.ts';
import { clamp } from './strips.ts';

/** Red, green, blue 0 to 255; alpha 0 to 1. */
type Colour = readonly [number, number, number, number];

export interface Stop {
  /** 0 at the bottom of the gradient, 1 at its top. */
  readonly at: number;
  readonly css: string;
}

export interface Gradient {
  /** Where it ends, as a part of the picture's height from the bottom. */
  readonly top: number;
  readonly stops: readonly Stop[];
}

const GREEN: readonly Colour[] = [
  [13, 248, 122, 0.4],
  [114, 255, 92, 0.35],
  [114, 255, 92, 0],
];
const GREY: readonly Colour[] = [
  [242, 242, 242, 0.4],
  [242, 242, 242, 0.35],
  [242, 242, 242, 0],
];

/** @param throttle 1: it may accelerate, 0: it would not, between: the colour is changing */
export function throttleGradient(throttle: number): Gradient {
  const part = Math.round(throttle * 100) / 100;
  const stops = [0, 0.5, 1].map((at, index) => {
    const [grey, green] = [GREY[index] ?? GREY[0], GREEN[index] ?? GREEN[0]];
    const mix = [0, 1, 2, 3].map((n) => (grey?.[n] ?? 0) + ((green?.[n] ?? 0) - (grey?.[n] ?? 0)) * part);
    return { at, css: css([mix[0] ?? 0, mix[1] ?? 0, mix[2] ?? 0, mix[3] ?? 0]) };
  });
  return { top: 1, stops };
}

/** 2022: yellower in curves, by where the car heads 2.5 seconds from now. */
export function curveGradient(model: ModelState): Gradient {
  const hue = Math.max(70, 112 - headingAhead(model) * 420);
  return {
    top: 0.75,
    stops: [
      { at: 0, css: hsl(148, 0.94, 0.51, 0.4) },
      { at: 0.5, css: hsl(hue, 1, 0.68, 0.35) },
      { at: 1, css: hsl(hue, 1, 0.68, 0) },
    ],
  };
}

/** Radians, never negative. */
function headingAhead({ path }: ModelState): number {
  const at = path.t.findIndex((t) => t >= 2.5);
  if (at < 1) return 0;
  const x = (path.x[at] ?? 0) - (path.x[at - 1] ?? 0);
  const y = (path.y[at] ?? 0) - (path.y[at - 1] ?? 0);
  return x > 0.05 ? Math.abs(Math.atan2(y, x)) : 0;
}

/**
 * Experimental mode: green where it accelerates, red where it slows down.
 * @param path left side of the path on the canvas, away from the car: x, y, …; and for each point which one of the model it is
 * @param top, height of the picture on the canvas
 */
export function experimentalGradient(
  model: ModelState,
  path: readonly number[],
  points: readonly number[],
  top: number,
  height: number,
): Gradient {
  const stops: Stop[] = [];
  const count = points.length;
  for (let index = 0; index < count; ) {
    const y = path[index * 2 + 1] ?? 0;
    if (y < top || y > top + height) {
      index++;
      continue;
    }
    const at = 1 - (y - top) / height;
    const acceleration = between(model.acceleration, points[index] ?? 0);
    const saturation = Math.min(Math.abs(acceleration * 1.5), 1);
    const alpha = clamp((0.75 - at) / 0.375, 0, 1) * 0.4;
    const hue = clamp(60 + acceleration * 35, 0, 120);
    stops.push({ at, css: hsl(hue, saturation, 0.95 - 0.33 * saturation, alpha) });
    index += 1 + (index + 2 < count ? 1 : 0);
  }
  const plain = { at: 0, css: 'rgba(255, 255, 255, 0.118)' };
  return { top: 1, stops: stops.length > 1 ? stops : [plain, { ...plain, at: 1 }] };
}

function between(values: Float32Array, point: number): number {
  const at = Math.floor(point);
  const from = values[at] ?? 0;
  return from + ((values[at + 1] ?? from) - from) * (point - at);
}

function css([r, g, b, a]: Colour): string {
  return `rgba(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)}, ${a.toFixed(3)})`;
}

/** @param hue degrees; the others 0 to 1 */
function hsl(hue: number, saturation: number, lightness: number, alpha: number): string {
  const part = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return 255 * (lightness - saturation * Math.min(lightness, 1 - lightness) * clamp(Math.min(k - 3, 9 - k), -1, 1));
  };
  return css([part(0), part(8), part(4), alpha]);
}
