/** What lies on the field at a moment: circles, sliders, spinners, the points between them, and what became of them. */

import type { PlayObject, PlaySlider } from '../../judge/play-object.ts';
import { pointAt } from '../../path/slider-path.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush } from '../brush.ts';
import type { Worn } from '../combos.ts';
import type { CursorPath } from '../cursor-path.ts';
import type { Kiai } from '../kiai.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { type CirclePart, Circles, type ShownCircle } from './circles.ts';
import { bodyLookOf, SliderBodies } from './draw-slider.ts';
import { approach, bodyAlpha, burstAt, circleAlpha, HIT_FADE, MISS_FADE, type Sight, snaked } from './fade.ts';
import { FollowPoints, POINTS_BEFORE } from './follow-points.ts';
import { HitResults } from './hit-results.ts';
import type { Outcome } from './outcome.ts';
import { FOLLOW_GOES, SliderParts } from './slider-parts.ts';
import { Spinners } from './spinners.ts';

export interface FieldShape {
  readonly objects: readonly PlayObject[];
  readonly worn: readonly Worn[];
  readonly outcomes: readonly Outcome[];
  readonly colours: readonly Rgb[];
  readonly kiai: Kiai;
  readonly sight: Sight;
  /** In osu! pixels. */
  readonly radius: number;
  /** Ms of the map in one of real time. */
  readonly rate: number;
  readonly cursor: CursorPath;
  readonly show: { readonly results300: boolean; readonly followPoints: boolean };
}

export class Playfield {
  private readonly shape: FieldShape;
  private readonly stage: Stage;
  private readonly circles: Circles;
  private readonly bodies: SliderBodies;
  private readonly parts: SliderParts;
  private readonly spinners: Spinners;
  private readonly results: HitResults;
  private readonly points: FollowPoints;
  /** Of each object: when it is gone from the screen. */
  private readonly gone: Float64Array;
  /** Of the object and all before it: the latest of that. */
  private readonly allGone: Float64Array;

  constructor(shape: FieldShape, stage: Stage, skin: SkinLook | undefined) {
    const { radius, rate, show } = shape;
    this.shape = shape;
    this.stage = stage;
    this.circles = new Circles(stage, radius, skin);
    this.bodies = new SliderBodies(stage, bodyLookOf(radius * stage.scale, skin));
    this.parts = new SliderParts(shape, stage, skin);
    this.spinners = new Spinners(shape, stage, skin);
    this.results = new HitResults(stage, radius, rate, skin, show.results300);
    this.points = new FollowPoints(stage, radius, rate, skin);
    this.gone = Float64Array.from(shape.objects, (object, index) => {
      const settled = shape.outcomes[index]?.result?.time ?? object.endTime;
      return Math.max(object.endTime, settled) + Math.max(this.results.longest, HIT_FADE, FOLLOW_GOES);
    });
    let latest = Number.NEGATIVE_INFINITY;
    this.allGone = this.gone.map((time) => (latest = Math.max(latest, time)));
  }

  draw(brush: Brush, now: number): void {
    const seen = this.seenAt(now);
    for (const index of seen) this.result(index, now, (shown) => this.results.light(brush, shown));
    if (this.shape.show.followPoints) for (const index of seen) this.followPoints(brush, index, now);
    for (const index of seen) this.result(index, now, (shown) => this.results.draw(brush, shown));
    // The next one lies on top.
    for (const index of seen.toReversed()) this.object(brush, index, now);
  }

  private seenAt(now: number): number[] {
    const { objects, sight } = this.shape;
    const seen: number[] = [];
    let first = 0;
    let end = objects.length;
    while (first < end) {
      const middle = (first + end) >> 1;
      if ((this.allGone[middle] ?? 0) < now) first = middle + 1;
      else end = middle;
    }
    // A spinner or a slider may end after what begins later: follow points are seen before their object.
    for (let index = first; index < objects.length; index++) {
      const object = objects[index];
      if (!object || object.time - Math.max(sight.preempt, POINTS_BEFORE) > now) break;
      if ((this.gone[index] ?? 0) >= now) seen.push(index);
    }
    return seen;
  }

  private object(brush: Brush, index: number, now: number): void {
    const object = this.shape.objects[index];
    if (!object || now < object.time - this.shape.sight.preempt) return;
    const outcome = this.shape.outcomes[index];
    if (object.kind === 'circle') this.circle(brush, object, outcome?.result, now, 'circle');
    else if (object.kind === 'slider') this.slider(brush, object, now);
    else this.spinners.draw(brush, object, outcome?.bonuses ?? [], now);
  }

  private colourOf(index: number): Rgb {
    const { colours, worn } = this.shape;
    return colours[(worn[index]?.colour ?? 0) % Math.max(1, colours.length)] ?? { r: 255, g: 255, b: 255 };
  }

  private shown({ index, x, y }: Pick<PlayObject, 'index' | 'x' | 'y'>, part: CirclePart, now: number): ShownCircle {
    const { worn, kiai } = this.shape;
    const [sx, sy] = [this.stage.x(x), this.stage.y(y)];
    const number = part === 'end' ? undefined : (worn[index]?.number ?? 1);
    return { x: sx, y: sy, colour: this.colourOf(index), part, alpha: 1, number, flash: kiai.flash(now) };
  }

  /** A circle, or the head of a slider. @param settled when it was hit (a value above 0) or given up */
  private circle(
    brush: Brush,
    object: Pick<PlayObject, 'index' | 'time' | 'x' | 'y'>,
    settled: { readonly time: number; readonly value: number } | undefined,
    now: number,
    part: CirclePart,
  ): void {
    const { sight } = this.shape;
    const { index, time } = object;
    if (settled && now >= settled.time) {
      const since = now - settled.time;
      const isHit = settled.value > 0;
      // What is hidden does not burst either.
      if (sight.hidden || since >= (isHit ? HIT_FADE : MISS_FADE)) return;
      this.circles.burst(brush, this.shown(object, part, now), burstAt(isHit, since), now);
      return;
    }
    const shown = { ...this.shown(object, part, now), alpha: circleAlpha(sight, time, now) };
    this.circles.draw(brush, shown, now);
    // With Hidden the first object alone has a ring.
    const ring = sight.hidden && index > 0 ? undefined : approach(sight, time, now);
    if (ring && ring.alpha > 0) this.circles.approach(brush, shown.x, shown.y, shown.colour, ring.scale, ring.alpha);
  }

  private slider(brush: Brush, slider: PlaySlider, now: number): void {
    const { sight, outcomes } = this.shape;
    const { index, time, endTime, path, length, shift } = slider;
    const colour = this.colourOf(index);
    const alpha = bodyAlpha(sight, time, endTime, now);
    const grown = snaked(sight, time, now);
    this.bodies.draw(brush, slider, colour, grown, alpha);
    const outcome = outcomes[index];
    if (this.circles.hasEnds && grown >= 1 && alpha > 0) {
      // The circle at the far end goes when the ball has come to it for the last time.
      const { x, y } = pointAt(path, length);
      const end = this.shown({ index, x: x + shift, y: y + shift }, 'end', now);
      this.circles.draw(brush, { ...end, alpha }, now);
    }
    this.parts.along(brush, slider, now, alpha, grown);
    const settled = outcome?.head && { time: outcome.head.time, value: outcome.head.hit ? 300 : 0 };
    if (now < time || settled === undefined || now < settled.time + HIT_FADE)
      this.circle(brush, slider, settled, now, 'start');
    this.parts.rolling(brush, slider, outcome, now, colour);
  }

  private result(index: number, now: number, draw: (shown: Parameters<HitResults['draw']>[1]) => void): void {
    const object = this.shape.objects[index];
    const outcome = this.shape.outcomes[index];
    const result = outcome?.result;
    if (!object || !result || now < result.time) return;
    const { x, y } = this.endOf(object);
    const { value, time } = result;
    draw({ index, value, ending: outcome.ending, colour: this.colourOf(index), x, y, since: now - time });
  }

  /** Where its result is shown, and where the points to the next one begin. */
  private endOf(object: PlayObject): { x: number; y: number } {
    if (object.kind === 'spinner') return { x: 256, y: 192 };
    if (object.kind === 'circle') return object;
    const { x, y } = pointAt(object.path, object.spans % 2 === 0 ? 0 : object.length);
    return { x: x + object.shift, y: y + object.shift };
  }

  /** From the object before to this one. */
  private followPoints(brush: Brush, index: number, now: number): void {
    const { objects } = this.shape;
    const [from, to] = [objects[index - 1], objects[index]];
    if (!from || !to || to.newCombo || from.kind === 'spinner' || to.kind === 'spinner') return;
    this.points.draw(brush, { ...this.endOf(from), time: from.endTime }, to, now);
  }
}
