/** The judge of osu!taiko as the stable game plays it, frame by frame: what nobody pressed any more, then the keys that went down. */
import type { Beatmap } from '../read/beatmap.ts';
import { MOD, type ReplayFrames } from '../read/replay.ts';
import type { WorkBudget } from '../work-budget.ts';
import type { TaikoDenden, TaikoNote, TaikoPlay, TaikoRoll } from './taiko-play.ts';
import { TaikoTally } from './taiko-tally.ts';
import type { Timeline } from './timeline.ts';

/** Bits of `ReplayFrames.keys`. */
const DON_LEFT = 1;
const KAT_LEFT = 2;
const DON_RIGHT = 4;
const KAT_RIGHT = 8;
const DONS = DON_LEFT | DON_RIGHT;
const KATS = KAT_LEFT | KAT_RIGHT;
/** In the order in which the game looks at keys that go down together. */
const KEYS = [KAT_LEFT, KAT_RIGHT, DON_LEFT, DON_RIGHT] as const;
/** The second key of a large note must come in less than this, ms. */
const SECOND = 30;

/** A large note that was hit with one key so far. */
interface Half {
  readonly note: TaikoNote;
  readonly value: 100 | 300;
  readonly key: number;
  readonly time: number;
}

export function judgeTaiko(map: Beatmap, play: TaikoPlay, frames: ReplayFrames, budget: WorkBudget): Timeline {
  return new TaikoJudge(map, play, budget).judge(frames);
}

class TaikoJudge {
  readonly #play: TaikoPlay;
  readonly #tally: TaikoTally;
  readonly #budget: WorkBudget;
  /** Before it all are done. */
  #first = 0;
  readonly #done: Uint8Array;
  /** Of dendens: hits; of drumrolls: ticks that are over, from the first on. */
  readonly #hits: Uint32Array;
  /** Of dendens: whether the last hit was a kat. */
  #lastKat: boolean | undefined;
  #half: Half | undefined;

  constructor(map: Beatmap, play: TaikoPlay, budget: WorkBudget) {
    this.#play = play;
    this.#budget = budget;
    this.#tally = new TaikoTally(map, play);
    this.#done = new Uint8Array(play.objects.length);
    this.#hits = new Uint32Array(play.objects.length);
  }

  judge({ count, time, keys }: ReplayFrames): Timeline {
    let before = 0;
    for (let i = 0; i < count; i++) {
      const now = time[i] ?? 0;
      const down = (keys[i] ?? 0) & (DONS | KATS);
      this.#settle(now);
      const pressed = down & ~before;
      before = down;
      // Of keys that go down in one frame a note takes one, a large note two of its colour; dendens and drumrolls take all.
      for (const key of KEYS) if ((pressed & key) !== 0 && this.#press(now, key)) break;
    }
    return this.#tally.timeline();
  }

  /** What is over at a moment. Notes may end in another order than they begin: dendens and drumrolls lie under them. */
  #settle(now: number): void {
    const { objects, windows } = this.#play;
    const over: { readonly at: number; readonly object: TaikoNote | TaikoDenden }[] = [];
    for (let i = this.#first; i < objects.length; i++) {
      const object = objects[i];
      if (!object || object.time > now) break;
      this.#budget.spend(1);
      if (this.#done[i] === 1) continue;
      const at = object.kind === 'note' ? object.time + windows.good + 1 : this.#lastPress(object);
      if (object.kind === 'note' ? now < at : now <= at) continue;
      this.#finish(i);
      if (object.kind !== 'roll') over.push({ at, object });
    }
    for (const { at, object } of over.sort((a, b) => a.at - b.at))
      if (object.kind === 'note') this.#tally.note(at, object, 0);
      else this.#tally.lost(at, object);
  }

  #lastPress(object: TaikoRoll | TaikoDenden): number {
    return object.kind === 'denden' ? object.endTime : object.time + (object.ticks - 0.5) * object.tickEvery;
  }

  #finish(i: number): void {
    this.#done[i] = 1;
    while (this.#done[this.#first] === 1) this.#first++;
  }

  /** @returns whether the other keys of this frame have nothing to do any more */
  #press(now: number, key: number): boolean {
    if (this.#second(now, key)) return true;
    const { objects, windows } = this.#play;
    for (let i = this.#first; i < objects.length; i++) {
      const object = objects[i];
      if (!object || object.time - Math.max(windows.miss, 60) > now) return false;
      this.#budget.spend(1);
      if (this.#done[i] === 1) continue;
      if (object.kind === 'note') {
        if (Math.abs(now - object.time) > windows.miss) continue;
        return this.#hit(now, i, object, key);
      }
      if (object.kind === 'roll' ? this.#roll(now, object) : this.#denden(now, i, object, key)) return false;
    }
    return false;
  }

  #hit(now: number, i: number, note: TaikoNote, key: number): boolean {
    const { windows, mods } = this.#play;
    const isKat = (KATS & key) !== 0;
    const isRight = isKat === note.rim || (mods & MOD.RX) !== 0;
    const error = now - note.time;
    const off = Math.abs(error);
    const value = !isRight ? 0 : off < windows.great ? 300 : off < windows.good ? 100 : 0;
    this.#finish(i);
    this.#tally.note(now, note, value, value === 0 ? undefined : error);
    if (value === 0 || !note.large) return true;
    this.#half = { note, value, key, time: now };
    return false;
  }

  /** @returns whether the key was the second of a large note */
  #second(now: number, key: number): boolean {
    const half = this.#half;
    if (!half || now - half.time >= SECOND) {
      this.#half = undefined;
      return false;
    }
    const colour = (half.key & KATS) !== 0 ? KATS : DONS;
    // Another colour in the same moment is nobody's.
    if (key === half.key || (key & colour) === 0) return now === half.time;
    this.#half = undefined;
    this.#tally.second(now, half.note, half.value);
    return true;
  }

  /** @returns whether it takes the key: each tick takes the first near it, and nothing else is hit meanwhile */
  #roll(now: number, roll: TaikoRoll): boolean {
    const tick = Math.round((now - roll.time) / roll.tickEvery);
    if (tick < 0 || tick >= roll.ticks) return false;
    if (tick < (this.#hits[roll.index] ?? 0)) return true;
    this.#hits[roll.index] = tick + 1;
    this.#tally.tick(now, roll);
    return true;
  }

  /** @returns whether it takes the key: don and kat in turns count */
  #denden(now: number, i: number, denden: TaikoDenden, key: number): boolean {
    if (now < denden.time || now > denden.endTime) return false;
    const isKat = (key & KATS) !== 0;
    const hits = this.#hits[i] ?? 0;
    if (hits > 0 && isKat === this.#lastKat && (this.#play.mods & MOD.RX) === 0) return true;
    this.#lastKat = isKat;
    this.#hits[i] = hits + 1;
    const isDone = hits + 1 >= denden.needed;
    this.#tally.denden(now, denden, isDone);
    if (isDone) this.#finish(i);
    return true;
  }
}
