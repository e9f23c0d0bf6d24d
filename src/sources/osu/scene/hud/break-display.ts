/** What is seen while nothing is to be played: how long that still is, and bars above and below where the map wants them. */
import type { KeptDrawing } from '../../../../media/overlay/overlay-scene.ts';
import type { Break } from '../../read/beatmap.ts';
import { clamp } from '../clamp.ts';
import type { Stage } from '../stage.ts';
import { line } from './line.ts';

export interface BreakShape {
  readonly breaks: readonly Break[];
  readonly letterbox: boolean;
  /** Ms of the map in one of real time. */
  readonly rate: number;
  /** In the upper part of the screen instead of its middle. */
  readonly high?: boolean;
}

/** Shorter ones are over before anybody could read. Real ms. */
const SHORTEST = 2000;
const FADE_MS = 400;
const FADE_STEPS = 8;
/** Of the height of the picture, each. */
const LETTERBOX = 0.1;
const BAR_STEPS = 240;

export class BreakDisplay {
  private readonly shape: BreakShape;
  private readonly stage: Stage;

  constructor(shape: BreakShape, stage: Stage) {
    this.shape = shape;
    this.stage = stage;
  }

  /** @param now ms of the map */
  at(now: number): KeptDrawing[] {
    const { breaks, letterbox, rate } = this.shape;
    const pause = breaks.find(({ start, end }) => now > start && now < end && (end - start) / rate >= SHORTEST);
    if (!pause) return [];
    const since = (now - pause.start) / rate;
    const left = (pause.end - now) / rate;
    const alpha = Math.round(clamp(Math.min(since, left) / FADE_MS) * FADE_STEPS) / FADE_STEPS;
    if (alpha <= 0) return [];
    const bars = letterbox ? this.bars(alpha) : [];
    return [...bars, this.rest(left, left / ((pause.end - pause.start) / rate), alpha)];
  }

  private bars(alpha: number): KeptDrawing[] {
    const { width, height } = this.stage.size;
    const high = Math.round(height * LETTERBOX);
    return [0, height - high].map((y) => ({
      key: `letterbox ${y} ${alpha}`,
      rect: { x: 0, y, width, height: high },
      draw: (context) => {
        context.fillStyle = `rgb(0 0 0 / ${alpha})`;
        context.fillRect(0, y, width, high);
      },
    }));
  }

  /** @param left real ms @param part of the whole break */
  private rest(left: number, part: number, alpha: number): KeptDrawing {
    const { unit: u, size } = this.stage;
    const seconds = `${Math.ceil(left / 1000)}`;
    const steps = Math.ceil(clamp(part) * BAR_STEPS);
    const [x, y] = [size.width / 2, size.height * (this.shape.high === true ? 0.2 : 0.42)];
    return {
      key: `break ${seconds} ${steps} ${alpha}`,
      rect: {
        x: Math.floor(x - 130 * u),
        y: Math.floor(y - 36 * u),
        width: Math.ceil(260 * u),
        height: Math.ceil(56 * u),
      },
      draw: (context) => {
        context.globalAlpha = alpha;
        line(context, seconds, x, y - 12 * u, 34 * u, '#ffffff', 'center', 600);
        const width = Math.max(1, (240 * u * steps) / BAR_STEPS);
        context.fillStyle = 'rgb(255 255 255 / 0.9)';
        context.fillRect(x - width / 2, y + 10 * u, width, 4 * u);
        context.globalAlpha = 1;
      },
    };
  }
}
