/** Reads the bar codes of the demo scene, or of a test camera, from a `<video>` or a `<canvas>` in a page. */
import type { Locator } from 'playwright-core';
import { BAR_ROWS, decodeBars } from '../../src/media/barcode.ts';

export interface ShownFrame {
  /** Page's clock when the pixels were read, UTC ms. */
  readonly readAt: number;
  /** What the picture says of itself; undefined where it cannot be read. */
  readonly time: number | undefined;
  readonly frame: number | undefined;
}

/** @param video a visible `<video>` or `<canvas>` */
export async function shownFrame(video: Locator): Promise<ShownFrame> {
  await video.waitFor();
  const [seen] = await shownFrames(video);
  return seen ?? { readAt: Date.now(), time: undefined, frame: undefined };
}

/** What stands in several at the same moment. */
export async function shownFrames(videos: Locator): Promise<ShownFrame[]> {
  const rows = { time: BAR_ROWS.time, frame: BAR_ROWS.frame };
  const all = await videos.evaluateAll((elements, areas) => {
    // The pixels of all of them first: reading takes time.
    const pictures = elements.map((element) => {
      const shown = element as HTMLVideoElement | HTMLCanvasElement;
      const canvas = document.createElement('canvas');
      canvas.width = 'videoWidth' in shown ? shown.videoWidth : shown.width;
      canvas.height = 'videoHeight' in shown ? shown.videoHeight : shown.height;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!context || canvas.width === 0) return undefined;
      context.drawImage(shown, 0, 0);
      return { canvas, context };
    });
    const readAt = Date.now();
    return pictures.map((picture) => {
      if (!picture) return undefined;
      const { canvas, context } = picture;
      const line = (area: { y: number; height: number }): number[] => {
        const y = Math.floor((area.y + area.height / 2) * canvas.height);
        const { data } = context.getImageData(0, y, canvas.width, 1);
        return Array.from({ length: canvas.width }, (_, x) => data[x * 4 + 1] ?? 0);
      };
      return { readAt, time: line(areas.time), frame: line(areas.frame) };
    });
  }, rows);
  const decode = (line: number[], area: { x: number; width: number }): number | undefined => {
    const value = decodeBars(
      (x) => line[Math.min(line.length - 1, Math.floor((area.x + x * area.width) * line.length))] ?? 0,
    );
    return value === undefined ? undefined : Number(value);
  };
  return all.map((seen) =>
    seen
      ? { readAt: seen.readAt, time: decode(seen.time, rows.time), frame: decode(seen.frame, rows.frame) }
      : { readAt: Date.now(), time: undefined, frame: undefined },
  );
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
