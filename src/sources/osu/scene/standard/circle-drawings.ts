/** What is drawn at the size of the map's circles: of the skin where it has a picture, else by code. */
import { SkinDrawings } from '../skin-drawings.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';

/** A circle is so wide in a skin. */
export const CIRCLE_PIXELS = 128;

export class CircleDrawings extends SkinDrawings {
  /** Pixels. */
  protected readonly radius: number;
  /** Pixels of the screen in one of a skin's. */
  protected readonly scale: number;

  /** @param radius in osu! pixels */
  constructor(stage: Stage, radius: number, skin: SkinLook | undefined) {
    super(skin);
    this.radius = radius * stage.scale;
    this.scale = (2 * this.radius) / CIRCLE_PIXELS;
  }
}
