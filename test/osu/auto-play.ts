/** Plays a map without a mistake: what a replay of it looks like. */

import type { PlayObject, PlaySlider } from '../../src/sources/osu/judge/play-object.ts';
import type { PlayMap } from '../../src/sources/osu/judge/prepare.ts';
import { pointAt } from '../../src/sources/osu/path/slider-path.ts';
import type { MadeFrame } from './replay-writer.ts';

const FRAME = 16;
const LEFT = 5;
const RIGHT = 10;
/** Radians a millisecond: eight turns a second are too fast for any hand and just right for a spinner. */
const SPIN = 0.045;

/** Objects must not overlap in time. */
export function autoPlay({ objects }: PlayMap): MadeFrame[] {
  const frames: MadeFrame[] = [];
  objects.forEach((object, i) => {
    const key = i % 2 === 0 ? LEFT : RIGHT;
    frames.push({ time: object.time - 1, x: object.x, y: object.y, keys: 0 });
    for (const time of momentsOf(object)) frames.push({ time, ...placeAt(object, time), keys: key });
    frames.push({ time: object.endTime + 1, ...placeAt(object, object.endTime), keys: 0 });
  });
  return frames;
}

function momentsOf(object: PlayObject): number[] {
  const moments = new Set<number>([object.time, object.endTime]);
  for (let time = object.time; time < object.endTime; time += FRAME) moments.add(time);
  if (object.kind === 'slider') for (const time of object.checkTimes) moments.add(time);
  return [...moments].sort((a, b) => a - b);
}

function placeAt(object: PlayObject, time: number): { x: number; y: number } {
  if (object.kind === 'circle') return { x: object.x, y: object.y };
  if (object.kind === 'slider') return ballAt(object, time);
  const angle = (time - object.time) * SPIN;
  return { x: 256 + 80 * Math.cos(angle), y: 192 + 80 * Math.sin(angle) };
}

function ballAt(slider: PlaySlider, time: number): { x: number; y: number } {
  const travelled = Math.min((time - slider.time) * slider.speed, slider.length * slider.spans);
  const span = Math.min(slider.spans - 1, Math.floor(travelled / slider.length));
  const along = travelled - span * slider.length;
  const { x, y } = pointAt(slider.path, span % 2 === 0 ? along : slider.length - along);
  return { x: x + slider.shift, y: y + slider.shift };
}
