/** What became of each thing that fell, and what lies on the plate, at any moment. Pure. */
import type { CatchPlay } from '../../judge/catch-play.ts';
import type { Timeline } from '../../judge/timeline.ts';
import { type CursorPath, lastAtOrBefore } from '../cursor-path.ts';

/** Something that was caught and is on the plate, or was. Lengths in osu! pixels. */
export interface Plated {
  /** Place among what falls. */
  readonly index: number;
  readonly time: number;
  /** From the catcher's middle, and above its plate. */
  readonly dx: number;
  readonly dy: number;
  /** When it leaves the plate, and how: it bursts away behind a whole combo, or falls off. */
  leaves: number;
  bursts: boolean;
}

/** Fruits may lie on each other by so much of their size. */
const OVERLAP = 0.32;
const CLOSE = 0.9;
/** The newest of what lies on the plate decide how high the next one lies. */
const LOOK_BACK = 12;
const HIGHEST = 120;

export class Catches {
  /** By place: whether it was caught; undefined where it was not judged. */
  readonly caught: readonly (boolean | undefined)[];
  /** In the order of time. */
  readonly plated: readonly Plated[];
  private readonly times: Float64Array;
  private readonly hyper: readonly { readonly from: number; readonly to: number }[];
  private readonly hyperTimes: Float64Array;
  /** Of fruits and droplets that were judged: when they came down, and whether they were missed. */
  private readonly fellTimes: Float64Array;
  private readonly wasMissed: readonly boolean[];

  /** @param radius of a fruit, osu! pixels */
  constructor({ objects, halfPlate }: CatchPlay, { events }: Timeline, cursor: CursorPath, radius: number) {
    const caught: (boolean | undefined)[] = new Array(objects.length).fill(undefined);
    const judgedUntil = events.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    // A banana that falls by is no event.
    for (const { index, kind, time } of objects) if (kind === 'banana' && time <= judgedUntil) caught[index] = false;
    for (const { object, kind, value } of events) caught[object] = kind === 'bonus' || value > 0;
    this.caught = caught;
    const fell = objects.filter(
      ({ index, kind }) => (kind === 'fruit' || kind === 'droplet') && caught[index] !== undefined,
    );
    this.fellTimes = Float64Array.from(fell, ({ time }) => time);
    this.wasMissed = fell.map(({ index }) => caught[index] === false);
    const plated: Plated[] = [];
    let first = 0;
    for (const { index, kind, time, x } of objects) {
      const isLast = kind === 'fruit' && (objects[index + 1]?.startsCombo ?? true);
      if (caught[index] && kind !== 'tiny') {
        const dx = Math.max(-halfPlate, Math.min(halfPlate, x - cursor.at(time).x));
        let dy = 0;
        for (const other of plated.slice(Math.max(first, plated.length - LOOK_BACK)))
          if (Math.abs(other.dx - dx) < radius * CLOSE) dy = Math.max(dy, other.dy + radius * OVERLAP);
        plated.push({ index, time, dx, dy: dy > HIGHEST ? 0 : dy, leaves: Number.POSITIVE_INFINITY, bursts: false });
      }
      if (!isLast || caught[index] === undefined) continue;
      for (let place = first; place < plated.length; place++) {
        const one = plated[place];
        if (one) Object.assign(one, { leaves: time, bursts: caught[index] === true });
      }
      first = plated.length;
    }
    this.plated = plated;
    this.times = Float64Array.from(plated, ({ time }) => time);
    this.hyper = objects.flatMap(({ index, time, hyperTo }) =>
      hyperTo && caught[index] ? { from: time, to: hyperTo.time } : [],
    );
    this.hyperTimes = Float64Array.from(this.hyper, ({ from }) => from);
  }

  /** What lies on the plate, or has left it less than so many ms ago. */
  platedAt(now: number, since: number): Plated[] {
    const found: Plated[] = [];
    for (let place = lastAtOrBefore(this.times, this.times.length, now); place >= 0; place--) {
      const one = this.plated[place];
      // What was caught before has left before.
      if (!one || one.leaves + since < now) break;
      found.push(one);
      if (found.length >= 80) break;
    }
    return found.reverse();
  }

  /** Whether the newest fruit or droplet that came down was missed. */
  missedBefore(now: number): boolean {
    return this.wasMissed[lastAtOrBefore(this.fellTimes, this.fellTimes.length, now)] ?? false;
  }

  isHyper(now: number): boolean {
    const last = this.hyper[lastAtOrBefore(this.hyperTimes, this.hyperTimes.length, now)];
    return last !== undefined && now < last.to;
  }
}
