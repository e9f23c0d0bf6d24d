/**
 * Canvases for parts of a picture. Reading a canvas back after something was drawn on it costs a copy of all of it, and fresh memory costs more than what is
 * done with it: so they are as small as will do, and kept.
 */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Rect } from '../pixels/rect.ts';

/** Of one canvas; what is larger is drawn in bands. */
const MOST_PIXELS = 1 << 19;
/** Canvases that are kept, each for parts of about its size. */
const MOST_KEPT = 4;
/** Sides are powers of two from here on. */
const SMALLEST = 64;
/** Rows that are read back at once: each reading is a buffer of its own that waits for the garbage collector. Even. */
const STRIP = 64;

export class Easel {
  private readonly kept = new Map<string, SKRSContext2D>();

  /**
   * @param rect even
   * @param draw in coordinates of the picture, on a transparent ground; nothing outside of `rect` is seen. Called for each band
   * @param take gets all of it, in pieces: straight RGBA, in memory order
   */
  paint(
    rect: Rect,
    draw: (context: SKRSContext2D) => void,
    take: (rgba: Uint8ClampedArray, piece: Rect) => void,
  ): void {
    const high = Math.max(2, Math.floor(MOST_PIXELS / rect.width / 2) * 2);
    for (const band of bandsOf(rect, high)) {
      const { x, y, width, height } = band;
      const context = this.canvasFor(width, height);
      context.save();
      context.translate(-x, -y);
      context.clearRect(x, y, width, height);
      context.beginPath();
      context.rect(x, y, width, height);
      context.clip();
      draw(context);
      context.restore();
      for (const strip of bandsOf(band, STRIP))
        take(context.getImageData(0, strip.y - y, width, strip.height).data, strip);
    }
  }

  private canvasFor(width: number, height: number): SKRSContext2D {
    const [wide, high] = [powerOfTwo(width), powerOfTwo(height)];
    // The next power of two of a large one would be too much.
    const fits = wide * high <= MOST_PIXELS;
    const key = fits ? `${wide} ${high}` : `${width} ${height}`;
    const known = this.kept.get(key);
    const context = known ?? createCanvas(fits ? wide : width, fits ? high : height).getContext('2d');
    this.kept.delete(key);
    this.kept.set(key, context);
    for (const old of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(old);
    }
    return context;
  }
}

const powerOfTwo = (side: number): number => Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(side)));

function bandsOf({ x, y, width, height }: Rect, most: number): Rect[] {
  return Array.from({ length: Math.ceil(height / most) }, (_, index) => ({
    x,
    y: y + index * most,
    width,
    height: Math.min(most, height - index * most),
  }));
}
