/** A drawing that is kept: converted once, then laid over pictures at whole pixels, at the cost of what it covers. */
import { HEAD, layersOf } from './layers.ts';
import type { ColourMatrix } from './matrix.ts';
import { alloc, pixels, writeNumbers } from './memory.ts';
import type { Picture } from './picture.ts';
import type { Rect } from './rect.ts';
import { Room } from './room.ts';

/** Bytes of a stretch (`Run` in `assembly/pixels.ts`). */
const RUN = 16;

export class Patch {
  /** Its heads, or 0 when it had to make room for others. */
  private at: number;

  /** @param rgba straight, in memory order, rows of `width` @param width even @param height even */
  constructor(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number, matrix: ColourMatrix) {
    const { at, bytes, components } = layersOf(rgba, width, height, matrix);
    this.at = at;
    const counts = components.map((one) => pixels.runsOf(one.head, one.width, one.height, 0));
    const all = counts.reduce((sum, count) => sum + count, 0);
    const runs = alloc(all * RUN);
    let next = runs;
    for (const [index, one] of components.entries()) {
      const count = counts[index] ?? 0;
      pixels.runsOf(one.head, one.width, one.height, next);
      writeNumbers(one.head + 12, [next, count]);
      next += count * RUN;
    }
    Room.take(this, bytes + all * RUN, () => {
      this.at = 0;
      pixels.free(at);
      pixels.free(runs);
    });
  }

  /** False: it is to be made again. */
  get there(): boolean {
    return this.at !== 0;
  }

  /**
   * @param x even column of its left edge @param y even
   * @param strength how much of it, 1 to 256
   * @param clip even, inside of the picture: nothing outside of it is touched
   */
  lay({ planes, strides }: Picture, x: number, y: number, strength: number, clip: Rect): void {
    Room.use(this);
    for (let index = 0; index < 3; index++) {
      const by = index === 0 ? 0 : 1;
      const [left, top] = [x >> by, y >> by];
      pixels.lay(
        planes[index] ?? 0,
        strides[index] ?? 0,
        this.at + index * HEAD,
        left,
        top,
        strength,
        (clip.x >> by) - left,
        ((clip.x + clip.width) >> by) - left,
        (clip.y >> by) - top,
        ((clip.y + clip.height) >> by) - top,
      );
    }
  }
}
