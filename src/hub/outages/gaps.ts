/**
 * Gaps and coverage of a camera's track: what the catalog shows, what is still open, and what is known of the outages, put together.
 */
import type { Kysely } from 'kysely';
import { firstShown, outagesBetween, shownStretches } from '../../catalog/outages.ts';
import { dayTotals } from '../../catalog/segment-days.ts';
import type { Database, OutageRow } from '../../catalog/tables.ts';
import type { Coverage, CoverageSum, Gaps, OutageCause } from '../../contract/outage.ts';
import type { ReadableExtent } from '../recording/extents.ts';
import { type ExplainedGap, explainGaps, type KnownOutage, missingByCause, type Shown } from './explain.ts';
import { utcDays, type ZoneDays } from './zone-days.ts';

/** What has just been filmed is on its way through fragment, disk and heartbeat: no gap yet, unless an outage says so. */
const SETTLING_MS = 15_000;
const DAY_MS = 86_400_000;
/** A day that lacks less has no gap worth telling. */
const TRIFLE_MS = 500;

export interface GapReaderDeps {
  readonly db: Kysely<Database>;
  readonly openSegments: (sourceId: string, track: string) => readonly ReadableExtent[];
  readonly now: () => number;
}

/** A camera as far as gaps go. */
export interface GapCamera {
  readonly id: string;
  readonly created_at: Date;
}

/** Gaps of a range and the range itself, as far as it is known; UTC ms. */
export interface KnownGaps {
  readonly from: number;
  readonly to: number;
  readonly gaps: readonly ExplainedGap[];
}

export class GapReader {
  readonly #deps: GapReaderDeps;

  constructor(deps: GapReaderDeps) {
    this.#deps = deps;
  }

  async between(camera: GapCamera, track: string, from: number, to: number): Promise<KnownGaps> {
    const { db, openSegments, now } = this.#deps;
    const until = Math.min(to, now());
    if (until <= from) return { from, to: from, gaps: [] };
    // Extents first: what is published in between is then seen twice, not missed.
    const extents = openSegments(camera.id, track);
    const [closed, outages, first] = await Promise.all([
      shownStretches(db, camera.id, track, from, until),
      outagesBetween(db, camera.id, track, from, until),
      firstShown(db, camera.id, track),
    ]);
    const open = extents.map(({ run, wallStart, durationMs }) => ({
      run,
      start: wallStart,
      end: wallStart + durationMs,
    }));
    const shown: Shown[] = [...closed, ...open];
    const began = Math.min(camera.created_at.getTime(), first ?? Number.POSITIVE_INFINITY);
    const known: KnownOutage[] = outages.map(outageOf);
    if (from < began)
      known.push({ start: from, end: began, cause: 'disabled', detail: 'The camera was not added yet.' });
    const settled = settledUntil({ from, until, now: now() }, shown, known);
    return { from, to: settled, gaps: explainGaps({ start: from, end: settled }, shown, known) };
  }

  async gaps(camera: GapCamera, track: string, from: number, to: number): Promise<Gaps> {
    const known = await this.between(camera, track, from, to);
    const sum = sumOf(known.from, known.to, known.gaps);
    return {
      source: camera.id,
      track,
      from: instant(known.from),
      to: instant(known.to),
      coveredMs: sum.coveredMs,
      missingMs: sum.missingMs,
      gaps: known.gaps.map((gap) => ({ ...gap, start: instant(gap.start), end: instant(gap.end) })),
    };
  }

  /** @param zone of its days */
  async coverage(
    camera: GapCamera,
    track: string,
    from: number,
    to: number,
    zone: ZoneDays = utcDays,
  ): Promise<Coverage> {
    const days: Coverage['days'] = [];
    const until = Math.min(to, this.#deps.now());
    const whole = await this.#wholeDays(camera, track, from, until);
    const isWhole = (start: number, end: number): boolean => {
      if (end > until || whole.size === 0) return false;
      for (let day = Math.floor(start / DAY_MS) * DAY_MS; day < end; day += DAY_MS) if (!whole.has(day)) return false;
      return true;
    };
    for (let start = from; start < to; ) {
      let end = zone.next(start);
      if (isWhole(start, end)) {
        days.push({ day: zone.nameOf(start), coveredMs: end - start, missingMs: {}, percent: 100 });
        start = end;
        continue;
      }
      for (let next = zone.next(end); end < to && !isWhole(end, next); next = zone.next(end)) end = next;
      const known = await this.between(camera, track, start, Math.min(end, to));
      days.push(...daysOf(known, zone));
      start = end;
    }
    return { source: camera.id, track, days, total: sumOfCoverage(days) };
  }

  /** Starts of the UTC days without any gap, by the sums that the catalog keeps: a year of them reads no row of a segment. */
  async #wholeDays(camera: GapCamera, track: string, from: number, to: number): Promise<Set<number>> {
    const { db } = this.#deps;
    if (to - from < DAY_MS) return new Set();
    const totals = await dayTotals(db, { from, to, sourceId: camera.id });
    const full = totals.filter((total) => total.track === track && total.coveredMs > DAY_MS - TRIFLE_MS);
    const whole = new Set(full.map(({ day }) => day * DAY_MS).filter((start) => start >= from && start + DAY_MS <= to));
    if (whole.size === 0) return whole;
    for (const { frames, start_at, end_at } of await outagesBetween(db, camera.id, track, from, to))
      if ((frames ?? 0) > 0)
        for (let start = Math.floor(start_at / DAY_MS) * DAY_MS; start < (end_at ?? start_at); start += DAY_MS)
          whole.delete(start);
    return whole;
  }
}

/** Coverage of each day of what is known; in order. */
export function daysOf({ from, to, gaps }: KnownGaps, zone: ZoneDays = utcDays): Coverage['days'] {
  const days: Coverage['days'] = [];
  let next = 0;
  for (let start = from; start < to; ) {
    const end = Math.min(to, zone.next(start));
    const here: ExplainedGap[] = [];
    while ((gaps[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    for (let at = next; (gaps[at]?.start ?? Number.POSITIVE_INFINITY) < end; at++) {
      const gap = gaps[at];
      if (gap) here.push(cutTo(gap, start, end));
    }
    days.push({ day: zone.nameOf(start), ...sumOf(start, end, here) });
    start = end;
  }
  return days;
}

/** One of many. */
export function sumOfCoverage(parts: Iterable<CoverageSum>): CoverageSum {
  let coveredMs = 0;
  const missingMs: CoverageSum['missingMs'] = {};
  for (const part of parts) {
    coveredMs += part.coveredMs;
    for (const [cause, ms] of Object.entries(part.missingMs) as [OutageCause, number][])
      missingMs[cause] = (missingMs[cause] ?? 0) + ms;
  }
  return { coveredMs, missingMs, percent: percentOf(coveredMs, missingMs) };
}

function cutTo(gap: ExplainedGap, from: number, to: number): ExplainedGap {
  const start = Math.max(gap.start, from);
  const end = Math.min(gap.end, to);
  return { ...gap, start, end, missingMs: Math.round((gap.missingMs * (end - start)) / (gap.end - gap.start)) };
}

function sumOf(from: number, to: number, gaps: readonly ExplainedGap[]): CoverageSum {
  const missingMs = missingByCause(gaps);
  const missing = Object.values(missingMs).reduce((sum, ms) => sum + ms, 0);
  const coveredMs = Math.max(0, to - from - missing);
  return { coveredMs, missingMs, percent: percentOf(coveredMs, missingMs) };
}

/** Of the time in which the camera was to be recorded; null where there was none. */
export function percentOf(coveredMs: number, missingMs: Partial<Record<OutageCause, number>>): number | null {
  const { disabled: _disabled, ...counted } = missingMs;
  const whole = Object.values(counted).reduce((sum, ms) => sum + ms, coveredMs);
  return whole === 0 ? null : Math.round((coveredMs / whole) * 1e6) / 1e4;
}

/** Up to where footage and gaps are known; behind it more may still come. */
function settledUntil(
  range: { from: number; until: number; now: number },
  shown: readonly Shown[],
  outages: readonly KnownOutage[],
): number {
  const last = shown.reduce((end, stretch) => Math.max(end, stretch.end), range.from);
  if (last >= range.until || range.now - last > SETTLING_MS) return range.until;
  // Open outages begin where footage has ended, or a little before by another clock.
  const goesOn = outages.some((outage) => outage.end === null && outage.start >= last - SETTLING_MS);
  if (goesOn) return range.until;
  return Math.min(
    range.until,
    outages.reduce((end, outage) => Math.max(end, outage.end ?? last), last),
  );
}

function outageOf(row: OutageRow): KnownOutage {
  return {
    start: row.start_at,
    end: row.end_at,
    cause: row.cause,
    detail: row.detail,
    frames: row.frames,
    run: row.run,
    missingMs: row.missing_ms,
  };
}

function instant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
