/**
 * Which footage goes. Pure: what is kept and how much room there is in, segments to delete out.
 */

/** The demo camera never keeps more than this, whatever its settings say. */
export const DEMO_BYTES = 2_000_000_000;
const DAY_MS = 86_400_000;

/** A finished segment, published or shadow. Times are UTC milliseconds. */
export interface KeptSegment {
  readonly id: string;
  readonly end: number;
  readonly bytes: number;
}

export interface KeptSource {
  readonly id: string;
  readonly demo: boolean;
  /** Limits; null: none. */
  readonly days: number | null;
  readonly bytes: number | null;
  /** All finished bytes of this source, also those that are not in `oldest`. */
  readonly totalBytes: number;
  /** The oldest segments, oldest first; a beginning of the whole list is enough, the next round sees the rest. */
  readonly oldest: readonly KeptSegment[];
}

export interface RetentionState {
  readonly sources: readonly KeptSource[];
  /** Bytes that are free where the library is, and how many must stay free. Null: unknown (S3), no floor. */
  readonly free: number | null;
  readonly floor: number;
  /** Ids of segments that something is reading just now (a clip's inputs): kept for this round. */
  readonly inUse: ReadonlySet<string>;
}

export interface Deletion {
  readonly source: string;
  readonly segment: string;
  readonly bytes: number;
  readonly why: 'age' | 'size' | 'space';
}

/**
 * What must be deleted now, in the order in which to do it: by age and by size for each source, then the oldest of all
 * until the floor is free again. A segment that is in use is passed over. Open segments are not finished, so never here.
 */
export function planRetention(state: RetentionState, now: number): Deletion[] {
  const deletions: Deletion[] = [];
  const rest: { source: string; segment: KeptSegment }[] = [];
  let freed = 0;
  for (const source of state.sources) {
    const before = source.days === null ? Number.NEGATIVE_INFINITY : now - source.days * DAY_MS;
    const limit = Math.min(
      source.bytes ?? Number.POSITIVE_INFINITY,
      source.demo ? DEMO_BYTES : Number.POSITIVE_INFINITY,
    );
    let total = source.totalBytes;
    for (const segment of source.oldest) {
      if (state.inUse.has(segment.id)) continue;
      const why = segment.end <= before ? 'age' : total > limit ? 'size' : undefined;
      if (why === undefined) {
        rest.push({ source: source.id, segment });
        continue;
      }
      deletions.push({ source: source.id, segment: segment.id, bytes: segment.bytes, why });
      total -= segment.bytes;
      freed += segment.bytes;
    }
  }
  if (state.free === null) return deletions;
  let missing = state.floor - state.free - freed;
  if (missing <= 0) return deletions;
  rest.sort((a, b) => a.segment.end - b.segment.end);
  for (const { source, segment } of rest) {
    if (missing <= 0) break;
    deletions.push({ source, segment: segment.id, bytes: segment.bytes, why: 'space' });
    missing -= segment.bytes;
  }
  return deletions;
}

/** How much must stay free on a disk of `total` bytes: the larger of 5 GB and 5 %. */
export function defaultFloor(total: number): number {
  return Math.max(5_000_000_000, Math.ceil(total * 0.05));
}
