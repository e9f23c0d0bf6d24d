/**
 * The colours of the street at a time of day. Pure.
 */

export interface Palette {
  /** 0 at night, 1 by day. */
  readonly light: number;
  /** 1 when the sun stands on the horizon. */
  readonly glow: number;
  readonly skyTop: string;
  readonly skyMiddle: string;
  readonly skyBottom: string;
  /** A colour of daylight as it looks now. */
  shade(colour: string, by?: number): string;
}

type Rgb = readonly [number, number, number];

const parse = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};

/** `rgb(…)` between two `#rrggbb` colours: `t` 0 is the first. */
function mix(from: string, to: string, t: number): string {
  const [a, b] = [parse(from), parse(to)];
  const part = Math.min(1, Math.max(0, t));
  const channel = (index: 0 | 1 | 2): string =>
    Math.round(a[index] + (b[index] - a[index]) * part)
      .toString(16)
      .padStart(2, '0');
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}

/** @param hour of the day, 0 to 24; the sun is highest at 13 */
export function paletteAt(hour: number): Palette {
  const sun = Math.cos(((hour - 13) / 12) * Math.PI);
  const light = smooth((sun + 0.18) / 0.5);
  const glow = Math.exp(-((sun - 0.08) ** 2) / 0.035);
  const sky = (night: string, day: string, dusk: string, warmth: number): string =>
    mix(mix(night, day, light), dusk, glow * warmth);
  return {
    light,
    glow,
    skyTop: sky('#0d1430', '#4f93d8', '#4b5a94', 0.75),
    skyMiddle: sky('#1b2850', '#a5cdec', '#d98f86', 0.8),
    skyBottom: sky('#34446f', '#e9f3f6', '#ffc98f', 0.95),
    shade: (colour, by = 1) => mix(mix(colour, '#121a38', (1 - light) * 0.66 * by), '#e8895f', glow * 0.16 * by),
  };
}

const smooth = (value: number): number => {
  const part = Math.min(1, Math.max(0, value));
  return part * part * (3 - 2 * part);
};
