/** The catchers of all who play osu!catch at once: each with a plate in its colour and its name. That of the one whose fruits are drawn is drawn with them, and marked here. */
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { css } from '../colours.ts';
import type { Stage } from '../stage.ts';
import { PlayerMarks, type Shown } from '../versus/player-marks.ts';
import type { Versus } from '../versus/players.ts';
import { PLATE_Y } from './draw-catch.ts';
import type { CatchElements } from './elements.ts';

const FIELD_WIDTH = 512;
/** Of those who are in. */
const ALPHA = 0.6;
/** Room of a name, as parts of a screen 720 high. */
const NAME = { width: 110, height: 15 } as const;
/** Real milliseconds over which it is looked where one goes. */
const LOOK_BACK = 60;

export class CatchersDrawing extends PlayerMarks {
  private readonly elements: CatchElements;

  constructor(versus: Versus, stage: Stage, rate: number, elements: CatchElements) {
    super(versus, stage, rate);
    this.elements = elements;
  }

  /** All but the one whose fruits are drawn: below it. */
  others(brush: Brush, now: number): void {
    for (const shown of this.shownAt(now)) if (!shown.isOwn) this.one(brush, shown, now);
  }

  /** What tells that one from them, and the names of all: those that are close to each other one above the other. */
  own(brush: Brush, now: number): void {
    const { stage, elements } = this;
    const placed: number[] = [];
    for (const shown of this.shownAt(now).toReversed()) {
      const x = stage.x(this.xOf(shown, now));
      if (shown.isOwn) this.plateOf(brush, shown, x);
      if (!shown.isNamed) continue;
      const below = placed.filter((other) => Math.abs(other - x) < NAME.width * stage.unit).length;
      placed.push(x);
      this.tag(brush, shown.player, x, stage.y(PLATE_Y) + elements.width * 0.62 - below * NAME.height * stage.unit);
    }
  }

  private one(brush: Brush, shown: Shown, now: number): void {
    const at = this.xOf(shown, now);
    const look = at < this.xOf(shown, now - LOOK_BACK * this.rate) ? -1 : 1;
    const [x, y] = [this.stage.x(at), this.stage.y(PLATE_Y)];
    brush.moving(this.elements.catcher(look, 'idle'), x, y, 1, ALPHA * shown.alpha);
    this.plateOf(brush, shown, x);
    this.cross(brush, shown, this.stage.x(this.xOf(shown, shown.player.outAt)), y);
  }

  private plateOf(brush: Brush, { player, alpha }: Shown, x: number): void {
    const y = this.stage.y(PLATE_Y) + this.elements.width * 0.02;
    brush.moving(this.plate(player.colour), x, y, 1, 0.9 * alpha);
  }

  private xOf({ player }: Shown, now: number): number {
    return Math.max(0, Math.min(FIELD_WIDTH, player.place?.(now).x ?? FIELD_WIDTH / 2));
  }

  private plate(colour: Rgb): Sprite {
    const { width } = this.elements;
    return this.sprite(`plate ${css(colour)}`, width * 0.9, width * 0.16, (context) => {
      context.fillStyle = css(colour);
      context.beginPath();
      context.ellipse(0, 0, width * 0.42, width * 0.05, 0, 0, 2 * Math.PI);
      context.fill();
    });
  }
}
