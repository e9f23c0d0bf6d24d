/**
 * How much is kept of each source. Counted once from the catalog, then counted on in memory: asking the catalog reads every row.
 */
export interface SourceTotal {
  readonly bytes: number;
  /** Extent of what is shown, UTC ms; null when nothing is. */
  readonly from: number | null;
  readonly to: number | null;
}

/** One finished segment, as far as counting goes. */
export interface Counted {
  readonly sourceId: string;
  readonly track: string;
  readonly run: string;
  readonly seq: number;
  readonly bytes: number;
  readonly wallStart: number;
  readonly durationMs: number;
}

interface Removed {
  readonly sourceId: string;
  readonly bytes: number;
  /** UTC ms. */
  readonly end: number;
}

const NOTHING: SourceTotal = { bytes: 0, from: null, to: null };
/** Reports may come twice; those of the last while are remembered. */
const REMEMBERED = 20_000;

export class FootageTotals {
  readonly #load: () => Promise<readonly ({ sourceId: string } & SourceTotal)[]>;
  readonly #totals = new Map<string, SourceTotal>();
  readonly #seen = new Set<string>();
  /** Removed while the catalog counts: its answer may be of before. */
  #meanwhile: Removed[] | undefined;

  /** @param load the catalog's own count */
  constructor(load: () => Promise<readonly ({ sourceId: string } & SourceTotal)[]>) {
    this.#load = load;
  }

  /** Counts afresh; at start, and now and then so that small errors do not add up. */
  async refresh(): Promise<void> {
    const meanwhile: Removed[] = [];
    this.#meanwhile = meanwhile;
    const rows = await this.#load();
    this.#meanwhile = undefined;
    this.#totals.clear();
    for (const { sourceId, bytes, from, to } of rows) this.#totals.set(sourceId, { bytes, from, to });
    // Rather too little until the next count: by what is too much retention would remove footage.
    this.removed(meanwhile);
  }

  of(sourceId: string): SourceTotal {
    return this.#totals.get(sourceId) ?? NOTHING;
  }

  get all(): number {
    let sum = 0;
    for (const total of this.#totals.values()) sum += total.bytes;
    return sum;
  }

  added(segment: Counted, shown: boolean): void {
    const name = `${segment.sourceId}/${segment.track}/${segment.run}/${segment.seq}`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    if (this.#seen.size > REMEMBERED)
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    const known = this.of(segment.sourceId);
    const end = segment.wallStart + segment.durationMs;
    this.#totals.set(segment.sourceId, {
      bytes: known.bytes + segment.bytes,
      from: shown ? Math.min(known.from ?? Number.POSITIVE_INFINITY, segment.wallStart) : known.from,
      to: shown ? Math.max(known.to ?? Number.NEGATIVE_INFINITY, end) : known.to,
    });
  }

  /** Retention removes the oldest: what is kept begins at the earliest where the removed ended. */
  removed(segments: readonly Removed[]): void {
    this.#meanwhile?.push(...segments);
    for (const segment of segments) {
      const known = this.#totals.get(segment.sourceId);
      if (!known) continue;
      const bytes = Math.max(0, known.bytes - segment.bytes);
      const from = known.from === null ? null : Math.max(known.from, segment.end);
      const empty = bytes === 0 || (from !== null && known.to !== null && from >= known.to);
      this.#totals.set(segment.sourceId, empty ? { bytes, from: null, to: null } : { bytes, from, to: known.to });
    }
  }

  forget(sourceId: string): void {
    this.#totals.delete(sourceId);
  }
}
