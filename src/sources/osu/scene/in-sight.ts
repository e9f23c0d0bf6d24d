/** Which of many objects can be seen at a moment, found without looking at all of them. Pure. */
import { lastAtOrBefore } from './cursor-path.ts';

export class InSight {
  private readonly from: Float64Array;
  private readonly until: Float64Array;
  /** Of the object and all before it: the latest end. */
  private readonly latest: Float64Array;
  /** Of the object and all behind it: the earliest beginning. */
  private readonly earliest: Float64Array;

  /** @param from when each comes into sight @param until when it is gone; ms of the map */
  constructor(from: Float64Array, until: Float64Array) {
    this.from = from;
    this.until = until;
    let end = Number.NEGATIVE_INFINITY;
    this.latest = until.map((time) => {
      end = Math.max(end, time);
      return end;
    });
    this.earliest = from.slice();
    for (let index = from.length - 2; index >= 0; index--)
      this.earliest[index] = Math.min(from[index] ?? 0, this.earliest[index + 1] ?? 0);
  }

  /** Places of those that can be seen, rising. */
  at(now: number): number[] {
    const seen: number[] = [];
    const count = lastAtOrBefore(this.earliest, this.earliest.length, now) + 1;
    // `latest` rises: all before the first whose end is yet to come are gone.
    const first = lastAtOrBefore(this.latest, this.latest.length, now) + 1;
    for (let index = first; index < count; index++)
      if ((this.from[index] ?? 0) <= now && (this.until[index] ?? 0) > now) seen.push(index);
    return seen;
  }
}
