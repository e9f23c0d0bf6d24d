/**
 * The judge of osu!standard as the stable game plays it: frame by frame, clicks first, then what is held and spun, then what is over. `docs/design/0005-osu.md` has
 * the rules and how each was found.
 */
import type { Beatmap } from '../read/beatmap.ts';
import { LEFT, MOD, type ReplayFrames, RIGHT } from '../read/replay.ts';
import type { WorkBudget } from '../work-budget.ts';
import { withSteps } from './autoplay.ts';
import { Health } from './health.ts';
import { END, type PlayCircle, type PlayObject, type PlaySlider, type PlaySpinner, TICK } from './play-object.ts';
import type { PlayMap } from './prepare.ts';
import { difficultyMultiplier, modMultiplier } from './score.ts';
import { BallPlace } from './slider-ball.ts';
import { Spin } from './spin.ts';
import { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';

/** Clicks farther from an object, ms, are none of its own. */
const CLICKABLE = 400;
const CLICKABLE_AUTOPILOT = 200;
/** An object holds those locked that start more than this after its end, ms. */
const LOCK_SLACK = 3;
/** How much farther the cursor may be from the ball once it follows. */
const FOLLOW = 2.4;
/** Since this version what is over is settled at frames only; before, at every ms between them. */
const FRAMES_ONLY_SINCE = 20_190_506;
/** RX clicks this much early. */
const RELAX_EARLY = 12;

const BUTTONS = LEFT | RIGHT;

/** Of a slider's head. */
const OPEN = 0;
const HIT = 1;
const MISSED = 2;

/**
 * @param version of the game: `20191227`
 * @returns what the game would have counted; the header of the replay is not looked at
 */
export function judgeStandard(
  map: Beatmap,
  play: PlayMap,
  frames: ReplayFrames,
  version: number,
  budget: WorkBudget,
): Timeline {
  return new StandardJudge(map, play, version, budget).judge((play.mods & MOD.AT) !== 0 ? withSteps(frames) : frames);
}

class StandardJudge {
  readonly #objects: readonly PlayObject[];
  /** Their times, and one that never comes: each frame asks for some. */
  readonly #starts: Float64Array;
  readonly #play: PlayMap;
  readonly #version: number;
  readonly #betweenFrames: boolean;
  readonly #tally: Tally;
  readonly #budget: WorkBudget;
  readonly #clickable: number;
  readonly #relax: boolean;
  readonly #done: Uint8Array;
  /** Of sliders: `OPEN`, `HIT`, `MISSED`. */
  readonly #head: Uint8Array;
  /** Of sliders: the next check. */
  readonly #check: Uint32Array;
  /** Of sliders: parts that were hit. */
  readonly #parts: Uint32Array;
  /** Buttons of the frame before. */
  #before = 0;
  /** Before it all are done. */
  #first = 0;
  /** From it on none can be seen yet. */
  #seen = 0;
  /** The slider that is followed, or was last, and whether it is. */
  #slider = -1;
  #follows = false;
  /** The slider whose head was hit last, and the only button that may hold it; 0 any. */
  #guarded = -1;
  #holder = 0;
  /** Sliders that are over, whose heads are still open. */
  readonly #openHeads: number[] = [];
  readonly #ball = new BallPlace();
  #spin: Spin | undefined;

  constructor(map: Beatmap, play: PlayMap, version: number, budget: WorkBudget) {
    this.#budget = budget;
    this.#play = play;
    this.#objects = play.objects;
    this.#starts = new Float64Array(play.objects.length + 1).fill(Number.POSITIVE_INFINITY);
    play.objects.forEach(({ time }, i) => {
      this.#starts[i] = time;
    });
    this.#version = version;
    this.#betweenFrames = version < FRAMES_ONLY_SINCE;
    this.#tally = new Tally({
      multiplier: difficultyMultiplier(map) * modMultiplier(play.mods),
      health: new Health(map, play),
      endsCombo: (object) => play.objects[object + 1]?.newCombo ?? true,
      objects: play.objects.length,
    });
    this.#done = new Uint8Array(play.objects.length);
    this.#head = new Uint8Array(play.objects.length);
    this.#check = new Uint32Array(play.objects.length);
    this.#parts = new Uint32Array(play.objects.length);
    this.#clickable = (play.mods & MOD.AP) !== 0 ? CLICKABLE_AUTOPILOT : CLICKABLE;
    this.#relax = (play.mods & MOD.RX) !== 0;
  }

  judge({ count, time, x, y, keys }: ReplayFrames): Timeline {
    for (let i = 0; i < count && (this.#first < this.#objects.length || this.#openHeads.length > 0); i++) {
      const now = time[i] ?? 0;
      const cx = x[i] ?? 0;
      const cy = y[i] ?? 0;
      const buttons = (keys[i] ?? 0) & BUTTONS;
      if (this.#betweenFrames) this.#settle(now - 1);
      if (this.#openHeads.length > 0) this.#missOpenHeads(now);
      const last = now + this.#play.difficulty.preempt;
      while ((this.#starts[this.#seen] ?? 0) <= last) this.#seen++;
      // Each frame looks at all that can be seen, some times over.
      this.#budget.spend(1 + 4 * (this.#seen - this.#first));
      if (this.#relax) this.#clickByItself(now, cx, cy);
      else {
        const pressed = buttons & ~this.#before;
        if ((pressed & LEFT) !== 0) this.#click(now, cx, cy, LEFT);
        if ((pressed & RIGHT) !== 0) this.#click(now, cx, cy, RIGHT);
      }
      // Once the other button has been let go, any will do.
      if (this.#holder !== 0 && (this.#before & (BUTTONS ^ this.#holder)) === 0) this.#holder = 0;
      if ((this.#starts[this.#first] ?? 0) <= now) {
        this.#hold(now, cx, cy, buttons);
        this.#settle(now);
      }
      this.#before = buttons;
    }
    return this.#tally.timeline();
  }

  #finish(i: number): void {
    this.#done[i] = 1;
    while (this.#first < this.#objects.length && this.#done[this.#first] === 1) this.#first++;
  }

  /** The first open object under the cursor takes the click, whether it may be hit or not. */
  #click(now: number, x: number, y: number, button: number): void {
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#clickableAt(i, x, y);
      if (!object) continue;
      const previous = this.#objects[i - 1];
      if (previous && previous.stack > 0 && this.#done[i - 1] === 0) continue;
      if (!this.#isLocked(now, i, object) && Math.abs(now - object.time) < this.#clickable)
        this.#hit(now, i, object, button);
      return;
    }
  }

  #clickableAt(i: number, x: number, y: number): PlayCircle | PlaySlider | undefined {
    const object = this.#objects[i];
    if (!object || this.#done[i] === 1 || object.kind === 'spinner' || this.#head[i] !== OPEN) return undefined;
    const { radius } = this.#play.difficulty;
    const [dx, dy] = [x - object.x, y - object.y];
    return dx * dx + dy * dy <= radius * radius ? object : undefined;
  }

  /** Note lock: an earlier object that is not done and ends before this one begins. In old games a slider lets go as much before its end. */
  #isLocked(now: number, i: number, object: PlayObject): boolean {
    this.#budget.spend(i - this.#first);
    for (let k = this.#first; k < i; k++) {
      const earlier = this.#objects[k];
      if (!earlier || this.#done[k] === 1 || earlier.endTime + LOCK_SLACK >= object.time) continue;
      if (this.#betweenFrames && earlier.kind === 'slider' && now + LOCK_SLACK >= earlier.endTime) continue;
      return true;
    }
    return false;
  }

  #clickByItself(now: number, x: number, y: number): void {
    for (let i = this.#first; i < this.#seen; i++) {
      if ((this.#objects[i]?.time ?? 0) - RELAX_EARLY > now) return;
      const object = this.#clickableAt(i, x, y);
      if (object) this.#hit(now, i, object, 0);
    }
  }

  #hit(now: number, i: number, object: PlayCircle | PlaySlider, button: number): void {
    const { window300, window100, window50 } = this.#play.difficulty;
    const error = now - object.time;
    const off = Math.abs(error);
    if (object.kind === 'circle') {
      this.#finish(i);
      this.#tally.result(now, i, off < window300 ? 300 : off < window100 ? 100 : off < window50 ? 50 : 0, true, error);
    } else if (off < window50) {
      this.#head[i] = HIT;
      this.#parts[i] = (this.#parts[i] ?? 0) + 1;
      this.#guarded = i;
      this.#holder = button;
      this.#tally.part(now, 'head', i, true, error);
    } else this.#missHead(i, now);
  }

  #missHead(i: number, now: number): void {
    this.#head[i] = MISSED;
    this.#tally.part(now, 'head', i, false);
  }

  /** Of sliders and spinners that have begun only the first is followed. */
  #hold(now: number, x: number, y: number, buttons: number): void {
    for (let i = this.#first; (this.#starts[i] ?? 0) <= now; i++) {
      const object = this.#objects[i];
      if (!object || this.#done[i] === 1 || object.kind === 'circle') continue;
      if (object.kind === 'slider') this.#follow(object, i, now, x, y, buttons);
      else if (now <= object.endTime) this.#turn(object, i, now, x, y, buttons);
      else continue;
      return;
    }
  }

  #follow(slider: PlaySlider, i: number, now: number, x: number, y: number, buttons: number): void {
    const before = this.#slider === i && this.#follows;
    this.#slider = i;
    this.#follows = this.#isHeld(i, buttons) && this.#isNear(slider, now, x, y, before ? FOLLOW : 1);
    const check = this.#check[i] ?? 0;
    const due = slider.checkTimes[check];
    if (due === undefined || due > now) return;
    // The game writes a frame whenever a ball is caught or lost: what fell between two frames was followed when it is at both.
    this.#checkPart(slider, i, check, now, this.#follows && (before || due === now));
  }

  #isHeld(i: number, buttons: number): boolean {
    const only = this.#guarded === i && this.#holder !== 0 ? this.#holder : BUTTONS;
    return this.#relax || (buttons & only) !== 0;
  }

  #isNear(slider: PlaySlider, now: number, x: number, y: number, factor: number): boolean {
    this.#ball.find(slider, Math.min(now, slider.endTime));
    const reach = Math.fround(this.#play.difficulty.radius * factor);
    const dx = x - this.#ball.x;
    const dy = y - this.#ball.y;
    return dx * dx + dy * dy < reach * reach;
  }

  #checkPart(slider: PlaySlider, i: number, check: number, now: number, hit: boolean): void {
    this.#check[i] = check + 1;
    const kind = slider.checkKinds[check];
    if (hit) this.#parts[i] = (this.#parts[i] ?? 0) + 1;
    this.#tally.part(now, kind === TICK ? 'tick' : kind === END ? 'end' : 'repeat', i, hit);
  }

  #turn(spinner: PlaySpinner, i: number, now: number, x: number, y: number, buttons: number): void {
    if (this.#spin?.object !== i) this.#spin = new Spin(spinner, this.#play.mods, this.#version);
    const changed = buttons !== this.#before;
    this.#spin.turn(now, x, y, buttons !== 0 || this.#relax, changed, (points) => this.#tally.spin(now, i, points));
  }

  /** What is over at `now`. */
  #settle(now: number): void {
    const { window50 } = this.#play.difficulty;
    for (let i = this.#first; (this.#starts[i] ?? 0) <= now; i++) {
      const object = this.#objects[i];
      if (!object || this.#done[i] === 1) continue;
      const isLate = now > object.time + window50;
      if (object.kind === 'circle') {
        if (isLate) this.#missCircle(i, now);
      } else if (object.kind === 'slider') {
        if (isLate && this.#head[i] === OPEN) this.#missHead(i, now);
        if (now >= object.endTime) this.#endSlider(object, i, now);
      } else if (now >= object.endTime) this.#endSpinner(i, now);
    }
  }

  #missCircle(i: number, now: number): void {
    this.#finish(i);
    this.#tally.result(now, i, 0, true);
  }

  #endSlider(slider: PlaySlider, i: number, now: number): void {
    const checks = slider.checkTimes.length;
    for (let check = this.#check[i] ?? 0; check < checks; check++) this.#checkPart(slider, i, check, now, false);
    const part = (this.#parts[i] ?? 0) / (checks + 1);
    this.#finish(i);
    this.#tally.result(now, i, part === 1 ? 300 : part >= 0.5 ? 100 : part > 0 ? 50 : 0, false);
    if (this.#head[i] === OPEN) this.#openHeads.push(i);
  }

  /** A head whose window outlasts the slider breaks the combo when that has passed: the verdict still has it, and what was clicked since. */
  #missOpenHeads(now: number): void {
    const { window50 } = this.#play.difficulty;
    for (let i = this.#openHeads[0]; i !== undefined; i = this.#openHeads[0]) {
      if (now <= (this.#objects[i]?.time ?? 0) + window50) return;
      this.#openHeads.shift();
      this.#missHead(i, now);
    }
  }

  #endSpinner(i: number, now: number): void {
    const verdict = this.#spin?.object === i ? this.#spin.verdict() : 0;
    this.#finish(i);
    this.#tally.result(now, i, verdict, true);
  }
}
