/**
 * What a clip says of itself: title, route, time of the route, details of the device, and whether the overlay is exact.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { DriveInfo, FrameState } from '../frame-state.ts';
import type { SceneOptions } from './options.ts';
import { drawWords, type Font, fit, type Words } from './text.ts';
import type { Layer, Rect } from './tiles.ts';

/** Seconds for which the details are shown. */
export const DETAILS_SECONDS = 5;

/** `3:07` → `03:07`; minutes go on beyond 99. @param seconds since the start of the route */
export function clockText(seconds: number): string {
  // A picture's time is a multiple of 1/20 s; a hair less must not show the second before.
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}

/** The route as far as the person wants it shown; empty: not at all. */
export function routeText({ brand, privacy }: SceneOptions): string {
  if (privacy.hideRoute) return '';
  return privacy.hideDongle ? brand.route.replace(/^[0-9a-z]{16}[|_/]/i, '') : brand.route;
}

/** One line about device and car, of what is known. */
export function detailsText(info: DriveInfo): string {
  const origin = info.gitRemote?.replace(/^.*[/:]([^/:]+\/[^/]+?)(\.git)?$/, '$1') ?? null;
  const facts: [string, string | null][] = [
    ['openpilot', info.version === null ? null : `v${info.version}`],
    ['car:', info.car],
    ['origin:', origin],
    ['branch:', info.gitBranch],
    ['commit:', info.gitCommit?.slice(0, 8) ?? null],
    ['modified:', info.dirty === null ? null : info.dirty ? 'yes' : 'no'],
  ];
  return facts.flatMap(([name, value]) => (value ? [`${name} ${value}`] : [])).join(', ');
}

/** Words about how far the overlay can be trusted; empty: exact. */
export function tierText(tier: FrameState['tier']): string {
  return { exact: '', 'low-rate': 'low-rate overlay', none: 'no model was logged here' }[tier];
}

/**
 * Words on a dark plate.
 * @param edge where the plate starts, ends or has its middle, and its top
 */
export function plate(
  text: string,
  font: Font,
  edge: { readonly x: number; readonly y: number; readonly align: 'left' | 'right' | 'center' },
  room: number,
): Omit<Layer, 'key'> {
  const padding = font.size * 0.5;
  const words = fit(text, font, Math.max(10, room - 2 * padding), font.size * 0.7);
  const width = words.width + 2 * padding;
  const height = font.size * 1.45;
  const x = edge.x - (edge.align === 'left' ? 0 : edge.align === 'right' ? width : width / 2);
  const rect = { x, y: edge.y, width, height };
  return { rect, draw: (context) => drawPlate(context, words, rect, font.size * 0.35) };
}

function drawPlate(context: SKRSContext2D, words: Words, rect: Rect, radius: number): void {
  context.fillStyle = 'rgba(0, 0, 0, 0.5)';
  context.beginPath();
  context.roundRect(rect.x, rect.y, rect.width, rect.height, radius);
  context.fill();
  drawWords(context, words, rect.x + rect.width / 2, rect.y + rect.height / 2, 'rgba(255, 255, 255, 0.94)');
}
