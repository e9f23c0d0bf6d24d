/** The points that lead from one object to the next. */
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { CIRCLE_PIXELS } from './circle-drawings.ts';

/** Distance of two, osu! pixels; how long before its turn one is seen, and how long it fades, ms of the map. */
const EVERY = 32;
const PREEMPT = 800;
const FADE = 400;
/** Of an object: points to it are seen so long before it. */
export const POINTS_BEFORE = PREEMPT + FADE;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly time: number;
}

export class FollowPoints extends SkinDrawings {
  private readonly stage: Stage;
  private readonly scale: number;
  /** Ms of the map in one of real time. */
  private readonly rate: number;

  /** @param radius of a circle, osu! pixels */
  constructor(stage: Stage, radius: number, rate: number, skin: SkinLook | undefined) {
    super(skin);
    this.stage = stage;
    this.scale = (2 * radius * stage.scale) / CIRCLE_PIXELS;
    this.rate = rate;
  }

  draw(brush: Brush, from: Place, to: Place, now: number): void {
    const { stage } = this;
    const distance = Math.hypot(to.x - from.x, to.y - from.y);
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    const length = to.time - from.time;
    for (let at = EVERY * 1.5; at < distance - EVERY; at += EVERY) {
      const part = at / distance;
      const turn = from.time + part * length;
      const alpha = clamp((now - (turn - PREEMPT)) / FADE) * (1 - clamp((now - turn) / FADE));
      if (alpha <= 0) continue;
      const x = from.x + (to.x - from.x) * part;
      const y = from.y + (to.y - from.y) * part;
      const seen = (now - (turn - PREEMPT)) / this.rate;
      brush.sprite(this.point(seen), stage.x(x), stage.y(y), 1, alpha * 0.75, angle);
    }
  }

  /** Points to the right. @param since real ms that it is seen */
  private point(since: number): Sprite {
    const own = this.animated('followpoint', since, false, this.scale);
    if (own) return own;
    return this.square('follow point', 12 * this.stage.scale, (context, r) => {
      context.lineWidth = r * 0.3;
      context.lineCap = 'round';
      context.lineJoin = 'round';
      context.strokeStyle = '#ffffff';
      context.beginPath();
      context.moveTo(-r * 0.35, -r * 0.5);
      context.lineTo(r * 0.25, 0);
      context.lineTo(-r * 0.35, r * 0.5);
      context.stroke();
    });
  }
}
