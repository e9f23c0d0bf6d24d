/** The cursor with its trail, the smoke, and the darkness of Flashlight around it. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { type ReplayFrames, SMOKE } from '../../read/replay.ts';
import { around, type Brush, type Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { type CursorPath, lastAtOrBefore } from '../cursor-path.ts';
import { Darkness } from '../dark.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { CursorSprites } from './cursor-sprites.ts';
import { SkinCursorDrawing } from './skin-cursor.ts';

/** Real milliseconds. */
const TRAIL_MS = 180;
const TRAIL_STEPS = 22;
const PRESS_GROWTH = 0.2;
const PRESS_MS = 80;
/** Smoke fades out between these ages, ms of the map. */
const SMOKE_STAYS = 4000;
const SMOKE_GONE = 8000;
/** Osu! pixels of light with a small combo. */
const LIGHT_RADIUS = 168;
const LIGHT_STEPS = 32;
/** Of a skin's smoke: distance of two pictures as a part of their width, and how many there are between two frames of the replay. */
const PUFFS_APART = 0.35;
const MOST_PUFFS = 200;

/** Smoke from one frame of the replay to the next. */
interface Puff {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly alpha: number;
}

export class CursorDrawing {
  private readonly stage: Stage;
  private readonly sprites: CursorSprites;
  private readonly cursor: CursorPath;
  private readonly frames: ReplayFrames;
  /** Milliseconds of the map in one of real time. */
  private readonly rate: number;
  private readonly darkness = new Darkness();
  private readonly skinned: SkinCursorDrawing;
  /** By the number of the step. */
  private readonly trail: Sprite[] = [];

  constructor(stage: Stage, skin: SkinLook | undefined, cursor: CursorPath, frames: ReplayFrames, rate: number) {
    this.stage = stage;
    this.sprites = new CursorSprites(stage, skin);
    this.cursor = cursor;
    this.frames = frames;
    this.rate = rate;
    this.skinned = new SkinCursorDrawing(stage, cursor, rate);
  }

  draw(brush: Brush, now: number): void {
    const { stage, sprites, cursor } = this;
    const skin = sprites.ofSkin;
    if (skin) {
      this.skinned.draw(brush, skin, now, this.growthAt(now));
      return;
    }
    for (let step = TRAIL_STEPS; step > 0; step--) {
      const age = step / TRAIL_STEPS;
      const { x, y } = cursor.at(now - age * TRAIL_MS * this.rate);
      brush.sprite(this.trailAt(step), stage.x(x), stage.y(y), 1, 0.42 * (1 - age));
    }
    const { x, y } = cursor.at(now);
    brush.moving(sprites.cursor(), stage.x(x), stage.y(y), 1 + PRESS_GROWTH * this.growthAt(now));
  }

  /** How far it has grown for a key that is held, 0 to 1. */
  private growthAt(now: number): number {
    const { cursor } = this;
    const pressed = (['k1', 'k2', 'm1', 'm2'] as const).map((button) => cursor.pressesOf(button, now));
    const newest = pressed.reduce((best, one) => (one.since > best.since ? one : best));
    const since = clamp((now - newest.since) / (PRESS_MS * this.rate));
    const held = pressed.some(({ down }) => down);
    return held ? since : newest.since > Number.NEGATIVE_INFINITY ? 1 - since : 0;
  }

  /** Dots of the trail are as soft as they are many: of each size one is kept, laid at whole pixels. */
  private trailAt(step: number): Sprite {
    const known = this.trail[step];
    if (known) return known;
    const dot = this.sprites.trail();
    const scale = 1 - step / (2 * TRAIL_STEPS);
    const [width, height] = [Math.ceil(dot.width * scale), Math.ceil(dot.height * scale)];
    const image = createCanvas(width, height);
    image.getContext('2d').drawImage(dot.image, 0, 0, width, height);
    const made: Sprite = { image, width, height };
    this.trail[step] = made;
    return made;
  }

  smoke(brush: Brush, now: number): void {
    const { count, time, keys, x, y } = this.frames;
    const last = lastAtOrBefore(time, count, now);
    const { stage } = this;
    const own = this.sprites.smoke;
    const width = own ? Math.max(own.width, own.height) : 5 * stage.scale;
    const puffs: Puff[] = [];
    for (let index = Math.max(0, lastAtOrBefore(time, count, now - SMOKE_GONE)); index < last; index++) {
      if (((keys[index] ?? 0) & SMOKE) === 0 || ((keys[index + 1] ?? 0) & SMOKE) === 0) continue;
      const age = now - (time[index] ?? 0);
      puffs.push({
        from: { x: stage.x(x[index] ?? 0), y: stage.y(y[index] ?? 0) },
        to: { x: stage.x(x[index + 1] ?? 0), y: stage.y(y[index + 1] ?? 0) },
        alpha: 0.7 * (1 - clamp((age - SMOKE_STAYS) / (SMOKE_GONE - SMOKE_STAYS))),
      });
    }
    const rects = puffs.map(({ from, to }) =>
      around(
        (from.x + to.x) / 2,
        (from.y + to.y) / 2,
        Math.abs(to.x - from.x) + width,
        Math.abs(to.y - from.y) + width,
      ),
    );
    brush.paintAll(rects, (context) => {
      context.lineWidth = width;
      context.lineCap = 'round';
      context.strokeStyle = '#ffffff';
      for (const { from, to, alpha } of puffs) {
        context.globalAlpha = alpha;
        if (own) layPuffs(context, own, from.x, from.y, to.x, to.y);
        else {
          context.beginPath();
          context.moveTo(from.x, from.y);
          context.lineTo(to.x, to.y);
          context.stroke();
        }
      }
    });
  }

  /**
   * All but a circle around the cursor is dark.
   * @param size of the light, 1 with a small combo @param sliding darkens the circle too @param draw what is seen in the light, with what lies behind
   */
  flashlight(brush: Brush, now: number, size: number, sliding: boolean, draw: () => void): void {
    const { stage, cursor } = this;
    // In steps: each radius has a darkness of its own that is kept.
    const radius = LIGHT_RADIUS * (Math.round(size * LIGHT_STEPS) / LIGHT_STEPS) * stage.scale;
    const at = cursor.at(now);
    this.darkness.around(brush, { x: stage.x(at.x), y: stage.y(at.y), radius, dim: sliding ? 0.8 : 0 }, () => {
      draw();
    });
  }
}

/** A skin's picture along a way, so that it looks like one line. */
function layPuffs(
  context: SKRSContext2D,
  { image, width, height }: Sprite,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  const apart = Math.max(2, width * PUFFS_APART);
  const count = Math.min(MOST_PUFFS, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / apart));
  for (let puff = 0; puff < count; puff++) {
    const part = puff / count;
    context.drawImage(image, x0 + (x1 - x0) * part - width / 2, y0 + (y1 - y0) * part - height / 2, width, height);
  }
}
