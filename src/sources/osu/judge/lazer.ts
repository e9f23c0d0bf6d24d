/**
 * The judge of osu!standard as osu!(lazer) plays it without its Classic mod: heads of sliders count like circles, an object cannot be clicked before the time of the one
 * before it and passes what came before over, ends of sliders never break the combo. Rules: ppy/osu (MIT), `StartTimeOrderedHitPolicy`, `SliderInputManager`, `Spinner`,
 * `ScoreProcessor`. Between two frames the cursor goes straight and is looked at each millisecond. The life bar is stable's.
 */
import type { Beatmap } from '../read/beatmap.ts';
import { paceOf } from '../read/pace.ts';
import { LEFT, type NamedMod, type ReplayFrames, RIGHT } from '../read/replay.ts';
import type { WorkBudget } from '../work-budget.ts';
import { withSteps } from './autoplay.ts';
import { Health } from './health.ts';
import { type Hand, LazerSlider } from './lazer-slider.ts';
import { LazerSpin } from './lazer-spin.ts';
import { LazerTally } from './lazer-tally.ts';
import type { PlayCircle, PlayObject, PlaySlider } from './play-object.ts';
import type { PlayMap } from './prepare.ts';
import type { Verdict } from './tally.ts';
import type { Timeline } from './timeline.ts';

/** A click farther from an object, ms, does nothing; nearer than that it is at least a miss. */
const CLICKABLE = 400;
const BUTTONS = LEFT | RIGHT;
/** Milliseconds between two frames in which the cursor is followed step by step; longer gaps are no play. */
const MOST_STEPS = 2000;

/** @returns what the game would have counted; the header of the replay is not looked at */
export function judgeLazer(
  map: Beatmap,
  play: PlayMap,
  frames: ReplayFrames,
  mods: readonly NamedMod[],
  budget: WorkBudget,
): Timeline {
  const isAuto = mods.some(({ acronym }) => acronym === 'AT');
  return new LazerJudge(map, play, mods, budget).judge(isAuto ? withSteps(frames) : frames);
}

class LazerJudge {
  readonly #objects: readonly PlayObject[];
  readonly #play: PlayMap;
  readonly #tally: LazerTally;
  readonly #budget: WorkBudget;
  readonly #sliders: readonly (LazerSlider | undefined)[];
  readonly #spins: readonly (LazerSpin | undefined)[];
  /** Of circles and heads: settled. */
  readonly #clicked: Uint8Array;
  readonly #done: Uint8Array;
  /** Before it all are done. */
  #first = 0;
  /** From it on none can be seen yet. */
  #seen = 0;

  constructor(map: Beatmap, play: PlayMap, mods: readonly NamedMod[], budget: WorkBudget) {
    this.#play = play;
    this.#objects = play.objects;
    this.#budget = budget;
    this.#tally = new LazerTally({ objects: play.objects, health: new Health(map, play), mods });
    const { rate } = paceOf({ header: { mods: 0 }, lazerMods: mods });
    const { radius, od } = play.difficulty;
    this.#sliders = play.objects.map((object) =>
      object.kind === 'slider' ? new LazerSlider(object, radius) : undefined,
    );
    this.#spins = play.objects.map((object) =>
      object.kind === 'spinner' ? new LazerSpin(object, od, rate) : undefined,
    );
    this.#clicked = new Uint8Array(play.objects.length);
    this.#done = new Uint8Array(play.objects.length);
  }

  judge({ count, time, x, y, keys }: ReplayFrames): Timeline {
    let before = { time: time[0] ?? 0, x: x[0] ?? 0, y: y[0] ?? 0, buttons: 0 };
    for (let i = 0; i < count && this.#first < this.#objects.length; i++) {
      const now = time[i] ?? 0;
      const hand = { x: x[i] ?? 0, y: y[i] ?? 0, buttons: (keys[i] ?? 0) & BUTTONS };
      this.#between(before, now, hand);
      this.#see(now);
      const pressed = hand.buttons & ~before.buttons;
      if ((pressed & LEFT) !== 0) this.#click(now, hand, LEFT);
      if ((pressed & RIGHT) !== 0) this.#click(now, hand, RIGHT);
      this.#look(now, hand, true);
      before = { time: now, ...hand };
    }
    return this.#tally.timeline();
  }

  /** What happens while something can be followed, spun or missed between two frames. */
  #between(from: Hand & { readonly time: number }, until: number, to: Hand): void {
    const begin = Math.max(from.time + 1, Math.min(this.#objects[this.#first]?.time ?? until, until));
    const gap = until - from.time;
    for (let now = Math.max(begin, until - MOST_STEPS); now < until && this.#first < this.#objects.length; now++) {
      const part = (now - from.time) / gap;
      const [x, y] = [from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part];
      this.#see(now);
      this.#look(now, { x, y, buttons: from.buttons }, false);
    }
  }

  #see(now: number): void {
    const last = now + this.#play.difficulty.preempt;
    for (let next = this.#objects[this.#seen]; next && next.time <= last; next = this.#objects[this.#seen])
      this.#seen++;
  }

  #finish(i: number): void {
    this.#done[i] = 1;
    while (this.#first < this.#objects.length && this.#done[this.#first] === 1) this.#first++;
  }

  /** The first open circle or head under the cursor takes the click, whether it may be hit or not. */
  #click(now: number, hand: Hand, button: number): void {
    const { radius } = this.#play.difficulty;
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#objects[i];
      if (!object || object.kind === 'spinner' || this.#clicked[i] === 1) continue;
      if ((hand.x - object.x) ** 2 + (hand.y - object.y) ** 2 > radius * radius) continue;
      if (Math.abs(now - object.time) <= CLICKABLE && !this.#isLocked(now, i)) this.#hit(now, i, object, hand, button);
      return;
    }
  }

  /** Before the time of the last circle or head that begins earlier, while that one is open. */
  #isLocked(now: number, i: number): boolean {
    const time = this.#objects[i]?.time ?? 0;
    for (let k = i - 1; k >= this.#first; k--) {
      const earlier = this.#objects[k];
      if (!earlier || earlier.kind === 'spinner' || earlier.time >= time) continue;
      return this.#clicked[k] === 0 && now < earlier.time;
    }
    return false;
  }

  #hit(now: number, i: number, object: PlayCircle | PlaySlider, hand: Hand, button: number): void {
    const { window300, window100, window50 } = this.#play.difficulty;
    const error = now - object.time;
    const off = Math.abs(error);
    // What begins before it and is still open has been passed over.
    for (let k = this.#first; k < i; k++) {
      const earlier = this.#objects[k];
      if (earlier && earlier.kind !== 'spinner' && earlier.time < object.time && this.#clicked[k] === 0)
        this.#settle(now, k, 0);
    }
    const verdict = off < window300 ? 300 : off < window100 ? 100 : off < window50 ? 50 : 0;
    this.#settle(now, i, verdict, error);
    this.#sliders[i]?.headClicked(now, button, hand, (kind, hit) => this.#tally.part(now, kind, i, hit));
  }

  /** A circle or a head. */
  #settle(now: number, i: number, verdict: Verdict, error?: number): void {
    this.#clicked[i] = 1;
    const slider = this.#sliders[i];
    this.#tally.verdict(now, slider ? 'head' : 'result', i, verdict, error);
    if (slider) slider.verdict = verdict;
    else this.#finish(i);
  }

  /** @param isFrame otherwise what has not begun is passed by */
  #look(now: number, hand: Hand, isFrame: boolean): void {
    const { window50 } = this.#play.difficulty;
    this.#budget.spend(1 + 8 * (this.#seen - this.#first));
    for (let i = this.#first; i < this.#seen; i++) {
      const object = this.#objects[i];
      if (!object || (!isFrame && object.time > now)) return;
      if (this.#done[i] === 1) continue;
      if (object.kind === 'spinner') this.#spin(now, i, object.endTime, hand);
      else if (object.kind === 'slider') this.#follow(now, i, object, hand);
      if (object.kind !== 'spinner' && this.#clicked[i] === 0 && now >= object.time + window50) this.#settle(now, i, 0);
    }
  }

  #follow(now: number, i: number, object: PlaySlider, hand: Hand): void {
    const slider = this.#sliders[i];
    if (!slider) return;
    slider.follow(now, hand);
    slider.judge(now, (kind, hit) => this.#tally.part(now, kind, i, hit));
    if (!slider.isOver || now < object.endTime) return;
    this.#tally.sliderOver(now, i, slider.verdict ?? 0);
    this.#finish(i);
  }

  #spin(now: number, i: number, endTime: number, { x, y, buttons }: Hand): void {
    const spin = this.#spins[i];
    spin?.move(now, x, y, buttons !== 0, (points, isBonus) => this.#tally.spin(now, i, points, isBonus));
    if (now < endTime) return;
    this.#tally.verdict(now, 'result', i, spin?.verdict() ?? 0);
    this.#finish(i);
  }
}
