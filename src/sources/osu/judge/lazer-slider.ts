/**
 * One slider as osu!(lazer) judges it: its head is a circle, its parts wait until the head is settled, its end may be held at any moment of its last 36 ms. Rules:
 * ppy/osu (MIT), `SliderInputManager`.
 */
import { pointAt } from '../path/slider-path.ts';
import { LEFT, RIGHT } from '../read/replay.ts';
import { END, type PlaySlider, TICK } from './play-object.ts';
import type { PartKind, Verdict } from './tally.ts';

/** The end is reached this much early, ms. */
const LENIENCY = 36;
/** How much farther the cursor may be from the ball once it follows. */
const FOLLOW = 2.4;

/** Where the cursor is and which buttons are down. */
export interface Hand {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

export type TellPart = (kind: Exclude<PartKind, 'head'>, hit: boolean) => void;

export class LazerSlider {
  readonly slider: PlaySlider;
  /** Of its parts. */
  readonly #times: Float64Array;
  readonly #radius: number;
  /** Of the head; undefined while it is open. */
  verdict: Verdict | undefined;
  /** The next part. */
  #next = 0;
  #follows = false;
  /** The button that hit the head; 0 where none did. */
  #hitBy = 0;
  /** When the other button was first seen up; any will do after it. */
  #freeAfter: number | undefined;
  #lastButtons = 0;

  constructor(slider: PlaySlider, radius: number) {
    this.slider = slider;
    this.#times = exactTimes(slider);
    this.#radius = radius;
  }

  /** Whether nothing of it is open. */
  get isOver(): boolean {
    return this.verdict !== undefined && this.#next >= this.#times.length;
  }

  /** The cursor at any moment at which the slider can be seen. */
  follow(now: number, hand: Hand): void {
    this.#track(now, hand, this.#isNear(now, hand, this.#follows));
  }

  /** After its head was settled by a click, and `verdict` set. What lies behind has been passed if the cursor is within reach of all of it, and was missed otherwise. */
  headClicked(now: number, button: number, hand: Hand, tell: TellPart): void {
    if (this.verdict === 0) return;
    this.#hitBy = button;
    if (!this.#isNear(now, hand, true)) return;
    const times = this.#times;
    let end = this.#next;
    while (end < times.length && (times[end] ?? 0) <= now) end++;
    let inReach = true;
    for (let part = this.#next; part < end; part++) inReach &&= this.#isNear(times[part] ?? 0, hand, true);
    while (this.#next < end) this.#settle(inReach, tell);
    this.#track(now, hand, inReach || this.#isNear(now, hand, false));
  }

  /** Settles what is due. */
  judge(now: number, tell: TellPart): void {
    if (this.verdict === undefined) return;
    const { checkKinds } = this.slider;
    for (let due = this.#times[this.#next]; due !== undefined; due = this.#times[this.#next]) {
      const isEnd = checkKinds[this.#next] === END;
      if (now < (isEnd ? due - LENIENCY : due)) return;
      if (isEnd && !this.#follows && now < due) return;
      this.#settle(this.#follows, tell);
    }
  }

  #settle(hit: boolean, tell: TellPart): void {
    const kind = this.slider.checkKinds[this.#next];
    this.#next++;
    tell(kind === TICK ? 'tick' : kind === END ? 'end' : 'repeat', hit);
  }

  #track(now: number, { buttons }: Hand, isNear: boolean): void {
    if (this.#hitBy !== 0 && this.#freeAfter === undefined) {
      const other = this.#hitBy === RIGHT ? LEFT : RIGHT;
      if ((this.#lastButtons & other) === 0) this.#freeAfter = now;
    }
    const isBound = this.#hitBy !== 0 && (this.#freeAfter === undefined || now <= this.#freeAfter);
    this.#lastButtons = buttons;
    this.#follows = isNear && (buttons & (isBound ? this.#hitBy : LEFT | RIGHT)) !== 0;
  }

  #isNear(time: number, { x, y }: Hand, isWide: boolean): boolean {
    const ball = this.#ballAt(time);
    const reach = isWide ? this.#radius * FOLLOW : this.#radius;
    return (x - ball.x) ** 2 + (y - ball.y) ** 2 <= reach * reach;
  }

  #ballAt(time: number): { x: number; y: number } {
    const { path, length, spans, speed, shift, time: start } = this.slider;
    const way = Math.max(0, Math.min(spans * length, (time - start) * speed));
    const span = length > 0 ? Math.min(spans - 1, Math.floor(way / length)) : 0;
    const along = way - span * length;
    const { x, y } = pointAt(path, span % 2 === 1 ? length - along : along);
    return { x: x + shift, y: y + shift };
  }
}

/** The moments of ticks, repeats and the end: not whole, and the end where it is. */
function exactTimes({ time, length, speed, spans, tickDistance, checkKinds }: PlaySlider): Float64Array {
  const inSpan = checkKinds.length / spans;
  const times = new Float64Array(checkKinds.length);
  for (let part = 0; part < times.length; part++) {
    const span = Math.floor(part / inSpan);
    const place = part % inSpan;
    const isTick = place < inSpan - 1;
    // On the way back the ticks lie where they lay on the way there.
    const along = !isTick
      ? length
      : span % 2 === 0
        ? tickDistance * (place + 1)
        : length - tickDistance * (inSpan - 1 - place);
    times[part] = time + (span * length + along) / speed;
  }
  return times;
}
