/** What comes along the lane at a moment: notes, drumrolls, dendens, bar lines, and what became of them. */
import type { TaikoDenden, TaikoNote, TaikoObject, TaikoRoll } from '../../judge/taiko-play.ts';
import { around, type Brush, type Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { css, shade } from '../colours.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import { InSight } from '../in-sight.ts';
import type { Kiai } from '../kiai.ts';
import type { BarLine } from './bar-lines.ts';
import { ROLL, type TaikoElements } from './elements.ts';
import type { TaikoHit } from './hits.ts';
import { type Lane, placeOf, wayOf } from './lane.ts';

/** Real ms: a note that was hit flies off, one that was missed fades, words stay. */
const FLIGHT = 320;
const MISS_FADE = 100;
const WORD = 600;
const BURST = 180;
const DENDEN_FADE = 250;
/** With Hidden a note is gone after this part of its way; with Hard Rock too even sooner. */
const HIDDEN_WAY = 0.375;
const HIDDEN_WAY_HARD = 0.2;

export interface LaneShape {
  readonly objects: readonly TaikoObject[];
  readonly hits: readonly TaikoHit[];
  readonly bars: readonly BarLine[];
  readonly kiai: Kiai;
  readonly hidden: boolean;
  readonly hard: boolean;
  /** Milliseconds of the map in one of real time. */
  readonly rate: number;
  /** A 300 says so too. */
  readonly results300: boolean;
}

export class LaneDrawing {
  private readonly shape: LaneShape;
  private readonly lane: Lane;
  private readonly elements: TaikoElements;
  private readonly objects: InSight;
  private readonly bars: InSight;
  /** Something of this frame lies partly where the drum is. */
  private reachesDrum = false;

  constructor(shape: LaneShape, lane: Lane, elements: TaikoElements) {
    this.shape = shape;
    this.lane = lane;
    this.elements = elements;
    const { objects, bars, rate } = shape;
    // A little more than the way: a note is seen by its edge.
    const early = (time: number, speed: number): number => time - wayOf(lane, speed) * 1.15;
    const late = (time: number, speed: number): number => time + wayOf(lane, speed) * 0.5 + 1000 * rate;
    this.objects = new InSight(
      Float64Array.from(objects, ({ time, speed }) => early(time, speed)),
      Float64Array.from(objects, ({ endTime, speed }) => late(endTime, speed)),
    );
    this.bars = new InSight(
      Float64Array.from(bars, ({ time, speed }) => early(time, speed)),
      Float64Array.from(bars, ({ time, speed }) => late(time, speed)),
    );
  }

  draw(brush: Brush, now: number): void {
    const { objects, bars } = this.shape;
    this.reachesDrum = false;
    for (const index of this.bars.at(now)) {
      const bar = bars[index];
      if (bar) this.at(brush, this.elements.barLine(), placeOf(this.lane, bar.speed, bar.time, now), 1);
    }
    const glow = this.shape.kiai.glow(now);
    if (glow > 0) brush.sprite(this.elements.kiai(), this.lane.target, this.lane.y, 1, glow);
    const seen = this.objects.at(now).flatMap((index) => objects[index] ?? []);
    for (const object of seen) if (object.kind === 'note') this.burst(brush, object, now);
    // What is to be hit next lies on top.
    for (const object of seen.toReversed()) {
      if (object.kind === 'note') this.note(brush, object, now);
      else if (object.kind === 'roll') this.roll(brush, object, now);
      else this.denden(brush, object, now);
    }
    // Nothing of the lane is seen over the drum.
    if (this.reachesDrum) brush.sprite(this.elements.drum(), this.lane.drum / 2, this.lane.y);
    for (const object of seen) if (object.kind === 'note') this.word(brush, object, now);
  }

  private at(brush: Brush, sprite: Sprite, x: number, alpha: number, scale = 1): void {
    const { drum, y } = this.lane;
    const half = (sprite.width * scale) / 2;
    if (x + half > drum) brush.sprite(sprite, x, y, scale, alpha);
    if (x - half < drum && x + half > drum) this.reachesDrum = true;
  }

  private note(brush: Brush, { index, time, speed, rim, large }: TaikoNote, now: number): void {
    const { lane, elements, shape } = this;
    const result = shape.hits[index]?.result;
    const sprite = elements.note(rim, large);
    if (result && now >= result.time && result.value > 0) {
      const part = (now - result.time) / shape.rate / FLIGHT;
      if (part >= 1 || shape.hidden) return;
      brush.sprite(
        sprite,
        lane.target + part * lane.note,
        lane.y - lane.height * 0.8 * (2 * part - part * part),
        1,
        1 - part,
      );
      return;
    }
    const gone = result && now >= result.time ? clamp((now - result.time) / shape.rate / MISS_FADE) : 0;
    this.at(brush, sprite, placeOf(lane, speed, time, now), this.sight(speed, time, now) * (1 - gone));
  }

  /** With Hidden what comes fades on its way. */
  private sight(speed: number, time: number, now: number): number {
    const { hidden, hard } = this.shape;
    if (!hidden) return 1;
    const done = 1 - (time - now) / wayOf(this.lane, speed);
    return 1 - clamp(done / (hard ? HIDDEN_WAY_HARD : HIDDEN_WAY));
  }

  private roll(brush: Brush, roll: TaikoRoll, now: number): void {
    const { lane, elements, shape } = this;
    const { time, endTime, speed, large, tickEvery, ticks } = roll;
    const radius = (large ? lane.large : lane.note) * 0.95;
    const head = placeOf(lane, speed, time, now);
    const tail = placeOf(lane, speed, endTime, now);
    const [left, right] = [Math.max(lane.drum, head), Math.min(lane.right, tail)];
    const middle = elements.rollMiddle();
    this.at(brush, elements.rollTail(large) ?? elements.rollEnd(large), tail, 1);
    if (right > left)
      brush.paint(around((left + right) / 2, lane.y, right - left, 2.2 * radius), (context) => {
        if (middle) {
          const whole = (2 * radius) / 0.95;
          context.drawImage(middle.image, left, lane.y - whole / 2, right - left, whole);
          return;
        }
        context.fillStyle = '#ffffff';
        context.fillRect(left, lane.y - radius, right - left, 2 * radius);
        context.fillStyle = css(shade(ROLL, -0.05));
        context.fillRect(left, lane.y - radius * 0.85, right - left, radius * 1.7);
      });
    this.at(brush, elements.rollEnd(large), head, 1);
    const hit = new Set(
      (shape.hits[roll.index]?.times ?? []).filter((at) => at <= now).map((at) => Math.round((at - time) / tickEvery)),
    );
    // Only ticks on the screen are looked at: a drumroll may last for minutes.
    const perTick = Math.max(1e-6, tickEvery * speed * lane.scale);
    const first = Math.max(0, Math.ceil((lane.drum - head) / perTick));
    const last = Math.min(
      ticks - 1,
      Math.floor((lane.right - head) / perTick),
      Math.floor((endTime - time) / tickEvery),
    );
    for (let tick = first; tick <= last && tick - first < 2000; tick++) {
      const at = time + tick * tickEvery;
      if (!hit.has(tick)) this.at(brush, elements.tick(), placeOf(lane, speed, at, now), this.sight(speed, at, now));
    }
  }

  private denden(brush: Brush, denden: TaikoDenden, now: number): void {
    const { lane, elements, shape } = this;
    const { index, time, endTime, speed, needed } = denden;
    const { times = [], end } = shape.hits[index] ?? {};
    const over = end && now >= end.time ? clamp((now - end.time) / shape.rate / DENDEN_FADE) : 0;
    if (over >= 1) return;
    const x = Math.max(lane.target, placeOf(lane, speed, time, now));
    const hits = lastAtOrBefore(times, times.length, now) + 1;
    if (now >= time) {
      const left = 1 - clamp((now - time) / Math.max(1, endTime - time));
      this.at(brush, elements.dendenRing(true), x, (1 - over) * 0.9, 0.45 + 0.55 * left);
      this.at(brush, elements.dendenRing(false), x, 1 - over, (0.42 + 0.55 * Math.min(1, hits / needed)) * (1 + over));
    }
    const isCounting = now >= time && hits < needed;
    const disc = isCounting ? elements.rollEnd(true) : elements.denden();
    brush.sprite(disc, x, lane.y, 1 + 0.3 * over, 1 - over, isCounting ? 0 : hits * 0.5);
    if (!isCounting) return;
    const number = elements.text(`${needed - hits}`, lane.note * 1.15, '#ffffff');
    brush.sprite(number, x, lane.y, 1, 1 - over);
  }

  private burst(brush: Brush, { index, large }: TaikoNote, now: number): void {
    const result = this.shape.hits[index]?.result;
    if (!result || result.value === 0 || now < result.time) return;
    const part = (now - result.time) / this.shape.rate / BURST;
    if (part < 1)
      this.at(brush, this.elements.burst(result.value, large), this.lane.target, 1 - part, 0.8 + 0.3 * part);
  }

  private word(brush: Brush, { index }: TaikoNote, now: number): void {
    const result = this.shape.hits[index]?.result;
    if (!result || now < result.time || (result.value === 300 && !this.shape.results300)) return;
    const since = (now - result.time) / this.shape.rate;
    if (since >= WORD) return;
    const alpha = Math.min(clamp(since / 60), 1 - clamp((since - 300) / (WORD - 300)));
    const rise = this.lane.note * (1.55 + 0.25 * clamp(since / 200));
    brush.sprite(this.elements.word(result.value), this.lane.target, this.lane.y - rise, 1, alpha);
  }
}
