/** Which small pictures stand along a timeline: at fixed times, so that they stay when the view moves. Pure. */
import { spanOf, type View } from './scale.ts';

/** No picture is narrower; twice as wide, and there are twice as many. */
const LEAST_WIDTH = 72;

/** Milliseconds from one picture to the next: a second, doubled until a picture has room. */
export function stripStep(view: View, width: number): number {
  const px = spanOf(view) / Math.max(1, width);
  let step = 1000;
  while (step / px < LEAST_WIDTH) step *= 2;
  return step;
}

/** Beginnings of the stretches that the pictures stand for, those that are partly in view included. UTC milliseconds. */
export function stripTimes(view: View, step: number): number[] {
  const first = Math.floor(view.start / step) * step;
  const times: number[] = [];
  for (let time = first; time < view.end && times.length < 100; time += step) times.push(time);
  return times;
}
