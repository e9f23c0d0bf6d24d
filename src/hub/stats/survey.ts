/**
 * What takes counting, counted in the background about once a minute: coverage of all cameras, rates per day, files that nobody speaks of.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { CoverageSum } from '../../contract/outage.ts';
import { sumOfCoverage } from '../outages/gaps.ts';

const EACH_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

export interface SurveyedCamera {
  readonly id: string;
  readonly enabled: boolean;
}

export interface SurveyOptions<C extends SurveyedCamera> {
  readonly clock: Clock;
  readonly log: Log;
  readonly cameras: () => Promise<readonly C[]>;
  /** Of the camera's main track, UTC ms. */
  readonly coverage: (
    camera: C,
    from: number,
    to: number,
  ) => Promise<{ days: readonly (CoverageSum & { day: string })[] }>;
  readonly bytesPerDay: () => Promise<ReadonlyMap<string, number>>;
  readonly libraries: () => Promise<readonly { readonly library: string; readonly bytes: number }[]>;
  /** Null where it cannot be looked at. */
  readonly orphans: (cameras: readonly C[]) => Promise<{ spoolFiles: number | null; segments: number | null }>;
}

export interface Survey {
  readonly today: ReadonlyMap<string, CoverageSum>;
  readonly week: ReadonlyMap<string, CoverageSum>;
  readonly bytesPerDay: ReadonlyMap<string, number>;
  readonly libraries: readonly { readonly library: string; readonly bytes: number }[];
  readonly spoolFiles: number | null;
  readonly orphanedSegments: number | null;
}

const NOTHING: Survey = {
  today: new Map(),
  week: new Map(),
  bytesPerDay: new Map(),
  libraries: [],
  spoolFiles: null,
  orphanedSegments: null,
};

export class Surveyor<C extends SurveyedCamera> {
  readonly #o: SurveyOptions<C>;
  #last = NOTHING;
  #at = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(options: SurveyOptions<C>) {
    this.#o = options;
  }

  /** The last one, at most a minute old unless counting takes longer or fails; the first is waited for. */
  async fresh(): Promise<Survey> {
    const old = this.#o.clock.monotonic() - this.#at > EACH_MS;
    if (old)
      this.#running ??= this.#count().finally(() => {
        this.#running = undefined;
      });
    if (this.#last === NOTHING) await this.#running;
    return this.#last;
  }

  /** The last one, however old. */
  get last(): Survey {
    return this.#last;
  }

  /** Until what is being counted is done. */
  async stop(): Promise<void> {
    await this.#running;
  }

  async #count(): Promise<void> {
    const { clock, log } = this.#o;
    try {
      this.#last = await this.#survey(clock.wall());
    } catch (error) {
      log.debug('Coverage could not be counted.', { error: messageOf(error) });
    }
    this.#at = clock.monotonic();
  }

  async #survey(now: number): Promise<Survey> {
    const cameras = await this.#o.cameras();
    const midnight = Math.floor(now / DAY_MS) * DAY_MS;
    const today = new Map<string, CoverageSum>();
    const week = new Map<string, CoverageSum>();
    for (const camera of cameras) {
      const { days } = await this.#o.coverage(camera, midnight - (WEEK_DAYS - 1) * DAY_MS, now);
      const name = new Date(midnight).toISOString().slice(0, 10);
      week.set(camera.id, sumOfCoverage(days));
      today.set(camera.id, sumOfCoverage(days.filter(({ day }) => day === name)));
    }
    const [bytesPerDay, libraries, orphans] = await Promise.all([
      this.#o.bytesPerDay(),
      this.#o.libraries(),
      this.#o.orphans(cameras),
    ]);
    return { today, week, bytesPerDay, libraries, spoolFiles: orphans.spoolFiles, orphanedSegments: orphans.segments };
  }
}
