/** How large the light of Flashlight is: it shrinks with the combo, and takes its time to (ppy/osu `ModFlashlight`). Pure. */
import { clamp } from '../clamp.ts';
import { lastAtOrBefore } from '../cursor-path.ts';

/** Least combo, and the part of the full size that it leaves. */
const BY_COMBO = [
  [200, 0.625],
  [100, 0.8125],
  [0, 1],
] as const;
/** Real ms from one size to another. */
const CHANGE_MS = 800;

interface Change {
  readonly time: number;
  readonly from: number;
  readonly to: number;
}

export class LightSize {
  private readonly changes: readonly Change[];
  private readonly times: Float64Array;
  private readonly length: number;

  /** @param events with the combo after each, in any order @param rate ms of the map in one of real time */
  constructor(events: readonly { readonly time: number; readonly combo: number }[], rate: number) {
    this.length = CHANGE_MS * rate;
    const changes: Change[] = [];
    for (const { time, combo } of events.toSorted((a, b) => a.time - b.time)) {
      const last = changes.at(-1);
      const to = BY_COMBO.find(([least]) => combo >= least)?.[1] ?? 1;
      if (to !== (last?.to ?? 1)) changes.push({ time, from: this.within(last, time), to });
    }
    this.changes = changes;
    this.times = Float64Array.from(changes, ({ time }) => time);
  }

  /** @returns a part of the full size */
  at(now: number): number {
    return this.within(this.changes[lastAtOrBefore(this.times, this.times.length, now)], now);
  }

  private within(change: Change | undefined, now: number): number {
    return change ? change.from + (change.to - change.from) * clamp((now - change.time) / this.length) : 1;
  }
}
