/** The cursor and its trail, drawn once: of the skin where it has them, else by code. */
import type { SkinSettings } from '../../read/skin-settings.ts';
import type { Sprite } from '../brush.ts';
import { disc } from '../drawn-once.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';

/** Pixels of a picture of smoke: of larger ones a line would cover the screen many times over. */
const MOST_SMOKE = 40_000;

export interface SkinCursor {
  readonly cursor: Sprite;
  readonly middle: Sprite | undefined;
  /** Undefined: it has none. */
  readonly trail: Sprite | undefined;
  readonly settings: SkinSettings;
}

export class CursorSprites extends SkinDrawings {
  private readonly stage: Stage;

  constructor(stage: Stage, skin: SkinLook | undefined) {
    super(skin);
    this.stage = stage;
  }

  /** Undefined where the skin has no cursor, and the built-in one is drawn. */
  get ofSkin(): SkinCursor | undefined {
    const { skin } = this;
    const of = (name: string): Sprite | undefined => this.own(name, this.stage.skinScale);
    const cursor = of('cursor');
    return skin && cursor && { cursor, middle: of('cursormiddle'), trail: of('cursortrail'), settings: skin.settings };
  }

  /** What smoke is drawn with, where the skin has it. */
  get smoke(): Sprite | undefined {
    const own = this.own('cursor-smoke', this.stage.skinScale);
    return own && own.width * own.height <= MOST_SMOKE ? own : undefined;
  }

  cursor(): Sprite {
    return this.square('cursor', 46 * this.stage.scale, (context, r) => {
      const glow = context.createRadialGradient(0, 0, r * 0.2, 0, 0, r);
      glow.addColorStop(0, 'rgb(255 214 90 / 0.85)');
      glow.addColorStop(0.45, 'rgb(255 190 60 / 0.35)');
      glow.addColorStop(1, 'rgb(255 190 60 / 0)');
      disc(context, r, glow);
      disc(context, r * 0.42, 'rgb(120 70 0 / 0.55)');
      disc(context, r * 0.39, '#ffd65a');
      disc(context, r * 0.26, '#ffffff');
    });
  }

  trail(): Sprite {
    return this.square('trail', 22 * this.stage.scale, (context, r) => {
      const glow = context.createRadialGradient(0, 0, 0, 0, 0, r);
      glow.addColorStop(0, 'rgb(255 214 110 / 0.9)');
      glow.addColorStop(1, 'rgb(255 200 80 / 0)');
      disc(context, r, glow);
    });
  }
}
