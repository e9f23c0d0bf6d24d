/**
 * Maps of osu!standard as osu!mania plays them. The rules are the game's own, told by ppy/osu (MIT), `ManiaBeatmapConverter`: how many columns, which chance, and
 * what each object becomes by what came before it.
 */
import { InputError } from '../../../../base/errors.ts';
import type { Beatmap, HoldObject, MapObject } from '../../read/beatmap.ts';
import { MOD } from '../../read/replay.ts';
import { WorkBudget } from '../../work-budget.ts';
import { LegacyRandom } from '../legacy-random.ts';
import { roundHalfEven } from '../score.ts';
import { Timing } from '../timing.ts';
import { patternOfCircle, type Stair } from './circle.ts';
import { type MadeNote, Pattern } from './pattern.ts';
import { patternOfSlider, sliderTimes } from './slider.ts';
import { patternOfSpinner } from './spinner.ts';
import { Stage } from './stage.ts';

const FIELD_WIDTH = 512;
/** Of a whole map; the most of a ranked one is some thousands. */
const MOST_NOTES = 250_000;
/** Notes over which the game looks how dense they are. */
const RECENT = 7;
/** Hundredths: how much slower than the map a slider can be. */
const SLOWEST = 10_000;
const MIDDLE = { x: 256, y: 192 } as const;

/** Bits of the key mods, by the number of keys. */
const KEY_MODS: readonly (readonly [number, number])[] = [
  [MOD.K1, 1],
  [MOD.K2, 2],
  [MOD.K3, 3],
  [MOD.K4, 4],
  [MOD.K5, 5],
  [MOD.K6, 6],
  [MOD.K7, 7],
  [MOD.K8, 8],
  [MOD.K9, 9],
];

/** How many columns a map of osu!standard has without mods. */
export function usualColumns({ difficulty: { cs, od }, objects }: Pick<Beatmap, 'difficulty' | 'objects'>): number {
  const roundOd = roundHalfEven(Math.fround(od));
  if (objects.length > 0) {
    const long = objects.reduce((sum, { kind }) => sum + (kind === 'circle' ? 0 : 1), 0) / objects.length;
    if (long < 0.2) return 7;
    if (long < 0.3 || roundHalfEven(Math.fround(cs)) >= 5) return roundOd > 5 ? 7 : 6;
    if (long > 0.6) return roundOd > 4 ? 5 : 4;
  }
  return Math.max(4, Math.min(roundOd + 1, 7));
}

/** With key mods, and twice as many where two play. */
export function columnsWith(map: Pick<Beatmap, 'difficulty' | 'objects'>, mods: number): number {
  const keys = KEY_MODS.find(([bit]) => (mods & bit) !== 0)?.[1] ?? usualColumns(map);
  return (mods & MOD.KC) !== 0 ? 2 * keys : keys;
}

/**
 * @param name of the map's file, for errors
 * @returns a map of osu!mania: notes are circles, long ones holds, each in the middle of its column; in the order of time
 * @throws UserError where the game cannot convert it; InputError where it asks for more than could be played
 */
export function maniaMap(map: Beatmap, mods: number, name: string): Beatmap {
  const columns = columnsWith(map, mods);
  const notes = new Conversion(map, columns, name).notes();
  return {
    ...map,
    mode: 3,
    difficulty: { ...map.difficulty, cs: columns },
    objects: notes.toSorted((a, b) => a.time - b.time).map((note) => objectOf(note, columns)),
  };
}

function objectOf({ time, endTime, column, sound, sample }: MadeNote, columns: number): MapObject {
  const x = ((column + 0.5) * FIELD_WIDTH) / columns;
  const common = { time, x, y: MIDDLE.y, newCombo: false, comboSkip: 0, sound, sample };
  return endTime > time ? { kind: 'hold', ...common, endTime } : { kind: 'circle', ...common };
}

class Conversion {
  readonly #map: Beatmap;
  readonly #name: string;
  readonly #stage: Stage;
  readonly #timing: Timing;
  readonly #made: MadeNote[] = [];
  #before = new Pattern();
  #stair: Stair = 1;
  #lastTime = 0;
  #lastPlace: { readonly x: number; readonly y: number } = { x: 0, y: 0 };
  readonly #recent: number[] = [];
  #density = 2 ** 31 - 1;

  constructor(map: Beatmap, columns: number, name: string) {
    this.#map = map;
    this.#name = name;
    this.#timing = new Timing(map.timing);
    this.#stage = new Stage(columns, hardnessOf(map), new LegacyRandom(seedOf(map)), new WorkBudget(name));
  }

  notes(): readonly MadeNote[] {
    for (const object of this.#map.objects) {
      this.#push(this.#patternOf(object));
      if (this.#made.length > MOST_NOTES)
        throw new InputError(
          this.#name,
          `more than ${MOST_NOTES} notes, with those of the object at ${object.time} ms`,
        );
    }
    return this.#made;
  }

  #push(pattern: Pattern): void {
    for (const note of pattern.notes) this.#made.push(note);
  }

  #patternOf(object: MapObject): Pattern {
    const { time } = object;
    const stage = this.#stage;
    const timing = this.#timing;
    if (object.kind === 'circle') {
      this.#count(time);
      const distance = Math.hypot(object.x - this.#lastPlace.x, object.y - this.#lastPlace.y);
      const made = patternOfCircle(
        object,
        {
          pattern: this.#before,
          stair: this.#stair,
          gap: time - this.#lastTime,
          distance,
          density: this.#density,
        },
        { beatLength: timing.tempo(time), kiai: timing.isKiai(time) },
        stage,
      );
      this.#note(time, object);
      this.#before = made.pattern;
      this.#stair = made.stair;
      return made.pattern;
    }
    if (object.kind === 'slider') {
      const beatLength = timing.tempo(time) * timing.share(time, SLOWEST);
      const times = sliderTimes(object, beatLength, this.#map.difficulty.sliderMultiplier);
      // Turns before these are forgotten by then.
      for (let turn = Math.max(0, object.spans - RECENT); turn <= object.spans; turn++) {
        this.#note(time + times.segment * turn, object);
        this.#count(time + times.segment * turn);
      }
      const { pattern, last } = patternOfSlider(object, times, this.#before, timing.isKiai(time), stage);
      this.#before = last;
      return pattern;
    }
    const pattern =
      object.kind === 'spinner' ? patternOfSpinner(object, this.#before, stage) : patternOfHold(object, stage);
    this.#note(object.endTime, object.kind === 'spinner' ? MIDDLE : object);
    this.#count(object.endTime);
    return pattern;
  }

  #note(time: number, { x, y }: { readonly x: number; readonly y: number }): void {
    this.#lastTime = time;
    this.#lastPlace = { x, y };
  }

  #count(time: number): void {
    this.#recent.push(time);
    if (this.#recent.length > RECENT) this.#recent.shift();
    const first = this.#recent[0] ?? time;
    if (this.#recent.length >= 2) this.#density = (time - first) / this.#recent.length;
  }
}

/** A long note of mania in a map that is none: it stays where it is. */
function patternOfHold({ time, endTime, x, sound, sample }: HoldObject, { columns }: Stage): Pattern {
  const pattern = new Pattern();
  const column = Math.max(0, Math.min(columns - 1, Math.floor((x * columns) / FIELD_WIDTH)));
  pattern.add({ time, endTime, column, sound, sample });
  return pattern;
}

/** The same map is the same notes for everybody. */
function seedOf({ difficulty: { hp, cs, od, ar } }: Beatmap): number {
  const round = (value: number): number => roundHalfEven(Math.fround(value));
  return round(Math.fround(hp) + Math.fround(cs)) * 20 + Math.trunc(Math.fround(od) * 41.2) + round(ar);
}

function hardnessOf({ difficulty: { hp, ar }, objects, breaks }: Beatmap): number {
  const paused = breaks.reduce((sum, { start, end }) => sum + (end - start), 0);
  const first = objects[0]?.time ?? 0;
  const last = objects.at(-1)?.time ?? 0;
  const seconds = Math.trunc((last - first - paused) / 1000) || 10_000;
  const approach = Math.max(4, Math.min(7, Math.fround(ar)));
  const hardness = (((Math.fround(Math.fround(hp) + approach) / 1.5 + (objects.length / seconds) * 9) / 38) * 5) / 1.15;
  return Math.min(hardness, 12);
}
