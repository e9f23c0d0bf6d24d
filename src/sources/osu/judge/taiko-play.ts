/**
 * A map as osu!taiko plays it: notes, drumrolls and dendens, of a map made for it or of one of osu!standard. Rules from ppy/osu, `TaikoBeatmapConverter`,
 * `TaikoLegacyScoreSimulator` and `TaikoHitWindows` (MIT), and osu!'s wiki (“Judgement/osu!taiko”).
 */
import { InputError } from '../../../base/errors.ts';
import type { Beatmap, SliderObject } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { between, difficultyWith } from './difficulty.ts';
import { Timing } from './timing.ts';

const WHISTLE = 2;
const FINISH = 4;
const CLAP = 8;
/** Everything of taiko goes so much faster than in osu!standard. */
const FASTER = Math.fround(1.4);
/** A denden asks for so many times the half turns of a spinner. */
const DENDEN = 1.65;
/** Ms between two ticks of a drumroll, whatever the tempo. */
const TICK_LEAST = 60;
const TICK_MOST = 120;
/** Of all drumrolls and split sliders together. */
const MOST_PARTS = 200_000;
/** Slider speeds of taiko go down to a hundredth. */
const SLOWEST = 10_000;

interface AnyTaiko {
  /** Place among the objects here: a slider of osu!standard may be several. */
  readonly index: number;
  readonly time: number;
  readonly endTime: number;
  /** Osu! pixels a millisecond. */
  readonly speed: number;
  readonly large: boolean;
  /** Score is worth a fifth more. */
  readonly kiai: boolean;
}

export interface TaikoNote extends AnyTaiko {
  readonly kind: 'note';
  /** Kat; otherwise don. */
  readonly rim: boolean;
}

export interface TaikoRoll extends AnyTaiko {
  readonly kind: 'roll';
  /** Ms between two ticks, and how many there are; the first is at its time. */
  readonly tickEvery: number;
  readonly ticks: number;
}

export interface TaikoDenden extends AnyTaiko {
  readonly kind: 'denden';
  /** Hits, don and kat in turns. */
  readonly needed: number;
}

export type TaikoObject = TaikoNote | TaikoRoll | TaikoDenden;

/** Whole ms either way: closer is a 300, a 100, is a press of this note at all. */
export interface TaikoWindows {
  readonly great: number;
  readonly good: number;
  readonly miss: number;
}

export interface TaikoPlay {
  readonly game: 'taiko';
  readonly mods: number;
  readonly windows: TaikoWindows;
  /** Of the life bar, with mods. */
  readonly hp: number;
  readonly notes: number;
  /** In the order of time. */
  readonly objects: readonly TaikoObject[];
}

/** @throws InputError where a map asks for more than any game could show */
export function prepareTaiko(map: Beatmap, mods: number, name: string): TaikoPlay {
  const { od, hp } = difficultyWith(map.difficulty, mods);
  const found = new TaikoMaker(map, mods, od, name).make();
  const sorted = found.sort((a, b) => a.time - b.time);
  const objects = sorted.map((object, index): TaikoObject => {
    if (object.kind !== 'roll') return { ...object, index };
    return { ...object, index, ticks: ticksOf(object, sorted[index + 1]) };
  });
  return {
    game: 'taiko',
    mods,
    hp,
    windows: {
      great: Math.trunc(between(od, 50, 35, 20)),
      good: Math.trunc(between(od, 120, 80, 50)),
      miss: Math.trunc(between(od, 135, 95, 70)),
    },
    notes: objects.filter(({ kind }) => kind === 'note').length,
    objects,
  };
}

/** The tick at the end counts only where the next object leaves room. */
function ticksOf({ time, endTime, tickEvery }: TaikoRoll, next: TaikoObject | undefined): number {
  const whole = Math.trunc(tickEvery);
  const nextStart = next?.kind === 'roll' ? next.time - next.tickEvery : (next?.time ?? Number.POSITIVE_INFINITY);
  const until = nextStart - (endTime + whole) > whole ? endTime + whole : endTime;
  return Math.max(0, Math.ceil((until - time) / tickEvery));
}

/** Of what is to be hit at a moment: osu! pixels a ms. EZ scrolls slower, HR faster. */
export function taikoSpeed({ difficulty }: Beatmap, mods: number, timing: Timing, time: number): number {
  const faster = (mods & MOD.EZ) !== 0 ? 0.8 : (mods & MOD.HR) !== 0 ? 1.4 : 1;
  const beat = timing.tempo(time) * timing.share(time, SLOWEST);
  return (100 * difficulty.sliderMultiplier * FASTER * faster) / Math.max(1, beat);
}

class TaikoMaker {
  readonly #map: Beatmap;
  readonly #mods: number;
  readonly #od: number;
  readonly #name: string;
  readonly #timing: Timing;
  readonly #objects: TaikoObject[] = [];

  constructor(map: Beatmap, mods: number, od: number, name: string) {
    this.#map = map;
    this.#mods = mods;
    this.#od = od;
    this.#name = name;
    this.#timing = new Timing(map.timing);
  }

  make(): TaikoObject[] {
    for (const object of this.#map.objects) {
      if (object.kind === 'slider') this.#slider(object);
      else if (object.kind === 'circle') this.#note(object.time, object.sound);
      else this.#denden(object.time, object.endTime);
    }
    return this.#objects;
  }

  #common(time: number, endTime: number, sound: number): AnyTaiko {
    const speed = taikoSpeed(this.#map, this.#mods, this.#timing, time);
    const kiai = this.#timing.at(time)?.kiai ?? false;
    return { index: 0, time, endTime, speed, large: (sound & FINISH) !== 0, kiai };
  }

  #note(time: number, sound: number): void {
    const rim = (sound & (WHISTLE | CLAP)) !== 0;
    this.#push({ kind: 'note', ...this.#common(time, time, sound), rim });
  }

  #denden(time: number, endTime: number): void {
    const turns = Math.trunc(((endTime - time) / 1000) * between(this.#od, 3, 5, 7.5));
    const hits = Math.trunc(Math.max(1, turns * Math.fround(DENDEN)));
    const rate = (this.#mods & MOD.DT) !== 0 ? 0.75 : (this.#mods & MOD.HT) !== 0 ? 1.5 : 1;
    // The hit after the last one that is asked for completes it.
    const needed = Math.max(1, Math.trunc(hits * rate)) + 1;
    const common = this.#common(time, endTime, 0);
    const kiai = this.#timing.at(endTime)?.kiai ?? false;
    this.#push({ kind: 'denden', ...common, kiai, needed });
  }

  /** A drumroll; of osu!standard, where it is shorter than two beats, a note at each of its ticks. */
  #slider(slider: SliderObject): void {
    const { sliderMultiplier, tickRate } = this.#map.difficulty;
    const { time, spans, sound, edges } = slider;
    const tempo = this.#timing.tempo(time);
    const beat = tempo * this.#timing.share(time, SLOWEST);
    // As the game rounds it: step by step.
    const distance = slider.length * FASTER * spans;
    const perBeat = ((100 * (sliderMultiplier * FASTER)) / tickRate) * tickRate;
    const duration = Math.trunc((distance / perBeat) * beat);
    const counted = this.#map.version < 8 ? beat : tempo;
    const spacing = Math.min(counted / tickRate, duration / spans);
    const isShort = (distance / (perBeat * (1000 / beat))) * 1000 < 2 * counted;
    if (this.#map.mode === 0 && spacing > 0 && isShort) {
      const sounds = Array.from({ length: spans + 1 }, (_, node) => edges[node]?.sound ?? sound);
      let node = 0;
      for (let at = time; at <= time + duration + spacing / 8; at += spacing) {
        this.#note(Math.trunc(at), sounds[node] ?? sound);
        node = (node + 1) % sounds.length;
      }
      return;
    }
    const tickEvery = tickDistance(tempo, this.#map.version < 8 ? 1 : tickRate);
    if (duration / tickEvery > MOST_PARTS) this.#tooMuch(time);
    this.#push({ kind: 'roll', ...this.#common(time, time + duration, sound), tickEvery, ticks: 0 });
  }

  #push(object: TaikoObject): void {
    if (this.#objects.length >= MOST_PARTS) this.#tooMuch(object.time);
    this.#objects.push(object);
  }

  #tooMuch(time: number): never {
    throw new InputError(this.#name, `more than ${MOST_PARTS} notes, with those of the slider at ${time} ms`);
  }
}

/** An eighth of a beat, or a sixth, brought between 60 and 120 ms. */
function tickDistance(tempo: number, tickRate: number): number {
  let distance = tempo / (tickRate === 3 || tickRate === 6 || tickRate === 1.5 ? 6 : 8);
  if (!(distance > 0 && distance < 1e9)) return TICK_MOST;
  while (distance < TICK_LEAST) distance *= 2;
  while (distance > TICK_MOST) distance /= 2;
  return distance;
}
