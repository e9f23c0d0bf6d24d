/**
 * A map under mods, ready to be played or drawn: mirrored, stacked, sliders with their ways and checks.
 */
import { InputError } from '../../../base/errors.ts';
import { pointAt, type SliderPath, sliderPath } from '../path/slider-path.ts';
import type { Beatmap, MapObject, SliderObject } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { WorkBudget } from '../work-budget.ts';
import { between, difficultyWith, type PlayDifficulty } from './difficulty.ts';
import { END, type PlayObject, REPEAT, TICK } from './play-object.ts';
import { sliderPace } from './slider-pace.ts';
import { type Stackable, stackObjects } from './stack.ts';
import { Timing } from './timing.ts';

/** The end of a slider is checked this much early, but never in its first half. */
const END_EARLY = 36;
/** A tick that would come this close to the end of a way is left out, ms. */
const TICK_TO_END = 10;
/** Of all sliders of a map together; the most that a ranked map has is some ten thousand. */
const MOST_CHECKS = 1_000_000;
const FIELD_HEIGHT = 384;

export interface PlayMap {
  readonly game: 'standard';
  readonly difficulty: PlayDifficulty;
  readonly objects: readonly PlayObject[];
  readonly mods: number;
}

interface SliderShape {
  readonly path: SliderPath;
  readonly length: number;
  readonly speed: number;
  readonly checkTimes: Float64Array;
  readonly checkKinds: Uint8Array;
  readonly tickDistance: number;
  readonly endTime: number;
}

/**
 * @param name of the map's file, for errors
 * @throws InputError where a map asks for more than any game could show
 */
export function preparePlay(map: Beatmap, mods: number, name: string): PlayMap {
  const difficulty = difficultyWith(map.difficulty, mods);
  const mirrored = (mods & MOD.HR) !== 0;
  const timing = new Timing(map.timing);
  const budget = new WorkBudget(name);
  let checks = 0;
  const shapes: (SliderShape | undefined)[] = [];
  const stackables: Stackable[] = map.objects.map((object) => {
    const y = mirrored ? FIELD_HEIGHT - object.y : object.y;
    const place = { time: object.time, x: object.x, y, endX: object.x, endY: y, stack: 0 };
    if (object.kind !== 'slider') {
      shapes.push(undefined);
      const kind = object.kind === 'circle' ? 'circle' : 'spinner';
      return { ...place, kind, endTime: object.kind === 'circle' ? object.time : object.endTime };
    }
    const shape = sliderShape(map, object, mirrored, timing, budget, MOST_CHECKS - checks);
    if (!shape)
      throw new InputError(
        name,
        `more than ${MOST_CHECKS} ticks and repeats, with those of the slider at ${object.time} ms`,
      );
    checks += shape.checkTimes.length;
    shapes.push(shape);
    const end = pointAt(shape.path, object.spans % 2 === 0 ? 0 : shape.length);
    return { ...place, kind: 'slider', endTime: shape.endTime, endX: end.x, endY: end.y };
  });
  stackObjects(stackables, Math.floor(difficulty.preempt * map.stackLeniency), map.version, budget);
  const objects = map.objects.map((object, index) =>
    playObject(object, index, stackables[index], shapes[index], difficulty, map.objects[index - 1]),
  );
  return { game: 'standard', difficulty, objects, mods };
}

/** @param after the object before; behind a spinner a new colour begins whether the map says so or not */
function playObject(
  object: MapObject,
  index: number,
  { stack, x, y, endTime }: Stackable = nowhere,
  shape: SliderShape | undefined,
  { radius, od }: PlayDifficulty,
  after: MapObject | undefined,
): PlayObject {
  const shift = (-stack * radius) / 10;
  const common = {
    index,
    time: object.time,
    endTime,
    x: Math.fround(x + shift),
    y: Math.fround(y + shift),
    stack,
    newCombo: object.newCombo || after === undefined || after.kind === 'spinner',
  };
  if (object.kind === 'circle') return { kind: 'circle', ...common };
  if (object.kind === 'slider' && shape) return { kind: 'slider', ...common, ...shape, shift, spans: object.spans };
  const needed = Math.trunc(((endTime - object.time) / 1000) * between(od, 3, 5, 7.5));
  return { kind: 'spinner', ...common, needed };
}

const nowhere: Stackable = { kind: 'circle', time: 0, endTime: 0, x: 0, y: 0, endX: 0, endY: 0, stack: 0 };

/** @returns undefined where it is too much */
function sliderShape(
  map: Beatmap,
  slider: SliderObject,
  mirrored: boolean,
  timing: Timing,
  budget: WorkBudget,
  mostChecks: number,
): SliderShape | undefined {
  const control = slider.points.slice();
  if (mirrored) for (let i = 1; i < control.length; i += 2) control[i] = FIELD_HEIGHT - (control[i] ?? 0);
  const path = sliderPath(slider.pathType, control, slider.length, budget);
  const length = path.lengths.at(-1) ?? 0;
  const { perSecond, tickDistance } = sliderPace(map, slider, timing, length);
  const times: number[] = [];
  const kinds: number[] = [];
  const perWay = length > 0 ? Math.floor(length / tickDistance) + 1 : 1;
  if (!(perWay * slider.spans <= mostChecks)) return undefined;
  const endTime = addChecks(slider, length, perSecond, tickDistance, times, kinds);
  return {
    path,
    length,
    speed: perSecond / 1000,
    checkTimes: new Float64Array(times),
    checkKinds: new Uint8Array(kinds),
    tickDistance,
    endTime,
  };
}

/** @returns the time of the end */
function addChecks(
  slider: SliderObject,
  length: number,
  perSecond: number,
  tickDistance: number,
  times: number[],
  kinds: number[],
): number {
  const timeAt = (distance: number): number => Math.trunc(slider.time + (distance / perSecond) * 1000);
  const nearEnd = (perSecond * TICK_TO_END) / 1000;
  for (let span = 0; span < slider.spans; span++) {
    const start = span * length;
    const inSpan: number[] = [];
    for (let at = tickDistance; at < length - nearEnd && tickDistance > 0; at += tickDistance) inSpan.push(at);
    // On the way back the ticks lie where they lay on the way there.
    if (span % 2 === 1) for (const at of inSpan.reverse()) times.push(timeAt(start + length - at));
    else for (const at of inSpan) times.push(timeAt(start + at));
    for (const _ of inSpan) kinds.push(TICK);
    times.push(timeAt(start + length));
    kinds.push(span === slider.spans - 1 ? END : REPEAT);
  }
  const endTime = timeAt(length * slider.spans);
  const last = times.length - 1;
  times[last] = Math.max(Math.trunc(slider.time + (endTime - slider.time) / 2), endTime - END_EARLY);
  return endTime;
}
