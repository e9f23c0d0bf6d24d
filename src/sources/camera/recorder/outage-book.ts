/**
 * Outages and clock steps that the hub does not know yet: held until it has acknowledged them, within a bound. While the hub is away
 * they also go to a small file, so that a recorder that dies meanwhile does not take them along.
 */
import { z } from 'zod';
import { ClockStep, OutageReport } from '../../../contract/outage.ts';

/** Most outages that wait; at one a second and track the hub may be away for a while. Beyond it neighbours become one. */
const MAX_WAITING = 5000;
const MAX_STEPS = 100;
/** What one request carries. */
const BATCH = 500;

export interface OutageBatch {
  readonly outages: readonly OutageReport[];
  readonly clockSteps: readonly ClockStep[];
}

const Saved = z.object({
  /** UTC ms. */
  at: z.number(),
  outages: z.array(OutageReport),
  clockSteps: z.array(ClockStep),
});

export class OutageBook {
  readonly #outages = new Map<string, OutageReport>();
  readonly #steps = new Map<string, ClockStep>();
  readonly #limit: number;
  /** Grows with each change of what waits. */
  revision = 0;

  constructor(limit = MAX_WAITING) {
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#outages.size + this.#steps.size;
  }

  /** A new one, or what has become of a known one. */
  note(report: OutageReport): void {
    this.revision++;
    this.#outages.set(report.id, report);
    while (this.#outages.size > this.#limit) this.#joinOldest();
  }

  /** It was none after all. @returns false when the hub may know of it already */
  forget(id: string): boolean {
    this.revision++;
    return this.#outages.delete(id);
  }

  /** The wall clock was set. */
  stepped(step: ClockStep): void {
    this.revision++;
    this.#steps.set(step.id, step);
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= MAX_STEPS) break;
      this.#steps.delete(oldest);
    }
  }

  /** What to tell next, oldest first. */
  batch(): OutageBatch {
    return {
      outages: [...this.#outages.values()].slice(0, BATCH),
      clockSteps: [...this.#steps.values()].slice(0, MAX_STEPS),
    };
  }

  /** The hub has these. What has changed meanwhile is told again. */
  acknowledged(batch: OutageBatch): void {
    this.revision++;
    for (const outage of batch.outages) if (this.#outages.get(outage.id) === outage) this.#outages.delete(outage.id);
    for (const { id } of batch.clockSteps) this.#steps.delete(id);
  }

  /** For the file. @param at UTC ms */
  save(at: number): string {
    return JSON.stringify({ at, outages: [...this.#outages.values()], clockSteps: [...this.#steps.values()] });
  }

  /**
   * Takes over what a process before this one has saved. What was going on then ends with the file's time: what followed is for the
   * hub to say, which saw the recorder die.
   * @returns false when the text is none of ours
   */
  load(text: string): boolean {
    const saved = Saved.safeParse(parsed(text)).data;
    if (saved === undefined) return false;
    for (const outage of saved.outages) this.note({ ...outage, end: outage.end ?? Math.max(outage.start, saved.at) });
    for (const step of saved.clockSteps) this.stepped(step);
    return true;
  }

  /** The oldest and the next of the same track become one, with the cause of the longer one. */
  #joinOldest(): void {
    for (const first of this.#outages.values()) {
      if (first.end === null) continue;
      const next = [...this.#outages.values()].find(
        (other) => other.id !== first.id && other.sourceId === first.sourceId && other.track === first.track,
      );
      this.#outages.delete(first.id);
      if (next === undefined) return;
      const longer = (next.end ?? Number.POSITIVE_INFINITY) - next.start > first.end - first.start ? next : first;
      const { frames: _frames, run: _run, missingMs: _missingMs, ...rest } = next;
      this.#outages.set(next.id, { ...rest, start: Math.min(first.start, next.start), cause: longer.cause });
      return;
    }
    const [oldest] = this.#outages.keys();
    if (oldest !== undefined) this.#outages.delete(oldest);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
