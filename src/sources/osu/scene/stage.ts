/** Where osu! pixels are on the screen. */
import type { Size } from '../../../media/codec/plan.ts';

/** The field is 512 × 384 osu! pixels; a screen is 480 of them high, and the field lies 8 lower than its middle. */
const FIELD = { width: 512, height: 384 };
const SCREEN_HEIGHT = 480;
const SCREEN_WIDTH = 640;
const LOWER = 8;
/** Heads-up displays of skins are drawn for a screen of this height. */
const SKIN_HEIGHT = 768;

export interface Stage {
  readonly size: Size;
  /** Pixels of an osu! pixel. */
  readonly scale: number;
  /** Pixels of a pixel of a skin. */
  readonly skinScale: number;
  /** Pixels of a piece of text or display that is meant for 720 lines. */
  readonly unit: number;
  x(osu: number): number;
  y(osu: number): number;
}

/** Upright pictures are as wide as a screen of 4:3. */
export function stageOf(size: Size): Stage {
  const scale = Math.min(size.height / SCREEN_HEIGHT, size.width / SCREEN_WIDTH);
  return {
    size,
    scale,
    skinScale: (scale * SCREEN_HEIGHT) / SKIN_HEIGHT,
    unit: (scale * SCREEN_HEIGHT) / 720,
    x: (osu) => size.width / 2 + (osu - FIELD.width / 2) * scale,
    y: (osu) => size.height / 2 + (osu - FIELD.height / 2) * scale + LOWER * scale,
  };
}
