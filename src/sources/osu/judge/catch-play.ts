/**
 * A map as osu!catch plays it: what falls, when and where, of a map made for it or of one of osu!standard. Rules from ppy/osu, `JuiceStream`, `BananaShower` and
 * `CatchBeatmapProcessor` (MIT).
 */
import { InputError } from '../../../base/errors.ts';
import { pointAt, sliderPath } from '../path/slider-path.ts';
import type { Beatmap, MapObject, SliderObject, SpinnerObject } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { WorkBudget } from '../work-budget.ts';
import { CATCHER_WIDTH, catcherScale, markHyperDashes } from './catch-dash.ts';
import { HardRockOffsets } from './catch-hard-rock.ts';
import { difficultyWith, type PlayDifficulty } from './difficulty.ts';
import { LegacyRandom } from './legacy-random.ts';
import { sliderPace } from './slider-pace.ts';
import { Timing } from './timing.ts';

export const FIELD_WIDTH = 512;
/** The same for every map and everybody. */
const SEED = 1337;
const MOST_OBJECTS = 200_000;
/** Tiny droplets lie in gaps longer than this, in so small steps; ms. */
const TINY_GAP = 80;
const TINY_STEP = 100;
/** Bananas come in steps of at most so many ms. */
const BANANA_STEP = 100;
/** How far tiny droplets are thrown about. */
const SCATTER = 20;
/** The last tiny droplets reckon with a tick that is so much before the end, ms. */
const LAST_TICK_EARLY = 36;
/** A tick that would come this close to the end of a way is left out, ms. */
const TICK_TO_END = 10;
/** Of the plate: so much of the catcher's width catches. */
const CATCHES = 0.8;

export type CatchKind = 'fruit' | 'droplet' | 'tiny' | 'banana';

export interface CatchObject {
  /** Place among the objects here. */
  readonly index: number;
  /** Place of the object of the map that it belongs to. */
  readonly source: number;
  readonly kind: CatchKind;
  readonly time: number;
  /** Osu! pixels, 0 to 512. */
  readonly x: number;
  /** First of what begins a combo. */
  readonly startsCombo: boolean;
  /** Of a juice stream's fruits: which end of a way, from 0. */
  readonly node: number;
  /** Where the catcher is thrown once this is caught; undefined: it can be reached by dashing. */
  readonly hyperTo: { readonly time: number; readonly x: number } | undefined;
}

export interface CatchPlay {
  readonly game: 'catch';
  readonly mods: number;
  readonly difficulty: PlayDifficulty;
  /** Of what catches, either way of the catcher's middle; osu! pixels. */
  readonly halfPlate: number;
  /** Of the catcher's drawing beside its usual size, and of all that falls. */
  readonly scale: number;
  /** In the order of time. */
  readonly objects: readonly CatchObject[];
}

/** One that is being laid out. */
export interface MadeCatch {
  source: number;
  kind: CatchKind;
  time: number;
  x: number;
  startsCombo: boolean;
  node: number;
  hyperTo: MadeCatch | undefined;
}

/** @throws InputError where a map asks for more than any game could show */
export function prepareCatch(map: Beatmap, mods: number, name: string): CatchPlay {
  const difficulty = difficultyWith(map.difficulty, mods);
  const scale = catcherScale(difficulty.cs);
  const made = new CatchMaker(map, mods, name).make();
  markHyperDashes(made, scale);
  const objects = made
    .map((object, place) => ({ object, place }))
    .sort((a, b) => a.object.time - b.object.time || a.place - b.place)
    .map(({ object: { hyperTo, ...object } }, index) => ({
      ...object,
      index,
      hyperTo: hyperTo && { time: hyperTo.time, x: hyperTo.x },
    }));
  return { game: 'catch', mods, difficulty, scale, halfPlate: (CATCHER_WIDTH * scale * CATCHES) / 2, objects };
}

class CatchMaker {
  readonly #map: Beatmap;
  readonly #name: string;
  readonly #budget: WorkBudget;
  readonly #timing: Timing;
  readonly #random = new LegacyRandom(SEED);
  readonly #hard: HardRockOffsets | undefined;
  readonly #made: MadeCatch[] = [];

  constructor(map: Beatmap, mods: number, name: string) {
    this.#map = map;
    this.#name = name;
    this.#budget = new WorkBudget(name);
    this.#timing = new Timing(map.timing);
    this.#hard = (mods & MOD.HR) !== 0 ? new HardRockOffsets(this.#random) : undefined;
  }

  make(): MadeCatch[] {
    let fresh = true;
    for (const [source, object] of this.#map.objects.entries()) {
      const startsCombo = object.newCombo || fresh;
      fresh = object.kind === 'spinner';
      if (object.kind === 'slider') this.#stream(source, object, startsCombo);
      else if (object.kind === 'spinner') this.#shower(source, object, object.newCombo);
      else this.#fruit(source, object, startsCombo);
    }
    return this.#made;
  }

  #fruit(source: number, { time, x }: MapObject, startsCombo: boolean): void {
    const moved = this.#hard ? this.#hard.fruit(x, time) : x;
    this.#push(source, 'fruit', time, moved, startsCombo);
  }

  #push(source: number, kind: CatchKind, time: number, x: number, startsCombo = false, node = 0): void {
    if (this.#made.length >= MOST_OBJECTS)
      throw new InputError(
        this.#name,
        `more than ${MOST_OBJECTS} fruits and droplets, with those of the ${this.#map.objects[source]?.kind} at ${time} ms`,
      );
    this.#made.push({ source, kind, time, x: onField(x), startsCombo, node, hyperTo: undefined });
  }

  #shower(source: number, { time, endTime }: SpinnerObject, startsCombo: boolean): void {
    let step = Math.fround(endTime - time);
    while (step > BANANA_STEP) step = Math.fround(step / 2);
    if (step <= 0) return;
    // In single precision, as the game counts them.
    for (let at = Math.fround(time), next = at; at <= endTime; at = next) {
      this.#push(source, 'banana', at, Math.fround(this.#random.real() * FIELD_WIDTH), startsCombo && at === time);
      // Its kind, its angle and its colour are drawn by lot too.
      for (let lot = 0; lot < 3; lot++) this.#random.next();
      next = Math.fround(at + step);
      if (next <= at) return;
    }
  }

  #stream(source: number, slider: SliderObject, startsCombo: boolean): void {
    this.#hard?.stream(slider);
    const path = sliderPath(slider.pathType, slider.points, slider.length, this.#budget);
    const length = path.lengths.at(-1) ?? 0;
    const xAt = (distance: number): number => onField(pointAt(path, distance).x);
    let last: StreamEvent | undefined;
    let node = 0;
    for (const event of this.#events(slider, length)) {
      if (last) this.#tinies(source, last, event, xAt);
      last = event;
      if (event.kind === 'droplet') {
        this.#random.next();
        this.#push(source, 'droplet', event.time, xAt(event.distance));
      } else if (event.kind === 'fruit') {
        this.#push(source, 'fruit', event.time, xAt(event.distance), startsCombo && node === 0, node);
        node++;
      }
    }
  }

  #tinies(source: number, from: StreamEvent, to: StreamEvent, xAt: (distance: number) => number): void {
    const gap = Math.trunc(to.time) - Math.trunc(from.time);
    if (gap <= TINY_GAP) return;
    let step = gap;
    while (step > TINY_STEP) step /= 2;
    for (let at = step; at < gap; at += step) {
      const x = xAt(from.distance + (at / gap) * (to.distance - from.distance));
      const thrown = this.#random.between(-SCATTER, SCATTER);
      this.#push(source, 'tiny', from.time + at, Math.fround(x + thrown));
    }
  }

  /** Head, ticks, turns, the old last tick and the end, in the order of time. */
  #events(slider: SliderObject, length: number): StreamEvent[] {
    const { time, spans } = slider;
    const { perSecond, tickDistance } = sliderPace(this.#map, slider, this.#timing, length);
    const way = (length / perSecond) * 1000;
    const nearEnd = (perSecond * TICK_TO_END) / 1000;
    if (!((tickDistance > 0 ? length / tickDistance + 1 : 1) * spans <= MOST_OBJECTS))
      throw new InputError(this.#name, `more than ${MOST_OBJECTS} droplets, with those of the slider at ${time} ms`);
    const events: StreamEvent[] = [{ kind: 'fruit', time, distance: 0 }];
    for (let span = 0; span < spans; span++) {
      const start = time + span * way;
      const back = span % 2 === 1;
      const ticks: StreamEvent[] = [];
      for (let at = tickDistance; at < length - nearEnd && tickDistance > 0; at += tickDistance) {
        const part = at / length;
        ticks.push({ kind: 'droplet', time: start + (back ? 1 - part : part) * way, distance: at });
      }
      if (back) ticks.reverse();
      for (const tick of ticks) events.push(tick);
      if (span < spans - 1) events.push({ kind: 'fruit', time: start + way, distance: back ? 0 : length });
    }
    const lastStart = time + (spans - 1) * way;
    const lastTick = Math.max(time + (spans * way) / 2, lastStart + way - LAST_TICK_EARLY);
    const along = way > 0 ? (lastTick - lastStart) / way : 1;
    events.push({ kind: 'last tick', time: lastTick, distance: length * (spans % 2 === 0 ? 1 - along : along) });
    events.push({ kind: 'fruit', time: time + spans * way, distance: spans % 2 === 0 ? 0 : length });
    return events;
  }
}

interface StreamEvent {
  readonly kind: 'fruit' | 'droplet' | 'last tick';
  readonly time: number;
  /** From the start of the way. */
  readonly distance: number;
}

const onField = (x: number): number => Math.max(0, Math.min(FIELD_WIDTH, x));
