/** Why there is no footage in the stretch of time that is being looked at. */
import type { OutageCause } from '../../../src/contract/outage.ts';
import { routes } from '../../../src/contract/routes.ts';
import { client } from './api.ts';

export interface Gap {
  /** UTC milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly cause: OutageCause;
  readonly detail: string | undefined;
  /** Pictures that are missing inside of footage. */
  readonly frames: number | undefined;
}

/** The hub is not asked again sooner than this for what grows. */
const AGAIN_MS = 10_000;
/** Longer stretches than the hub answers at once. */
const LONGEST_MS = 30 * 86_400_000;

export class GapList {
  gaps = $state.raw<readonly Gap[]>([]);
  readonly source: string;
  readonly track: string;
  #known: { from: number; to: number; asked: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #closed = false;

  constructor(source: string, track = 'main') {
    this.source = source;
    this.track = track;
  }

  /** Says which stretch is in view; waits a moment, so that a drag does not ask for every place on its way. */
  look(start: number, end: number, now: number): void {
    const known = this.#known;
    const grows = end > now - 60_000;
    const fresh = known && (!grows || performance.now() - known.asked < AGAIN_MS);
    if (fresh && known.from <= start && known.to >= Math.min(end, now - AGAIN_MS)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(start, end, now), known ? 250 : 0);
  }

  at(time: number): Gap | undefined {
    return this.gaps.find((gap) => gap.start <= time && time < gap.end);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #fetch(start: number, end: number, now: number): Promise<void> {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    const margin = (end - start) * 0.5;
    const from = Math.max(0, start - margin, end - LONGEST_MS);
    const to = Math.min(end + margin, now);
    try {
      if (to <= from) return;
      const answer = await client.call(routes.gaps, {
        params: { id: this.source },
        query: { track: this.track, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
      });
      this.gaps = answer.gaps.map((gap) => ({
        start: Date.parse(gap.start),
        end: Date.parse(gap.end),
        cause: gap.cause,
        detail: gap.detail,
        frames: gap.frames,
      }));
      this.#known = { from, to, asked: performance.now() };
    } catch (error) {
      // The timeline shows the holes anyway, only not why.
      console.info('The reasons for gaps cannot be loaded just now.', error);
    } finally {
      this.#busy = false;
    }
  }
}
