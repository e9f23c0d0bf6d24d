/**
 * Counts of what recorders tell, for metrics. They begin at zero with the hub, as Prometheus expects.
 */
import type { OutageReport } from '../../contract/outage.ts';

/** Reports of outages come again with each change; so many are remembered to count only what is new. */
const REMEMBERED = 20_000;

export class CameraCounts {
  readonly stored = new Map<string, number>();
  readonly lost = new Map<string, number>();
  readonly runs = new Map<string, number>();
  readonly #lostBy = new Map<string, number>();
  readonly #run = new Map<string, string>();

  /** Finished segments that came for the first time, or again. */
  segments(reports: readonly { readonly sourceId: string; readonly frames: number }[]): void {
    for (const { sourceId, frames } of reports) add(this.stored, sourceId, frames);
  }

  outages(reports: readonly OutageReport[]): void {
    for (const { id, sourceId, frames } of reports) {
      if (frames === undefined) continue;
      const known = this.#lostBy.get(id) ?? 0;
      add(this.lost, sourceId, Math.max(0, frames - known));
      this.#lostBy.delete(id);
      this.#lostBy.set(id, Math.max(known, frames));
      for (const oldest of this.#lostBy.keys()) {
        if (this.#lostBy.size <= REMEMBERED) break;
        this.#lostBy.delete(oldest);
      }
    }
  }

  /** Open segments: a new run of a track means that its stream was opened anew. */
  extents(open: readonly { readonly sourceId: string; readonly track: string; readonly run: string }[]): void {
    for (const { sourceId, track, run } of open) {
      const name = `${sourceId}/${track}`;
      const known = this.#run.get(name);
      if (known === run || (known !== undefined && known > run)) continue;
      this.#run.set(name, run);
      if (known !== undefined) add(this.runs, sourceId, 1);
    }
  }
}

function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
