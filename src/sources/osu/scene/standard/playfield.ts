/** What lies on the field at a moment: circles, sliders, spinners, the points between them, and what became of them. */

import { END, type PlayObject, type PlaySlider, type PlaySpinner, REPEAT, TICK } from '../../judge/play-object.ts';
import { BallPlace } from '../../judge/slider-ball.ts';
import { pointAt } from '../../path/slider-path.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush } from '../brush.ts';
import { clamp } from '../clamp.ts';
import type { Worn } from '../combos.ts';
import type { CursorPath } from '../cursor-path.ts';
import type { Stage } from '../stage.ts';
import { SliderBodies } from './draw-slider.ts';
import type { CirclePart, Elements } from './elements.ts';
import { approach, bodyAlpha, circleAlpha, HIT_FADE, HIT_GROWTH, MISS_FADE, type Sight, snaked } from './fade.ts';
import type { Outcome } from './outcome.ts';
import { spunBy } from './spun.ts';

/** Results stay this long. */
const RESULT_MS = 800;
/** How much farther than its radius the cursor may be from the ball that it follows. */
const FOLLOW = 2.4;
/** Distance of follow points, osu! pixels; how long before its turn a point is seen, and how long it fades. */
const POINT_EVERY = 32;
const POINT_PREEMPT = 800;
const POINT_FADE = 400;

export interface FieldShape {
  readonly objects: readonly PlayObject[];
  readonly worn: readonly Worn[];
  readonly outcomes: readonly Outcome[];
  readonly colours: readonly Rgb[];
  /** Of sliders, where the skin says so. */
  readonly border?: Rgb | undefined;
  readonly track?: Rgb | undefined;
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
  private readonly elements: Elements;
  private readonly bodies: SliderBodies;
  private readonly ball = new BallPlace();
  /** Of each object: when it is gone from the screen. */
  private readonly gone: Float64Array;
  /** Of the object and all before it: the latest of that. */
  private readonly allGone: Float64Array;

  constructor(shape: FieldShape, stage: Stage, elements: Elements) {
    this.shape = shape;
    this.stage = stage;
    this.elements = elements;
    this.bodies = new SliderBodies(stage, elements.radius, shape);
    this.gone = Float64Array.from(shape.objects, (object, index) => {
      const settled = shape.outcomes[index]?.result?.time ?? object.endTime;
      return Math.max(object.endTime, settled) + RESULT_MS;
    });
    let latest = Number.NEGATIVE_INFINITY;
    this.allGone = this.gone.map((time) => (latest = Math.max(latest, time)));
  }

  draw(brush: Brush, now: number): void {
    const seen = this.seenAt(now);
    if (this.shape.show.followPoints) for (const index of seen) this.followPoints(brush, index, now);
    for (const index of seen) this.result(brush, index, now);
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
      if (!object || object.time - Math.max(sight.preempt, POINT_PREEMPT) - POINT_FADE > now) break;
      if ((this.gone[index] ?? 0) >= now) seen.push(index);
    }
    return seen;
  }

  private object(brush: Brush, index: number, now: number): void {
    const object = this.shape.objects[index];
    if (!object || now < object.time - this.shape.sight.preempt) return;
    if (object.kind === 'circle') this.circle(brush, object, this.shape.outcomes[index]?.result, now, 'circle');
    else if (object.kind === 'slider') this.slider(brush, object, now);
    else this.spinner(brush, object, now);
  }

  private colourOf(index: number): Rgb {
    const { colours, worn } = this.shape;
    return colours[(worn[index]?.colour ?? 0) % Math.max(1, colours.length)] ?? { r: 255, g: 255, b: 255 };
  }

  /** A circle, or the head of a slider. @param settled when it was hit (a value above 0) or given up */
  private circle(
    brush: Brush,
    { index, time, x, y }: Pick<PlayObject, 'index' | 'time' | 'x' | 'y'>,
    settled: { readonly time: number; readonly value: number } | undefined,
    now: number,
    part: CirclePart,
  ): void {
    const { sight, worn } = this.shape;
    const { elements } = this;
    const [sx, sy] = [this.stage.x(x), this.stage.y(y)];
    const colour = this.colourOf(index);
    if (settled && now >= settled.time) {
      const since = now - settled.time;
      // What is hidden does not burst either.
      if (sight.hidden) return;
      const hit = settled.value > 0;
      const alpha = 1 - clamp(since / (hit ? HIT_FADE : MISS_FADE));
      const scale = hit ? 1 + (HIT_GROWTH - 1) * clamp(since / HIT_FADE) : 1;
      this.disc(
        brush,
        sx,
        sy,
        colour,
        part,
        now,
        scale,
        alpha,
        elements.numbersBurst ? worn[index]?.number : undefined,
      );
      return;
    }
    const alpha = circleAlpha(sight, time, now);
    this.disc(brush, sx, sy, colour, part, now, 1, alpha, worn[index]?.number ?? 1);
    // With Hidden the first object alone has a ring.
    const ring = sight.hidden && index > 0 ? undefined : approach(sight, time, now);
    if (ring && ring.alpha > 0) brush.sprite(elements.approach(colour), sx, sy, (ring.scale * 2) / 5, ring.alpha);
  }

  private disc(
    brush: Brush,
    x: number,
    y: number,
    colour: Rgb,
    part: CirclePart,
    now: number,
    scale: number,
    alpha: number,
    number: number | undefined,
  ): void {
    const { elements } = this;
    brush.sprite(elements.circle(colour, part), x, y, scale, alpha);
    const over = elements.overlay(part, now);
    if (over && !elements.overlayAboveNumber) brush.sprite(over, x, y, scale, alpha);
    if (number !== undefined) brush.sprite(elements.number(number), x, y, scale, alpha);
    if (over && elements.overlayAboveNumber) brush.sprite(over, x, y, scale, alpha);
  }

  private slider(brush: Brush, slider: PlaySlider, now: number): void {
    const { sight, outcomes, rate } = this.shape;
    const { elements, stage } = this;
    const { index, time, endTime } = slider;
    const colour = this.colourOf(index);
    const alpha = bodyAlpha(sight, time, endTime, now);
    const grown = snaked(sight, time, now);
    this.bodies.draw(brush, slider, colour, grown, alpha);
    const outcome = outcomes[index];
    if (elements.hasEnds && grown >= 1) this.end(brush, slider, now, alpha);
    this.parts(brush, slider, now, alpha, grown);
    const settled = outcome?.head && { time: outcome.head.time, value: outcome.head.hit ? 300 : 0 };
    if (now < time || settled === undefined || now < settled.time + HIT_FADE)
      this.circle(brush, slider, settled, now, 'start');
    if (now < time || now > endTime) return;
    this.ball.find(slider, now);
    const [x, y] = [stage.x(this.ball.x), stage.y(this.ball.y)];
    this.rolling(brush, slider, now, colour, x, y);
    if (this.follows(outcome, now)) brush.sprite(elements.followCircle((now - time) / rate), x, y, 1, 0.95);
  }

  /** The ball of a skin looks along the way, and turns round at its ends. */
  private rolling(brush: Brush, slider: PlaySlider, now: number, colour: Rgb, x: number, y: number): void {
    const { elements } = this;
    const { path, length, speed, time, spans } = slider;
    const travelled = (now - time) * speed;
    if (!elements.ballTurns) {
      brush.moving(elements.ball(colour, 0, false), x, y);
      return;
    }
    const span = Math.min(spans - 1, Math.floor(travelled / Math.max(1e-6, length)));
    const back = span % 2 === 1;
    const rest = Math.max(0, Math.min(length, travelled - span * length));
    const along = back ? length - rest : rest;
    const [from, to] = [pointAt(path, Math.max(0, along - 2)), pointAt(path, Math.min(length, along + 2))];
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    const sprite = elements.ball(colour, travelled, back && elements.ballFlips);
    brush.moving(sprite, x, y, 1, 1, angle);
  }

  /** The circle at the far end, which goes when the ball has come to it for the last time. */
  private end(brush: Brush, { index, path, length, shift }: PlaySlider, now: number, alpha: number): void {
    const { x, y } = pointAt(path, length);
    const [sx, sy] = [this.stage.x(x + shift), this.stage.y(y + shift)];
    this.disc(brush, sx, sy, this.colourOf(index), 'end', now, 1, alpha, undefined);
  }

  private follows(outcome: Outcome | undefined, now: number): boolean {
    const { cursor, radius } = this.shape;
    if (outcome?.head === undefined || now < outcome.head.time || (cursor.keysAt(now) & 15) === 0) return false;
    const { x, y } = cursor.at(now);
    return Math.hypot(x - this.ball.x, y - this.ball.y) <= radius * FOLLOW;
  }

  /** Ticks that are still to come, and the arrow of the next turn. */
  private parts(brush: Brush, slider: PlaySlider, now: number, alpha: number, grown: number): void {
    const { checkTimes, checkKinds, length, shift, path, time, speed, spans } = slider;
    const { elements, stage } = this;
    const { sight } = this.shape;
    let span = 0;
    let arrows = 0;
    for (let check = 0; check < checkTimes.length; check++) {
      const at = checkTimes[check] ?? 0;
      const kind = checkKinds[check];
      if (kind === TICK) {
        const along = (at - time) * speed - span * length;
        const distance = span % 2 === 0 ? along : length - along;
        const current =
          now >= time ? Math.min(spans - 1, Math.floor(((now - time) * speed) / Math.max(1e-6, length))) : 0;
        if (at > now && span === current && distance <= grown * length) {
          const { x, y } = pointAt(path, distance);
          brush.sprite(elements.tick(), stage.x(x + shift), stage.y(y + shift), 1, alpha);
        }
      } else {
        if (kind === REPEAT && at > now && arrows < 2) {
          const atEnd = span % 2 === 0;
          const turnsAfter = time + (span + 1) * (length / speed);
          // The arrow of the far side is seen from the beginning, that of the near side when the ball has left it.
          const visible = span === 0 ? grown >= 1 : now >= time + (span - 1) * (length / speed);
          // Hidden takes bodies away, and leaves arrows (ppy/osu `OsuModHidden`).
          const seen = sight.hidden ? clamp((now - (time - sight.preempt)) / sight.fadeIn) : alpha;
          if (visible && turnsAfter > now) this.arrow(brush, slider, atEnd, now, seen);
          arrows++;
        }
        if (kind !== END) span++;
      }
    }
  }

  private arrow(brush: Brush, { path, length, shift }: PlaySlider, atEnd: boolean, now: number, alpha: number): void {
    const { elements, stage } = this;
    const tip = pointAt(path, atEnd ? length : 0);
    const before = pointAt(path, atEnd ? Math.max(0, length - 2) : Math.min(length, 2));
    const angle = Math.atan2(before.y - tip.y, before.x - tip.x);
    const beat = 1.15 - 0.15 * clamp((now % 300) / 300);
    brush.sprite(elements.arrow(), stage.x(tip.x + shift), stage.y(tip.y + shift), beat, alpha, angle);
  }

  private spinner(brush: Brush, spinner: PlaySpinner, now: number): void {
    const { sight, cursor, outcomes, rate } = this.shape;
    const { elements, stage } = this;
    const { index, time, endTime, needed } = spinner;
    const alpha =
      now < time ? clamp((now - (time - sight.preempt)) / sight.fadeIn) : 1 - clamp((now - endTime) / HIT_FADE);
    if (alpha <= 0) return;
    const [x, y] = [stage.x(256), stage.y(192)];
    const turned = spunBy(cursor, time, Math.min(now, endTime));
    const bonuses = outcomes[index]?.bonuses.filter((at) => at <= now) ?? [];
    const newest = bonuses.at(-1);
    const { skinSpinner } = elements;
    if (skinSpinner) {
      const progress = needed > 0 ? Math.min(1, Math.abs(turned) / Math.PI / needed) : 1;
      skinSpinner.draw(brush, { now, time, endTime, alpha, turned, progress, ring: !sight.hidden, bonus: newest });
      if (newest !== undefined) skinSpinner.bonus(brush, bonuses.length * 1000, (now - newest) / rate, alpha);
      return;
    }
    brush.sprite(elements.spinner(), x, y, 1, alpha, turned % (2 * Math.PI));
    if (now < endTime && !sight.hidden) {
      const left = now < time ? 1 : 1 - (now - time) / Math.max(1, endTime - time);
      brush.sprite(elements.spinnerApproach(), x, y, 0.1 + 0.86 * left, alpha * 0.8);
    }
    const cleared = needed > 0 && Math.abs(turned) / Math.PI >= needed;
    if (cleared && now >= time) brush.sprite(elements.text('Clear!', 22, '#9ff0a4'), x, stage.y(80), 1, alpha);
    if (newest !== undefined) {
      const pop = clamp((now - newest) / 200);
      const text = `${bonuses.length}000`;
      brush.sprite(elements.text(text, 30, '#ffe08a'), x, stage.y(280), 1.3 - 0.3 * pop, alpha);
    }
  }

  private result(brush: Brush, index: number, now: number): void {
    const object = this.shape.objects[index];
    const result = this.shape.outcomes[index]?.result;
    if (!object || !result || now < result.time || now > result.time + RESULT_MS) return;
    if (result.value === 300 && !this.shape.show.results300) return;
    const since = now - result.time;
    const place = this.endOf(object);
    const alpha = Math.min(clamp(since / 80), 1 - clamp((since - 450) / (RESULT_MS - 450)));
    const moves = this.elements.resultMoves(result.value);
    const pop = moves ? 1 : result.value === 0 ? 1.5 - 0.5 * clamp(since / 100) : 0.7 + 0.3 * clamp(since / 120);
    const fall = !moves && result.value === 0 ? 16 * clamp(since / RESULT_MS) ** 2 : 0;
    const { x, y } = place;
    brush.sprite(
      this.elements.result(result.value, since / this.shape.rate),
      this.stage.x(x),
      this.stage.y(y + fall),
      pop,
      alpha,
    );
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
    const start = this.endOf(from);
    const distance = Math.hypot(to.x - start.x, to.y - start.y);
    const angle = Math.atan2(to.y - start.y, to.x - start.x);
    const length = to.time - from.endTime;
    for (let at = POINT_EVERY * 1.5; at < distance - POINT_EVERY; at += POINT_EVERY) {
      const part = at / distance;
      const turn = from.endTime + part * length;
      const alpha = clamp((now - (turn - POINT_PREEMPT)) / POINT_FADE) * (1 - clamp((now - turn) / POINT_FADE));
      const x = start.x + (to.x - start.x) * part;
      const y = start.y + (to.y - start.y) * part;
      const seen = (now - (turn - POINT_PREEMPT)) / this.shape.rate;
      brush.sprite(this.elements.followPoint(seen), this.stage.x(x), this.stage.y(y), 1, alpha * 0.75, angle);
    }
  }
}
