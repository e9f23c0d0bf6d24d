/** How far spinners have been turned: by the cursor, while a key is held. */
import type { PlaySpinner } from '../../judge/play-object.ts';
import type { CursorPath } from '../cursor-path.ts';

const CENTRE = { x: 256, y: 192 };
/** Of the cursor's own steps. */
const STEP_MS = 8;
/** Turns a minute are counted over so long, ms of the map (ppy/osu `SpinnerSpmCalculator`). */
const SPEED_MS = 595;
/** Maps that want to hurt have spinners over each other. */
const MOST_KNOWN = 8;

export class Spun {
  private readonly cursor: CursorPath;
  /** Of the spinners that were asked for last: radians after each step. */
  private readonly known = new Map<PlaySpinner, number[]>();

  constructor(cursor: CursorPath) {
    this.cursor = cursor;
  }

  /** @returns radians, clockwise @param now ms of the map */
  by(spinner: PlaySpinner, now: number): number {
    const until = Math.min(now, spinner.endTime);
    if (until < spinner.time) return 0;
    const turned = this.known.get(spinner) ?? this.begin(spinner);
    const step = Math.floor((until - spinner.time) / STEP_MS);
    while (turned.length <= step)
      turned.push((turned.at(-1) ?? 0) + this.stepAt(spinner.time + turned.length * STEP_MS));
    return turned[step] ?? 0;
  }

  private begin(spinner: PlaySpinner): number[] {
    for (const oldest of this.known.keys()) {
      if (this.known.size < MOST_KNOWN) break;
      this.known.delete(oldest);
    }
    const turned = [0];
    this.known.set(spinner, turned);
    return turned;
  }

  /** @param rate ms of the map in one of real time */
  turnsPerMinute(spinner: PlaySpinner, now: number, rate: number): number {
    const until = Math.min(now, spinner.endTime);
    const since = Math.max(STEP_MS, Math.min(SPEED_MS, until - spinner.time));
    const turns = Math.abs(this.by(spinner, until) - this.by(spinner, until - since)) / (2 * Math.PI);
    return (turns / (since / rate)) * 60_000;
  }

  /** Radians of the step that ends at a moment. */
  private stepAt(time: number): number {
    if ((this.cursor.keysAt(time) & 15) === 0 || (this.cursor.keysAt(time - STEP_MS) & 15) === 0) return 0;
    const step = this.angleAt(time) - this.angleAt(time - STEP_MS);
    return step > Math.PI ? step - 2 * Math.PI : step < -Math.PI ? step + 2 * Math.PI : step;
  }

  private angleAt(time: number): number {
    const { x, y } = this.cursor.at(time);
    return Math.atan2(y - CENTRE.y, x - CENTRE.x);
  }
}
