/** A drawing that is kept and laid over pictures at any size, and between pixels. */
import { layersOf } from './layers.ts';
import type { ColourMatrix } from './matrix.ts';
import { alloc, pixels, writeNumbers } from './memory.ts';
import type { Picture } from './picture.ts';
import type { Rect } from './rect.ts';
import { Room } from './room.ts';

/** Bytes of the head of a component (`ScaledLayer` in `assembly/scaled.ts`). */
const HEAD = 20;

export class ScaledPatch {
  /** Its heads, or 0 when it had to make room for others. */
  private at: number;

  /** @param rgba straight, in memory order, rows of `width` @param width even @param height even */
  constructor(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number, matrix: ColourMatrix) {
    const { at, components } = layersOf(rgba, width, height, matrix);
    const heads = alloc(3 * HEAD);
    this.at = heads;
    const owned = [heads];
    let bytes = 0;
    const take = (count: number): number => {
      bytes += count;
      const place = alloc(count);
      owned.push(place);
      return place;
    };
    for (const [index, { colour, under, stride, width: inner, height: high }] of components.entries()) {
      const head = heads + index * HEAD;
      const [columns, rows] = [inner + 2, high + 2];
      writeNumbers(head, [take(4 * columns * rows), columns, rows, take(4 * rows), 0]);
      pixels.spread(head, colour, under, stride, inner, high);
      const runs = take(4 * pixels.scaledRuns(head, false));
      writeNumbers(head + 16, [runs]);
      pixels.scaledRuns(head, true);
    }
    pixels.free(at);
    Room.take(this, bytes, () => {
      this.at = 0;
      for (const place of owned) pixels.free(place);
    });
  }

  /** False: it is to be made again. */
  get there(): boolean {
    return this.at !== 0;
  }

  /**
   * @param x of its left edge on the picture @param y of its upper edge
   * @param scale pixels of the picture for one of its own
   * @param strength how much of it, 1 to 256
   * @param clip even, inside of the picture: nothing outside of it is touched
   */
  lay({ planes, strides }: Picture, x: number, y: number, scale: number, strength: number, clip: Rect): void {
    Room.use(this);
    for (let index = 0; index < 3; index++) {
      const by = index === 0 ? 0 : 1;
      pixels.layScaled(
        planes[index] ?? 0,
        strides[index] ?? 0,
        this.at + index * HEAD,
        x / (1 << by),
        y / (1 << by),
        scale,
        strength,
        clip.x >> by,
        clip.y >> by,
        (clip.x + clip.width) >> by,
        (clip.y + clip.height) >> by,
      );
    }
  }
}
