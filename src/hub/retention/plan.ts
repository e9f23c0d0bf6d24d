/**
 * Which footage goes. Pure: what is kept, limits, moments, protected ranges and room in; segments to delete out.
 */
import {
  beginsBefore,
  classOf,
  compareValue,
  type KeptSegment,
  type KeptSource,
  type ValueKey,
  worthOf,
} from './value.ts';

/** The demo camera never keeps more than this, whatever its settings say. */
export const DEMO_BYTES = 2_000_000_000;
export const DAY_MS = 86_400_000;

/** A library, and how much room there is where it lies. Only those that are there: of one that is away nothing is planned. */
export interface StoreRoom {
  readonly store: number;
  /** Bytes that are free. Null: unknown (a bucket), no floor. */
  readonly free: number | null;
  /** How many must be. */
  readonly floor: number;
}

export interface RetentionState {
  readonly sources: readonly KeptSource[];
  readonly stores: readonly StoreRoom[];
  /** Ids of segments that something is reading just now (a clip's inputs): kept for this round. */
  readonly inUse: ReadonlySet<string>;
}

export interface Deletion {
  readonly source: string;
  readonly segment: string;
  readonly bytes: number;
  readonly store: number;
  readonly why: 'age' | 'size' | 'space';
}

export interface RetentionPlan {
  /** In the order in which to do it. Any beginning of it may be done, and planned again. */
  readonly deletions: readonly Deletion[];
  /** There may be more to remove behind what was looked at: do this, and plan again. */
  readonly more: boolean;
}

interface Candidate {
  readonly source: KeptSource;
  readonly segment: KeptSegment;
  readonly value: ValueKey;
}

/**
 * What must be deleted now: first what is too old, then what a source has too much of, then, of all sources, what a library's floor
 * needs. Within each the least valuable first, and of that the oldest (see `value.ts`); as many as it takes, and not one more.
 * Protected footage and what is in use is passed over; open segments are not finished, so never here.
 *
 * Lists may hold only a beginning of what there is. Nothing is then planned that something more valuable than what was looked at would
 * be deleted before: the answer says `more`.
 *
 * @param now UTC ms as `age-clock.ts` trusts it: a clock that leaps makes nothing old
 */
export function planRetention(state: RetentionState, now: number): RetentionPlan {
  const there = new Set(state.stores.map((store) => store.store));
  const deletions: Deletion[] = [];
  const gone = new Set<string>();
  const freed = new Map<number, number>();
  let more = false;
  const remove = ({ source, segment }: Candidate, why: Deletion['why']): void => {
    gone.add(segment.id);
    freed.set(segment.store, (freed.get(segment.store) ?? 0) + segment.bytes);
    deletions.push({ source: source.id, segment: segment.id, bytes: segment.bytes, store: segment.store, why });
  };

  const all: Candidate[] = [];
  const sources = state.sources.map((source) => ({
    ...source,
    lists: source.lists.filter((list) => there.has(list.segments[0]?.store ?? -1)),
  }));
  for (const source of sources) {
    const candidates = candidatesOf(source, state.inUse, now);
    let total = source.totalBytes - source.protectedBytes;
    for (const one of candidates) {
      if (!isTooOld(one, now)) continue;
      remove(one, 'age');
      total -= one.segment.bytes;
    }
    // What is too old behind what was looked at may be all that is too much.
    // Moments that are kept for days of their own never are.
    const pending = source.lists.some(
      (list) =>
        !list.complete &&
        (list.class !== 'moment' || source.momentDays === null) &&
        endsTooOld(source, list.segments.at(-1), now),
    );
    if (pending) more = true;
    const limit = Math.min(
      source.bytes ?? Number.POSITIVE_INFINITY,
      source.demo ? DEMO_BYTES : Number.POSITIVE_INFINITY,
    );
    const horizon = horizonOf([source], now);
    for (const one of candidates) {
      if (total <= limit || pending) break;
      if (gone.has(one.segment.id)) continue;
      if (horizon !== undefined && compareValue(one.value, horizon) > 0) {
        more = true;
        break;
      }
      remove(one, 'size');
      total -= one.segment.bytes;
    }
    if (total > limit && horizon !== undefined) more = true;
    for (const one of candidates) if (!gone.has(one.segment.id)) all.push(one);
  }

  // Each reason is done with before the next begins: what goes for one may be enough for the next.
  if (more) return { deletions, more };
  all.sort((a, b) => compareValue(a.value, b.value));
  for (const { store, free, floor } of state.stores) {
    if (free === null) continue;
    let missing = floor - free - (freed.get(store) ?? 0);
    if (missing <= 0) continue;
    const horizon = horizonOf(sources, now, store);
    for (const one of all) {
      if (missing <= 0) break;
      if (one.segment.store !== store) continue;
      if (horizon !== undefined && compareValue(one.value, horizon) > 0) {
        more = true;
        break;
      }
      remove(one, 'space');
      missing -= one.segment.bytes;
    }
    if (missing > 0 && horizon !== undefined) more = true;
  }
  return { deletions, more };
}

/** What may go of a source, least valuable first. */
function candidatesOf(source: KeptSource, inUse: ReadonlySet<string>, now: number): Candidate[] {
  const found: Candidate[] = [];
  for (const list of source.lists)
    for (const segment of list.segments) {
      const kind = classOf(source, segment, now);
      if (kind === 'protected' || inUse.has(segment.id)) continue;
      found.push({ source, segment, value: worthOf(segment, kind) });
    }
  return found.sort((a, b) => compareValue(a.value, b.value));
}

function isTooOld({ source, segment, value }: Candidate, now: number): boolean {
  if (source.days === null) return false;
  // It is of this class only for as long as moments are kept.
  if (value.class === 'moment' && source.momentDays !== null) return false;
  return segment.end <= now - source.days * DAY_MS;
}

function endsTooOld(source: KeptSource, last: KeptSegment | undefined, now: number): boolean {
  return source.days !== null && last !== undefined && last.end <= now - source.days * DAY_MS;
}

/** Up to which value everything was looked at; undefined: all of it. */
function horizonOf(sources: readonly KeptSource[], now: number, store?: number): ValueKey | undefined {
  let horizon: ValueKey | undefined;
  for (const source of sources)
    for (const list of source.lists) {
      const last = list.segments.at(-1);
      if (list.complete || last === undefined || (store !== undefined && last.store !== store)) continue;
      const kind = classOf(source, last, now);
      const value = worthOf(last, kind === 'protected' ? list.class : kind);
      if (horizon === undefined || compareValue(value, horizon) < 0) horizon = value;
    }
  return horizon;
}

/**
 * What is old enough to lie in the second library, in the order in which to move it: the oldest first, and nothing that is in use.
 * @param segments of the first library, of any source
 */
export function planMoves<T extends { readonly id: string; readonly end: number }>(
  segments: readonly { readonly segment: T; readonly archiveAfterDays: number | null }[],
  inUse: ReadonlySet<string>,
  now: number,
): T[] {
  return segments
    .filter(
      ({ segment, archiveAfterDays }) => archiveAfterDays !== null && segment.end <= now - archiveAfterDays * DAY_MS,
    )
    .map(({ segment }) => segment)
    .filter((segment) => !inUse.has(segment.id))
    .sort(beginsBefore);
}

/** How much must stay free on a disk of `total` bytes: the larger of 5 GB and 5 %. */
export function defaultFloor(total: number): number {
  return Math.max(5_000_000_000, Math.ceil(total * 0.05));
}
