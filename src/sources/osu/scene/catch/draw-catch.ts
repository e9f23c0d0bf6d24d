/** What falls, the catcher with its trail, and what lies on its plate. */
import type { CatchObject, CatchPlay } from '../../judge/catch-play.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { ReplayFrames } from '../../read/replay.ts';
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import type { Worn } from '../combos.ts';
import type { CursorPath } from '../cursor-path.ts';
import { InSight } from '../in-sight.ts';
import type { Kiai } from '../kiai.ts';
import type { Stage } from '../stage.ts';
import type { Catches, Plated } from './catches.ts';
import type { CatchElements, Mood } from './elements.ts';

/** Osu! pixels: where things are caught, and how far above of that they come into being. */
export const PLATE_Y = 340;
const FALL = 440;
/** Real ms. */
const FADE_IN = 200;
const LEAVES = 750;
const BURST = 260;
/** Size of what lies on the plate. */
const PLATED = 0.72;
const GHOSTS = 6;
const GHOST_EVERY = 30;
/** With Hidden a fruit fades between these parts of the time before it is caught. */
const HIDDEN_FROM = 0.6;
const HIDDEN_TO = 0.44;
/** Bit of a frame's keys. */
const DASH = 1;

export interface CatchShape {
  readonly play: CatchPlay;
  readonly frames: ReplayFrames;
  readonly cursor: CursorPath;
  readonly catches: Catches;
  /** Of the objects of the map. */
  readonly worn: readonly Worn[];
  readonly colours: readonly Rgb[];
  readonly kiai: Kiai;
  readonly hidden: boolean;
  /** Milliseconds of the map in one of real time. */
  readonly rate: number;
}

export class CatchDrawing {
  private readonly shape: CatchShape;
  private readonly stage: Stage;
  private readonly elements: CatchElements;
  private readonly sight: InSight;

  constructor(shape: CatchShape, stage: Stage, elements: CatchElements) {
    this.shape = shape;
    this.stage = stage;
    this.elements = elements;
    const { objects, difficulty } = shape.play;
    this.sight = new InSight(
      Float64Array.from(objects, ({ time }) => time - difficulty.preempt),
      Float64Array.from(objects, ({ time }) => time + Math.max(difficulty.preempt, LEAVES * shape.rate)),
    );
  }

  /** Where the plate is, in osu! pixels. */
  plateAt(now: number): { readonly x: number; readonly y: number } {
    return { x: Math.max(0, Math.min(512, this.shape.cursor.at(now).x)), y: PLATE_Y };
  }

  draw(brush: Brush, now: number): void {
    const { objects } = this.shape.play;
    const seen = this.sight.at(now).flatMap((index) => objects[index] ?? []);
    this.trail(brush, now);
    const { x } = this.plateAt(now);
    brush.moving(this.elements.catcher(this.lookAt(now), this.moodAt(now)), this.stage.x(x), this.stage.y(PLATE_Y));
    if (!this.shape.hidden)
      for (const one of this.shape.catches.platedAt(now, LEAVES * this.shape.rate)) this.plated(brush, one, now, x);
    for (const object of seen) this.burst(brush, object, now);
    // What is to be caught next lies on top.
    for (const object of seen.toReversed()) this.falling(brush, object, now);
  }

  private colourOf(source: number): Rgb {
    const { worn, colours } = this.shape;
    return colours[(worn[source]?.colour ?? 0) % Math.max(1, colours.length)] ?? { r: 255, g: 255, b: 255 };
  }

  private spriteOf({ kind, source, hyperTo }: CatchObject): Sprite {
    const { elements } = this;
    if (kind === 'banana') return elements.banana();
    const colour = this.colourOf(source);
    const isHyper = hyperTo !== undefined;
    return kind === 'fruit'
      ? elements.fruit(source, colour, isHyper)
      : elements.droplet(colour, kind === 'tiny', isHyper);
  }

  private falling(brush: Brush, object: CatchObject, now: number): void {
    const { shape, stage } = this;
    const { index, time, x } = object;
    const { preempt } = shape.play.difficulty;
    if (now >= time && shape.catches.caught[index]) return;
    const y = PLATE_Y - ((time - now) / preempt) * FALL;
    const shown = clamp((now - (time - preempt)) / (FADE_IN * shape.rate));
    const left = (time - now) / preempt;
    const hidden = shape.hidden ? clamp((left - HIDDEN_TO) / (HIDDEN_FROM - HIDDEN_TO)) : 1;
    const fallen = now > time ? 1 - clamp((now - time) / (LEAVES * shape.rate)) : 1;
    brush.sprite(this.spriteOf(object), stage.x(x), stage.y(y), 1, shown * hidden * fallen, tiltOf(object));
  }

  private burst(brush: Brush, { index, kind, source, time, x }: CatchObject, now: number): void {
    if (now < time || kind === 'tiny' || !this.shape.catches.caught[index]) return;
    const part = (now - time) / this.shape.rate / BURST;
    if (part >= 1) return;
    const colour = kind === 'banana' ? { r: 255, g: 224, b: 64 } : this.colourOf(source);
    const size = (kind === 'fruit' ? 0.6 : 0.4) + 0.5 * part;
    brush.sprite(this.elements.burst(colour), this.stage.x(x), this.stage.y(PLATE_Y), size, (1 - part) * 0.8);
  }

  private plated(brush: Brush, one: Plated, now: number, x: number): void {
    const { shape, stage, elements } = this;
    const object = shape.play.objects[one.index];
    if (!object) return;
    const sprite = this.spriteOf({ ...object, hyperTo: undefined });
    const rest = elements.radius / stage.scale / 2;
    const y = PLATE_Y - one.dy - rest * 0.9;
    if (now < one.leaves) {
      brush.sprite(sprite, stage.x(x + one.dx), stage.y(y), PLATED, 1, tiltOf(object));
      return;
    }
    const from = this.plateAt(one.leaves).x + one.dx;
    const part = (now - one.leaves) / shape.rate / LEAVES;
    const up =
      part < 1 / 3 ? Math.sin((part * 3 * Math.PI) / 2) : 1 - 2 * (1 - Math.cos(((part - 1 / 3) * 1.5 * Math.PI) / 2));
    const fall = one.bursts ? -50 * up : 75 * (1 - Math.cos((part * Math.PI) / 2));
    const aside = one.bursts ? one.dx * 6 * part * 0.75 : 0;
    brush.sprite(sprite, stage.x(from + aside), stage.y(y + fall), PLATED, 1 - part, tiltOf(object));
  }

  /** After-images while it dashes. */
  private trail(brush: Brush, now: number): void {
    const { shape, stage, elements } = this;
    for (let ghost = GHOSTS; ghost > 0; ghost--) {
      const at = now - ghost * GHOST_EVERY * shape.rate;
      const isHyper = shape.catches.isHyper(at);
      if (!isHyper && (shape.cursor.keysAt(at) & DASH) === 0) continue;
      const { x } = this.plateAt(at);
      const sprite = elements.catcher(this.lookAt(at), this.moodAt(at), isHyper ? 'after' : 'dash');
      brush.sprite(sprite, stage.x(x), stage.y(PLATE_Y), 1, (isHyper ? 0.4 : 0.22) * (1 - ghost / (GHOSTS + 1)));
    }
    if (shape.catches.isHyper(now)) {
      const { x } = this.plateAt(now);
      const around = elements.catcher(this.lookAt(now), this.moodAt(now), 'hyper');
      brush.sprite(around, stage.x(x), stage.y(PLATE_Y), 1.08, 0.55);
    }
  }

  private moodAt(now: number): Mood {
    const { catches, kiai } = this.shape;
    return catches.missedBefore(now) ? 'fail' : kiai.is(now) ? 'kiai' : 'idle';
  }

  /** It looks where it went last. */
  private lookAt(now: number): 1 | -1 {
    const { frames, cursor } = this.shape;
    for (
      let index = Math.min(frames.count - 2, cursor.indexAt(now)), steps = 0;
      index >= 0 && steps < 200;
      index--, steps++
    ) {
      const step = (frames.x[index + 1] ?? 0) - (frames.x[index] ?? 0);
      if (step !== 0) return step > 0 ? 1 : -1;
    }
    return 1;
  }
}

/** Each fruit is turned a little, the same each time. */
function tiltOf({ kind, source, time }: CatchObject): number {
  if (kind === 'banana') return ((Math.trunc(time * 7) % 64) / 64) * 2 * Math.PI;
  return kind === 'fruit' ? (((source * 37) % 41) - 20) / 60 : 0;
}
