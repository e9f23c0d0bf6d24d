/**
 * A map under mods, ready to be played or drawn: mirrored, stacked, sliders with their ways and checks.
 */
import { InputError } from '../../../base/errors.ts';
import { pointAt, type SliderPath, sliderPath } from '../path/slider-path.ts';
import type { Beatmap, MapObject, SliderObject } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { WorkBudget } from '../work-budget.ts';
import { between, difficultyWith, type PlayDifficulty } from './difficulty.ts';
import type { PlayObject } from './play-object.ts';
import { type SliderChecks, sliderChecks } from './slider-checks.ts';
import { sliderPace } from './slider-pace.ts';
import { STACKS_BACKWARDS, type Stackable, stackObjects } from './stack.ts';
import { Timing } from './timing.ts';

/** Of all sliders of a map together; the most that a ranked map has is some ten thousand. */
const MOST_CHECKS = 1_000_000;
const FIELD_HEIGHT = 384;

export interface PlayMap {
  readonly game: 'standard';
  readonly difficulty: PlayDifficulty;
  readonly objects: readonly PlayObject[];
  readonly mods: number;
}

interface SliderShape extends SliderChecks {
  readonly path: SliderPath;
  readonly length: number;
  readonly speed: number;
  readonly tickDistance: number;
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
    const { time, x } = object;
    if (object.kind !== 'slider') {
      shapes.push(undefined);
      const kind = object.kind === 'circle' ? 'circle' : 'spinner';
      const endTime = object.kind === 'circle' ? time : object.endTime;
      return { kind, time, endTime, x, y, endX: x, endY: y, stack: 0 };
    }
    const shape = sliderShape(map, object, mirrored, timing, budget, MOST_CHECKS - checks);
    if (!shape)
      throw new InputError(name, `more than ${MOST_CHECKS} ticks and repeats, with those of the slider at ${time} ms`);
    checks += shape.checkTimes.length;
    shapes.push(shape);
    // Old stacks lie on the end of the curve, wherever the ball ends.
    const returns = object.spans % 2 === 0 && map.version >= STACKS_BACKWARDS;
    const end = pointAt(shape.path, returns ? 0 : shape.length);
    return { kind: 'slider', time, endTime: shape.endTime, x, y, endX: end.x, endY: end.y, stack: 0 };
  });
  // Of single precision, as the game keeps it.
  const window = Math.fround(difficulty.preempt * Math.fround(map.stackLeniency));
  stackObjects(stackables, window, map.version, budget);
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
  const { time } = object;
  const seenX = Math.fround(x + shift);
  const seenY = Math.fround(y + shift);
  const newCombo = object.newCombo || after === undefined || after.kind === 'spinner';
  // Not spread from a common part: that takes half of the time of preparing a map.
  if (object.kind === 'circle') return { kind: 'circle', index, time, endTime, x: seenX, y: seenY, stack, newCombo };
  if (object.kind === 'slider' && shape) {
    const { path, length, speed, tickDistance, checkTimes, checkKinds } = shape;
    const { spans } = object;
    return {
      kind: 'slider',
      index,
      time,
      endTime,
      x: seenX,
      y: seenY,
      stack,
      newCombo,
      path,
      shift,
      spans,
      length,
      speed,
      checkTimes,
      checkKinds,
      tickDistance,
    };
  }
  const needed = Math.trunc(((endTime - time) / 1000) * between(od, 3, 5, 7.5));
  return { kind: 'spinner', index, time, endTime, x: seenX, y: seenY, stack, newCombo, needed };
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
  let control = slider.points;
  if (mirrored) {
    control = control.slice();
    for (let i = 1; i < control.length; i += 2) control[i] = FIELD_HEIGHT - (control[i] ?? 0);
  }
  const path = sliderPath(slider.pathType, control, slider.length, budget);
  const length = path.lengths.at(-1) ?? 0;
  const { perSecond, tickDistance } = sliderPace(map, slider, timing, length);
  const perWay = length > 0 ? Math.floor(length / tickDistance) + 1 : 1;
  if (!(perWay * slider.spans <= mostChecks)) return undefined;
  budget.spend(path.lengths.length * slider.spans);
  const { checkTimes, checkKinds, endTime } = sliderChecks(slider, path.lengths, perSecond, tickDistance);
  return { path, length, speed: perSecond / 1000, tickDistance, checkTimes, checkKinds, endTime };
}
