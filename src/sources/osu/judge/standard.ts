/**
 * The judge of osu!standard as the stable game plays it: frame by frame, clicks first, then what is held and spun, then what is over.
 */
import type { Beatmap } from '../read/beatmap.ts';
import { LEFT, MOD, type Replay, RIGHT } from '../read/replay.ts';
import { Spin } from './spin.ts';
import { END, type PlayCircle, type PlayObject, type PlaySlider, type PlaySpinner, TICK } from './play-object.ts';
import { type PlayMap } from './prepare.ts';
import { difficultyMultiplier, modMultiplier } from './score.ts';
import { BallPlace } from './slider-ball.ts';
import { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';

/** Clicks farther from an object are none of its own. */
const CLICKABLE = 400;
const CLICKABLE_AUTOPILOT = 200;
/** Objects that end this much after the next one starts still hold it locked. */
const LOCK_SLACK = 3;
/** How much farther the cursor may be from the ball once it follows. */
const FOLLOW = 2.4;
/** Since this version what is over is settled at frames only. */
const FRAMES_ONLY_SINCE = 20_190_506;
/** Relax clicks this much early. */
const RELAX_EARLY = 12;

const BUTTONS = LEFT | RIGHT;

export interface JudgeRules { readonly version: number; readonly mods: number }

export function judgeStandard(map: Beatmap, play: PlayMap, replay: Replay): Timeline {
  return new StandardJudge(map, play, replay.header.version).judge(replay.frames);
}

class StandardJudge {
  readonly #objects: readonly PlayObject[];
  readonly #play: PlayMap;
  readonly #version: number;
  readonly #tally: Tally;
  readonly #done: Uint8Array;
  /** Of sliders: 0 open, 1 hit, 2 missed. */
  readonly #head: Uint8Array;
  /** Of sliders: the next check. */
  readonly #check: Uint32Array;
  readonly #parts: Uint32Array;
  /** Before it all are done. */
  #first = 0;
  /** From it on none can be seen yet. */
  #seen = 0;
  #sliding = false;
  /** The slider whose head was hit last, and the only button that may hold it; 0 any. */
  #guarded = -1;
  #holder = 0;
  #slider = -1;
  readonly #ball = new BallPlace();
  #spin: Spin | undefined;
  readonly #clickable: number;
  readonly #relax: boolean;

  constructor(map: Beatmap, play: PlayMap, version: number) {
    this.#play = play;
    this.#objects = play.objects;
    this.#version = version;
    this.#tally = new Tally(difficultyMultiplier(map) * modMultiplier(play.mods));
    this.#done = new Uint8Array(play.objects.length);
    this.#head = new Uint8Array(play.objects.length);
    this.#check = new Uint32Array(play.objects.length);
    this.#parts = new Uint32Array(play.objects.length);
    this.#clickable = (play.mods & MOD.AP) !== 0 ? CLICKABLE_AUTOPILOT : CLICKABLE;
    this.#relax = (play.mods & MOD.RX) !== 0;
  }

  judge(frames: Replay['frames']): Timeline {
    const { count, time, x, y, keys } = frames;
    let before = 0;
    let last = count > 0 ? (time[0] ?? 0) : 0;
    for (let i = 0; i < count && this.#first < this.#objects.length; i++) {
      const now = time[i] ?? 0;
      const [cx, cy, buttons] = [x[i] ?? 0, y[i] ?? 0, (keys[i] ?? 0) & BUTTONS];
      if (this.#version < FRAMES_ONLY_SINCE) this.#settle(last, now - 1);
      this.#see(now);
      const pressed = buttons & ~before;
      if (this.#relax) this.#relaxed(now, cx, cy);
      else {
        if ((pressed & LEFT) !== 0) this.#click(now, cx, cy, LEFT);
        if ((pressed & RIGHT) !== 0) this.#click(now, cx, cy, RIGHT);
      }
      // Once the other button has been let go, any will do.
      if (this.#holder !== 0 && (before & (BUTTONS ^ this.#holder)) === 0) this.#holder = 0;
      this.#hold(now, cx, cy, buttons, now - last);
      this.#settle(now, now);
      before = buttons;
      last = now;
    }
    const t = this.#tally;
    return {
      events: t.events, n300: t.n300, n100: t.n100, n50: t.n50, miss: t.miss, geki: 0, katu: 0,
      maxCombo: t.maxCombo, score: t.score, accuracy: t.accuracy,
      unjudged: this.#objects.length - (t.n300 + t.n100 + t.n50 + t.miss),
    };
  }

  #see(now: number): void {
    const { preempt } = this.#play.difficulty;
    for (let next = this.#objects[this.#seen]; next && next.time - preempt <= now; next = this.#objects[this.#seen]) this.#seen++;
  }

  #click(now: number, x: number, y: number, button: number): void {
    const { radius } = this.#play.difficulty;
    const reach = radius * radius;
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#objects[i];
      if (!object || this.#done[i] === 1 || object.kind === 'spinner') continue;
      if (object.kind === 'slider' && this.#head[i] !== 0) continue;
      const [dx, dy] = [x - object.x, y - object.y];
      if (dx * dx + dy * dy > reach) continue;
      const previous = this.#objects[i - 1];
      if (previous && previous.stack > 0 && this.#done[i - 1] === 0) continue;
      if (this.#isLocked(i, object) || Math.abs(now - object.time) >= this.#clickable) return;
      this.#hit(now, i, object, button);
      return;
    }
  }

  #isLocked(i: number, object: PlayObject): boolean {
    for (let k = this.#first; k < i; k++) {
      const earlier = this.#objects[k];
      if (earlier && this.#done[k] === 0 && earlier.endTime + LOCK_SLACK < object.time) return true;
    }
    return false;
  }

  #relaxed(now: number, x: number, y: number): void {
    const reach = this.#play.difficulty.radius ** 2;
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#objects[i];
      if (!object || object.time - RELAX_EARLY > now) return;
      if (this.#done[i] === 1 || object.kind === 'spinner' || this.#head[i] !== 0) continue;
      if ((x - object.x) ** 2 + (y - object.y) ** 2 <= reach) this.#hit(now, i, object, 0);
    }
  }

  #hit(now: number, i: number, object: PlayCircle | PlaySlider, button: number): void {
    const { window300, window100, window50 } = this.#play.difficulty;
    const error = now - object.time;
    const off = Math.abs(error);
    if (object.kind === 'circle') {
      const value = off < window300 ? 300 : off < window100 ? 100 : off < window50 ? 50 : 0;
      this.#finish(i);
      this.#tally.result(now, i, value, true, error);
      return;
    }
    if (off < window50) {
      this.#head[i] = 1;
      this.#parts[i] = (this.#parts[i] ?? 0) + 1;
      this.#tally.part(now, 'head', i, true, error);
      this.#guarded = i;
      this.#holder = button;
    } else {
      this.#head[i] = 2;
      this.#tally.part(now, 'head', i, false, error);
    }
  }

  #finish(i: number): void {
    this.#done[i] = 1;
    while (this.#first < this.#objects.length && this.#done[this.#first] === 1) this.#first++;
  }

  #hold(now: number, x: number, y: number, buttons: number, elapsed: number): void {
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#objects[i];
      if (!object || object.time > now) return;
      if (this.#done[i] === 1) continue;
      if (object.kind === 'slider') {
        this.#follow(object, i, now, x, y, buttons);
        return;
      }
      if (object.kind === 'spinner' && now < object.endTime) {
        this.#turn(object, i, now, x, y, buttons, elapsed);
        return;
      }
    }
  }

  #follow(slider: PlaySlider, i: number, now: number, x: number, y: number, buttons: number): void {
    if (this.#slider !== i) {
      this.#slider = i;
      this.#sliding = false;
    }
    const only = this.#guarded === i ? this.#holder : 0;
    const held = this.#relax || (buttons & (only === 0 ? BUTTONS : only)) !== 0;
    let allowed = false;
    if (held) {
      this.#ball.find(slider, Math.min(now, slider.endTime));
      const reach = Math.fround(this.#play.difficulty.radius * (this.#sliding ? FOLLOW : 1));
      const [dx, dy] = [x - this.#ball.x, y - this.#ball.y];
      allowed = dx * dx + dy * dy < reach * reach;
    }
    const was = this.#sliding;
    this.#sliding = allowed;
    const check = this.#check[i] ?? 0;
    if (check < slider.checkTimes.length && (slider.checkTimes[check] ?? 0) <= now) this.#checkPart(slider, i, check, now, (slider.checkTimes[check] ?? 0) < now ? was && allowed : allowed);
  }

  #checkPart(slider: PlaySlider, i: number, check: number, now: number, hit: boolean): void {
    this.#check[i] = check + 1;
    const kind = slider.checkKinds[check];
    if (hit) this.#parts[i] = (this.#parts[i] ?? 0) + 1;
    this.#tally.part(now, kind === TICK ? 'tick' : kind === END ? 'end' : 'repeat', i, hit);
  }

  #turn(spinner: PlaySpinner, i: number, now: number, x: number, y: number, buttons: number, elapsed: number): void {
    if (this.#spin?.object !== i) this.#spin = new Spin(spinner, this.#play.mods, this.#version);
    const points = this.#spin.turn(now, x, y, buttons !== 0 || this.#relax, elapsed);
    if (points > 0) this.#tally.spin(now, i, points);
  }

  /** What is over by `now`; called with the moment of every frame, and before it for what fell between two. */
  #settle(_from: number, now: number): void {
    const { window50 } = this.#play.difficulty;
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#objects[i];
      if (!object) return;
      if (object.time > now) return;
      if (this.#done[i] === 1) continue;
      if (object.kind === 'circle') {
        if (now > object.time + window50) {
          this.#finish(i);
          this.#tally.result(now, i, 0, false);
        }
      } else if (object.kind === 'slider') {
        if (this.#head[i] === 0 && now > object.time + window50) this.#missHead(i, now);
        if (now >= object.endTime) {
          this.#endSlider(object, i, now);
          // The verdict still has the combo that the head then breaks.
          if (this.#head[i] === 0) this.#missHead(i, now);
        }
      } else if (now >= object.endTime) {
        const value = this.#spin?.object === i ? this.#spin.verdict() : 0;
        this.#finish(i);
        this.#tally.result(now, i, value, true);
      }
    }
  }

  #missHead(i: number, now: number): void {
    this.#head[i] = 2;
    this.#tally.part(now, 'head', i, false);
  }

  #endSlider(slider: PlaySlider, i: number, now: number): void {
    const total = slider.checkTimes.length + 1;
    for (let check = this.#check[i] ?? 0; check < total - 1; check++) this.#checkPart(slider, i, check, now, false);
    const part = (this.#parts[i] ?? 0) / total;
    this.#finish(i);
    this.#tally.result(now, i, part === 1 ? 300 : part >= 0.5 ? 100 : part > 0 ? 50 : 0, false);
  }
}
