/** Colours of combos: of the map, of the skin, or the game's own four. */
import type { Rgb } from '../read/beatmap.ts';

const GAME_COLOURS: readonly Rgb[] = [
  { r: 255, g: 192, b: 0 },
  { r: 0, g: 202, b: 0 },
  { r: 18, g: 124, b: 255 },
  { r: 242, g: 24, b: 57 },
];

/** The first list that has any; the game's own at the last. */
export const comboColoursOf = (...lists: readonly (readonly Rgb[])[]): readonly Rgb[] =>
  lists.find((list) => list.length > 0) ?? GAME_COLOURS;

export const css = ({ r, g, b }: Rgb, alpha = 1): string => `rgb(${r} ${g} ${b} / ${alpha})`;

/** @param by from -1 (black) to 1 (white) */
export function shade({ r, g, b }: Rgb, by: number): Rgb {
  const to = by < 0 ? 0 : 255;
  const part = Math.abs(by);
  const mix = (value: number): number => Math.round(value + (to - value) * part);
  return { r: mix(r), g: mix(g), b: mix(b) };
}
