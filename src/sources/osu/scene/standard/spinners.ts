/** Spinners: those of a skin, or by code. */
import type { PlaySpinner } from '../../judge/play-object.ts';
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import type { CursorPath } from '../cursor-path.ts';
import { DrawnOnce, disc, ring, write } from '../drawn-once.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { eased, HIT_FADE, type Sight } from './fade.ts';
import { SkinSpinner } from './skin-spinner.ts';
import { Spun } from './spun.ts';

/** Arcs of the built-in one. */
const BLADES = 6;
const PROGRESS_STEPS = 48;

export interface SpinnersShape {
  readonly sight: Sight;
  readonly cursor: CursorPath;
  /** Ms of the map in one of real time. */
  readonly rate: number;
}

export class Spinners extends DrawnOnce {
  private readonly shape: SpinnersShape;
  private readonly stage: Stage;
  private readonly skin: SkinSpinner | undefined;
  private readonly spun: Spun;

  constructor(shape: SpinnersShape, stage: Stage, skin: SkinLook | undefined) {
    super();
    this.shape = shape;
    this.stage = stage;
    this.skin = SkinSpinner.of(skin, stage);
    this.spun = new Spun(shape.cursor);
  }

  /** @param given moments of its bonuses */
  draw(brush: Brush, spinner: PlaySpinner, given: readonly number[], now: number): void {
    const { sight, rate } = this.shape;
    const { time, endTime, needed } = spinner;
    const alpha =
      now < time ? clamp((now - (time - sight.preempt)) / sight.fadeIn) : 1 - clamp((now - endTime) / HIT_FADE);
    if (alpha <= 0) return;
    const turned = this.spun.by(spinner, now);
    const bonuses = given.filter((at) => at <= now);
    const newest = bonuses.at(-1);
    const progress = needed > 0 ? Math.min(1, Math.abs(turned) / Math.PI / needed) : 1;
    const perMinute = this.spun.turnsPerMinute(spinner, now, rate);
    if (this.skin) {
      const comes = eased((now - (time - sight.preempt)) / sight.fadeIn);
      this.skin.draw(brush, {
        ...{ now, time, endTime, alpha, turned, progress, perMinute, comes },
        ring: !sight.hidden,
        bonus: newest,
      });
      if (newest !== undefined) this.skin.bonus(brush, bonuses.length * 1000, now - newest, alpha);
      return;
    }
    const { stage } = this;
    const [x, y] = [stage.x(256), stage.y(192)];
    brush.sprite(this.disc(), x, y, 1, alpha, turned % (2 * Math.PI));
    const steps = Math.round(progress * PROGRESS_STEPS);
    if (steps > 0) brush.sprite(this.progress(steps), x, y, 1, alpha);
    if (now < endTime && !sight.hidden) {
      const left = now < time ? 1 : 1 - (now - time) / Math.max(1, endTime - time);
      brush.sprite(this.approach(), x, y, 0.1 + 0.86 * left, alpha * 0.8);
    }
    if (progress >= 1 && now >= time) brush.sprite(this.text('Clear!', 24, '#9ff0a4'), x, stage.y(242), 1, alpha);
    else if (now < time) brush.sprite(this.text('Spin!', 24, '#ffffff'), x, stage.y(242), 1, alpha);
    if (now >= time)
      brush.sprite(this.text(`${Math.round(perMinute)} / min`, 13, '#cfe3ff'), x, stage.y(364), 1, alpha);
    if (newest === undefined) return;
    const pop = clamp((now - newest) / 200);
    brush.sprite(this.text(`${bonuses.length * 1000}`, 30, '#ffe08a'), x, stage.y(276), 1.3 - 0.3 * pop, alpha);
  }

  /** What turns. */
  private disc(): Sprite {
    return this.square('spinner', 300 * this.stage.scale, (context, r) => {
      const ground = context.createRadialGradient(0, 0, r * 0.1, 0, 0, r * 0.98);
      ground.addColorStop(0, 'rgb(40 54 110 / 0.62)');
      ground.addColorStop(1, 'rgb(10 14 32 / 0.62)');
      disc(context, r * 0.98, ground);
      context.lineWidth = r * 0.03;
      context.strokeStyle = 'rgb(255 255 255 / 0.85)';
      ring(context, r * 0.96);
      context.lineWidth = r * 0.1;
      context.lineCap = 'round';
      for (let blade = 0; blade < BLADES; blade++) {
        context.strokeStyle = blade % 2 === 0 ? 'rgb(120 190 255 / 0.9)' : 'rgb(255 255 255 / 0.5)';
        context.beginPath();
        const angle = (blade * 2 * Math.PI) / BLADES;
        context.arc(0, 0, r * 0.72, angle, angle + 0.62);
        context.stroke();
      }
      disc(context, r * 0.07, '#ffffff');
    });
  }

  /** How much of what is needed has been turned: a ring that closes. */
  private progress(steps: number): Sprite {
    return this.square(`progress ${steps}`, 300 * this.stage.scale, (context, r) => {
      context.lineWidth = r * 0.05;
      context.lineCap = 'round';
      context.strokeStyle = steps === PROGRESS_STEPS ? '#9ff0a4' : '#ffd65a';
      context.beginPath();
      context.arc(0, 0, r * 0.88, -Math.PI / 2, -Math.PI / 2 + (2 * Math.PI * steps) / PROGRESS_STEPS);
      context.stroke();
    });
  }

  private approach(): Sprite {
    return this.square('spinner approach', 400 * this.stage.scale, (context, r) => {
      context.lineWidth = r * 0.022;
      context.strokeStyle = 'rgb(255 255 255 / 0.85)';
      ring(context, r * 0.98);
    });
  }

  /** @param size in osu! pixels */
  private text(text: string, size: number, colour: string): Sprite {
    const pixels = size * this.stage.scale;
    return this.sprite(`text ${size} ${colour} ${text}`, (text.length + 1) * pixels * 0.75, pixels * 1.6, (context) =>
      write(context, text, pixels, colour, pixels * 0.14),
    );
  }
}
