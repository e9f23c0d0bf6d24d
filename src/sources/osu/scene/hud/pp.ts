/** The display of performance points: what the play was worth up to now. */
import type { KeptDrawing } from '../../../../media/overlay/overlay-scene.ts';
import type { PerformanceAlong } from '../../performance-points.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import type { Stage } from '../stage.ts';
import { Letters, ofSprites } from './letters.ts';

export class PointsDisplay {
  private readonly along: PerformanceAlong;
  private readonly stage: Stage;
  private readonly letters = new Letters();

  constructor(along: PerformanceAlong, stage: Stage) {
    this.along = along;
    this.stage = stage;
  }

  at(now: number): KeptDrawing[] {
    const { times, pp } = this.along;
    const value = Math.round(pp[lastAtOrBefore(times, times.length, now)] ?? 0);
    const { size, unit } = this.stage;
    const [right, y] = [size.width - 14 * unit, size.height - 34 * unit];
    return ofSprites(`pp ${value}`, [
      ...this.letters.text('pp', right, y + 3 * unit, 18 * unit, '#cfe3ff', 'right', 600),
      ...this.letters.text(`${value}`, right - 28 * unit, y, 30 * unit, '#ffffff', 'right', 700),
    ]);
  }
}
