/**
 * Why one track gives no footage, while it does not. Footage is what has reached the disk: an outage begins at the end of what was
 * stored last, and ends where the next stored picture begins.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { OutageCause, OutageReport } from '../../../contract/outage.ts';
import type { OutageBook } from './outage-book.ts';

/** A hole no wider than this is none (see the hub's timeline). */
const JOIN_MS = 100;
/** Outages of one cause with no more than this between them are one; so that a flapping camera does not fill a table. */
const MERGE_MS = 2000;
/** At most one new outage in so long. */
const EACH_MS = 1000;
/** Ticks come each second; with more between two of them this process was itself paused. */
const PAUSED_MS = 3000;
/** What ends within this time after a pause has ended because of it. */
const AFTER_PAUSE_MS = 15_000;
const MAX_DETAIL = 300;
/** Runs that are still being brought to a slow disk; the session ends with fewer. */
const MAX_RUNS = 64;

/** How far an open segment can be read, as far as it matters here. */
export interface StoredExtent {
  readonly run: string;
  /** UTC ms. */
  readonly wallStart: number;
  readonly durationMs: number;
}

/** Pictures that are missing inside of a run; UTC ms. */
export interface MissingPictures {
  readonly run: string;
  /** Of the picture before and of the one after. */
  readonly from: number;
  readonly to: number;
  readonly frames: number;
  readonly missingMs: number;
  readonly cause: OutageCause;
  readonly detail?: string;
}

export interface OutageWatchOptions {
  readonly sourceId: string;
  readonly track: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly book: Pick<OutageBook, 'note' | 'forget'>;
}

interface Why {
  readonly cause: OutageCause;
  readonly detail: string | undefined;
}

export class OutageWatch {
  readonly #o: OutageWatchOptions;
  readonly #begun: number;
  #open: OutageReport | undefined;
  /** The newest that has ended, to be gone on with. */
  #last: OutageReport | undefined;
  #lastInside: OutageReport | undefined;
  #storedUntil: number | undefined;
  /** The newest run that had ended when the outage began: what is stored of it later was only on its way. */
  #endedRun: number | undefined;
  /** Runs in the order in which something of them was stored first: their names do not sort when the clock was set back. */
  readonly #runs = new Map<string, number>();
  #run: number | undefined;
  #hint: Why | undefined;
  #alive: { monotonic: number; wall: number };
  #paused: { from: number; to: number } | undefined;

  constructor(options: OutageWatchOptions) {
    this.#o = options;
    this.#begun = options.clock.wall();
    this.#alive = { monotonic: options.clock.monotonic(), wall: this.#begun };
  }

  /** Nothing comes, or nothing can be stored: why. Told again with each attempt that fails. */
  down(cause: OutageCause, detail?: string): void {
    this.tick();
    const now = this.#o.clock.wall();
    const why = this.#orPaused({ cause, detail: detail?.slice(0, MAX_DETAIL) });
    const open = this.#open;
    if (open === undefined) {
      this.#endedRun = this.#run;
      this.#begin(why, Math.min(now, this.#storedUntil ?? this.#begun));
    } else if (open.cause !== why.cause && now - open.start >= EACH_MS) {
      this.#end(now);
      this.#begin(why, now);
    }
  }

  /** The cause of the outage that goes on. */
  get cause(): OutageCause | undefined {
    return this.#open?.cause;
  }

  /** Why the next hole, if there is one, is there: a new run begins without the camera having gone. */
  hint(cause: OutageCause, detail?: string): void {
    this.#hint = { cause, detail };
  }

  /** Footage is on the disk. */
  stored(extent: StoredExtent, why: { readonly isDropping: boolean }): void {
    const { run, wallStart, durationMs } = extent;
    if (durationMs <= 0) return;
    const end = wallStart + durationMs;
    const before = this.#storedUntil;
    const number = this.#numberOf(run);
    const apart = before === undefined || wallStart > before + JOIN_MS;
    const open = this.#open;
    if (open !== undefined) {
      if (apart || (this.#endedRun !== undefined && number > this.#endedRun))
        this.#end(Math.max(open.start, wallStart));
      else if (end > open.start) this.#change({ ...open, start: end });
    } else if (apart && before !== undefined) {
      const given = why.isDropping ? { cause: 'disk' as const, detail: undefined } : this.#hint;
      this.#begin(this.#orPaused(given ?? { cause: 'change', detail: undefined }), before);
      this.#end(wallStart);
    }
    if (apart) this.#hint = undefined;
    // A new run may begin earlier than the one before it ended: the clock was set back.
    if (this.#run === undefined || number > this.#run) this.#storedUntil = end;
    else if (number === this.#run) this.#storedUntil = Math.max(before ?? 0, end);
    this.#run = Math.max(this.#run ?? 0, number);
  }

  #numberOf(run: string): number {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const next = (this.#run ?? 0) + 1;
    this.#runs.set(run, next);
    for (const oldest of this.#runs.keys()) {
      if (this.#runs.size <= MAX_RUNS) break;
      this.#runs.delete(oldest);
    }
    return next;
  }

  /** Pictures are missing although the run goes on. */
  missing(lost: MissingPictures): void {
    this.tick();
    const { run, from, to, frames, missingMs } = lost;
    const { cause, detail } = this.#orPaused({ cause: lost.cause, detail: lost.detail }, from);
    const last = this.#lastInside;
    const isNext = last?.run === run && last.end !== null && from - last.end <= MERGE_MS;
    if (last && isNext && (last.cause === cause || from - last.start < EACH_MS)) {
      this.#lastInside = {
        ...last,
        end: Math.max(last.end ?? to, to),
        frames: (last.frames ?? 0) + frames,
        missingMs: (last.missingMs ?? 0) + missingMs,
      };
    } else
      this.#lastInside = {
        ...this.#newReport({ cause, detail }, from),
        end: to,
        frames,
        run,
        missingMs,
      };
    this.#o.book.note(this.#lastInside);
  }

  /** To be called about once a second, and before anything is judged: sees that this process itself was paused. */
  tick(): void {
    const now = { monotonic: this.#o.clock.monotonic(), wall: this.#o.clock.wall() };
    if (now.monotonic - this.#alive.monotonic > PAUSED_MS) this.#paused = { from: this.#alive.wall, to: now.wall };
    this.#alive = now;
  }

  /** Whether this process was paused at a moment, or just before; UTC ms. */
  wasPaused(at: number): boolean {
    const paused = this.#paused;
    return paused !== undefined && at >= paused.from - PAUSED_MS && at <= paused.to + AFTER_PAUSE_MS;
  }

  /** The camera is not held here any more: what follows is for others to say. */
  stopped(): void {
    if (this.#open) this.#end(Math.max(this.#open.start, this.#o.clock.wall()));
  }

  #orPaused(why: Why, from = this.#storedUntil ?? this.#begun): Why {
    const paused = this.#paused;
    if (paused === undefined || from < paused.from - PAUSED_MS || from > paused.to) return why;
    if (this.#o.clock.wall() - paused.to > AFTER_PAUSE_MS) return why;
    const seconds = Math.round((paused.to - paused.from) / 1000);
    return { cause: 'recorder', detail: `The recorder was paused for ${seconds} s.` };
  }

  #begin(why: Why, start: number): void {
    const last = this.#last;
    const isNext = last !== undefined && last.end !== null && start - last.end < MERGE_MS;
    const same = last?.cause === why.cause;
    if (last && ((isNext && same) || (start - last.start < EACH_MS && start >= last.start)))
      this.#change({ ...last, end: null });
    else this.#change(this.#newReport(why, start));
  }

  #newReport({ cause, detail }: Why, start: number): OutageReport {
    const { sourceId, track } = this.#o;
    const base = { id: randomUUID(), sourceId, track, start: Math.round(start), end: null, cause };
    return detail === undefined ? base : { ...base, detail };
  }

  #change(report: OutageReport): void {
    this.#open = report;
    this.#o.book.note(report);
  }

  #end(end: number): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#endedRun = undefined;
    const ended = { ...open, end: Math.max(open.start, Math.round(end)) };
    if (ended.end - ended.start <= JOIN_MS && this.#o.book.forget(open.id)) return;
    this.#last = ended;
    this.#o.book.note(ended);
    const { cause, detail } = ended;
    this.#o.log.info('an outage has ended', { cause, gapMs: ended.end - ended.start, reason: detail });
  }
}
