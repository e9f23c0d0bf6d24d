/** How fast the ball of a slider goes, and how far apart its ticks are. */
import type { Beatmap, SliderObject } from '../read/beatmap.ts';
import type { Timing } from './timing.ts';

export interface SliderPace {
  /** Osu! pixels a second. */
  readonly perSecond: number;
  /** Osu! pixels, at most the length of the slider. */
  readonly tickDistance: number;
}

/** @param length of one way, osu! pixels */
export function sliderPace(map: Beatmap, slider: SliderObject, timing: Timing, length: number): SliderPace {
  const { sliderMultiplier, tickRate } = map.difficulty;
  const beatLength = timing.beatLength(slider.time);
  // A tempo of nothing, or of no number, is that of the game's own default.
  const perSecond = (100 * sliderMultiplier * 1000) / (beatLength > 0 ? Math.max(beatLength, 1e-3) : 1000);
  const pixelsPerTick = (100 * sliderMultiplier) / tickRate;
  // Before format 8 ticks lie as if no speed were inherited.
  const tickDistance = map.version < 8 ? pixelsPerTick : pixelsPerTick / timing.slowness(slider.time);
  return { perSecond, tickDistance: Math.min(tickDistance, length) };
}
