/** The cursors of all who play at once, with their names; who falls out is crossed out where it happened, and faint from then on. */
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { css } from '../colours.ts';
import { disc, ring } from '../drawn-once.ts';
import { PlayerMarks, type Shown } from './player-marks.ts';

/** Real milliseconds. */
const TRAIL = { ms: 90, steps: 6 } as const;

export class CursorsDrawing extends PlayerMarks {
  draw(brush: Brush, now: number): void {
    for (const shown of this.shownAt(now)) this.one(brush, shown, now);
  }

  private one(brush: Brush, shown: Shown, now: number): void {
    const { player, since, alpha } = shown;
    if (!player.place) return;
    const { stage } = this;
    const place = player.place(now);
    const [x, y] = [stage.x(place.x), stage.y(place.y)];
    if (since < 0)
      for (let step = TRAIL.steps; step > 0; step--) {
        const age = step / TRAIL.steps;
        const before = player.place(now - age * TRAIL.ms * this.rate);
        brush.sprite(this.trail(player.colour), stage.x(before.x), stage.y(before.y), 1, 0.45 * (1 - age));
      }
    brush.moving(this.cursor(player.colour), x, y, since < 0 ? 1 : 0.8, alpha);
    if (shown.isNamed) this.tag(brush, player, x, y);
    if (since < 0) return;
    const fell = player.place(player.outAt);
    this.cross(brush, shown, stage.x(fell.x), stage.y(fell.y));
  }

  private cursor(colour: Rgb): Sprite {
    return this.square(`cursor ${css(colour)}`, 26 * this.stage.unit, (context, r) => {
      disc(context, r * 0.72, css(colour, 0.9));
      context.lineWidth = r * 0.16;
      context.strokeStyle = '#ffffff';
      ring(context, r * 0.72);
      disc(context, r * 0.22, '#ffffff');
    });
  }

  private trail(colour: Rgb): Sprite {
    return this.square(`trail ${css(colour)}`, 16 * this.stage.unit, (context, r) =>
      disc(context, r * 0.9, css(colour)),
    );
  }
}
