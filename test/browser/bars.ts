/** Reads the bar codes of the demo scene from a `<video>` that plays in a page. */
import type { Locator } from 'playwright-core';
import { BAR_ROWS, decodeBars } from '../../src/media/barcode.ts';

export interface ShownFrame {
  /** Page's clock when the pixels were read, UTC ms. */
  readonly readAt: number;
  /** What the picture says of itself; undefined where it cannot be read. */
  readonly time: number | undefined;
  readonly frame: number | undefined;
}

/** @param video a visible `<video>` */
export async function shownFrame(video: Locator): Promise<ShownFrame> {
  const rows = { time: BAR_ROWS.time, frame: BAR_ROWS.frame };
  const seen = await video.evaluate((element, areas) => {
    const shown = element as HTMLVideoElement;
    const canvas = document.createElement('canvas');
    canvas.width = shown.videoWidth;
    canvas.height = shown.videoHeight;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context || canvas.width === 0) return undefined;
    context.drawImage(shown, 0, 0);
    const readAt = Date.now();
    const line = (area: { y: number; height: number }): number[] => {
      const { data } = context.getImageData(0, Math.floor((area.y + area.height / 2) * canvas.height), canvas.width, 1);
      return Array.from({ length: canvas.width }, (_, x) => data[x * 4 + 1] ?? 0);
    };
    return { readAt, time: line(areas.time), frame: line(areas.frame) };
  }, rows);
  if (!seen) return { readAt: Date.now(), time: undefined, frame: undefined };
  const decode = (line: number[], area: { x: number; width: number }): number | undefined => {
    const value = decodeBars(
      (x) => line[Math.min(line.length - 1, Math.floor((area.x + x * area.width) * line.length))] ?? 0,
    );
    return value === undefined ? undefined : Number(value);
  };
  return { readAt: seen.readAt, time: decode(seen.time, rows.time), frame: decode(seen.frame, rows.frame) };
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
