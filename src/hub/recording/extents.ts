/**
 * How far the open segments can be read. Only in memory: the recorders tell it again with every heartbeat.
 */
import { fence, type Interval, piecesOf } from '../../catalog/fencing.ts';
import type { OpenExtent } from '../../contract/recorder.ts';

/** An extent whose recorder has not spoken of it for this long is no longer "being written", but can still be read. */
const FRESH_MS = 5000;
/** After this long it is forgotten: its recorder has died, and will report the file when it comes back. */
const FORGET_MS = 15 * 60_000;
/** Most extents kept per track: one is written, the others wait to be reported. */
const PER_TRACK = 8;

export interface KnownExtent extends OpenExtent {
  readonly recorder: string;
  /** Monotonic ms of the heartbeat that last named it. */
  readonly seen: number;
}

/** An extent as playback sees it. */
export interface ReadableExtent extends OpenExtent {
  readonly growing: boolean;
  /** What of it is shown beside those of other recorders, in order; at least one piece. */
  readonly shown: readonly Interval[];
}

/**
 * Extents by source and track. An extent that is missing from a heartbeat stays readable until its segment is published,
 * so that there is no hole on the timeline between the closing of a file and the report of it.
 */
export class Extents {
  readonly #tracks = new Map<string, KnownExtent[]>();

  /** @returns ids of the sources whose extents have moved. */
  report(recorder: string, open: readonly OpenExtent[], now: number): Set<string> {
    const moved = new Set<string>();
    for (const extent of open) {
      const name = trackKey(extent.sourceId, extent.track);
      const list = this.#tracks.get(name) ?? [];
      const at = list.findIndex((known) => known.run === extent.run && known.seq === extent.seq);
      const known = list[at];
      if (known === undefined || known.durationMs !== extent.durationMs) moved.add(extent.sourceId);
      const next: KnownExtent = { ...extent, recorder, seen: now };
      if (known === undefined) list.push(next);
      else list[at] = next;
      if (list.length > PER_TRACK) list.shift();
      this.#tracks.set(name, list);
    }
    return moved;
  }

  /** Its row exists now (or never will): the extent has done its work. */
  published(sourceId: string, track: string, run: string, seq: number): void {
    const name = trackKey(sourceId, track);
    const list = this.#tracks.get(name);
    if (!list) return;
    const rest = list.filter((extent) => extent.run !== run || extent.seq > seq);
    if (rest.length > 0) this.#tracks.set(name, rest);
    else this.#tracks.delete(name);
  }

  /** Open segments of a track by start. Where two recorders write at once, only the higher fencing token is shown. */
  of(sourceId: string, track: string, now: number): ReadableExtent[] {
    const list = (this.#tracks.get(trackKey(sourceId, track)) ?? []).filter(
      (extent) => now - extent.seen < FORGET_MS && extent.durationMs > 0,
    );
    const whole = list.map(({ token, run, wallStart, durationMs }, id) => ({
      id,
      token,
      run,
      shown_from: wallStart,
      shown_to: wallStart + durationMs,
      hidden: null,
      state: 'published' as const,
    }));
    const cuts = new Map(fence(whole).map((change) => [change.id, change]));
    const shown: ReadableExtent[] = [];
    for (const [id, extent] of list.entries()) {
      const cut = cuts.get(id);
      if (cut?.state === 'shadow') continue;
      const { recorder: _recorder, seen, ...open } = extent;
      const pieces = cut
        ? piecesOf({ shown_from: cut.shownFrom, shown_to: cut.shownTo, hidden: cut.hidden })
        : [{ from: extent.wallStart, to: extent.wallStart + extent.durationMs }];
      shown.push({ ...open, growing: now - seen < FRESH_MS, shown: pieces });
    }
    return shown.sort((a, b) => a.wallStart - b.wallStart);
  }

  /**
   * Whether a recorder has footage under a token that is higher than `after`, of every track that the recorder before it is writing:
   * the second stream may come later than the first.
   */
  hasBegun(sourceId: string, recorder: string, after: number, now: number): boolean {
    let begun = false;
    for (const [name, list] of this.#tracks) {
      if (!name.startsWith(`${sourceId}/`)) continue;
      const written = list.filter(({ durationMs }) => durationMs > 0);
      if (written.some((extent) => extent.recorder === recorder && extent.token > after)) begun = true;
      else if (written.some((extent) => extent.recorder !== recorder && now - extent.seen < FRESH_MS)) return false;
    }
    return begun;
  }

  /** Keys of all files that are being written, or were until a while ago. */
  get keys(): Set<string> {
    const keys = new Set<string>();
    for (const list of this.#tracks.values()) for (const { key } of list) if (key !== null) keys.add(key);
    return keys;
  }

  /** Bytes in segments that are still open. */
  bytesOf(sourceId: string): number {
    let bytes = 0;
    for (const [name, list] of this.#tracks)
      if (name.startsWith(`${sourceId}/`)) for (const extent of list) bytes += extent.bytes;
    return bytes;
  }

  /** Where a source's open footage begins and ends, in UTC ms. */
  boundsOf(sourceId: string, now: number): { from: number; to: number } | undefined {
    let bounds: { from: number; to: number } | undefined;
    for (const [name, list] of this.#tracks) {
      if (!name.startsWith(`${sourceId}/`)) continue;
      for (const extent of list) {
        if (now - extent.seen >= FORGET_MS || extent.durationMs === 0) continue;
        const to = extent.wallStart + extent.durationMs;
        bounds = bounds
          ? { from: Math.min(bounds.from, extent.wallStart), to: Math.max(bounds.to, to) }
          : { from: extent.wallStart, to };
      }
    }
    return bounds;
  }

  /** Its file is not there any more. */
  drop(extent: Pick<OpenExtent, 'sourceId' | 'track' | 'run' | 'seq'>): void {
    const name = trackKey(extent.sourceId, extent.track);
    const rest = (this.#tracks.get(name) ?? []).filter((known) => known.run !== extent.run || known.seq !== extent.seq);
    if (rest.length > 0) this.#tracks.set(name, rest);
    else this.#tracks.delete(name);
  }

  forgetSource(sourceId: string): void {
    for (const name of this.#tracks.keys()) if (name.startsWith(`${sourceId}/`)) this.#tracks.delete(name);
  }

  /** Forgets what nobody has spoken of for long. */
  sweep(now: number): void {
    for (const [name, list] of this.#tracks) {
      const rest = list.filter((extent) => now - extent.seen < FORGET_MS);
      if (rest.length === 0) this.#tracks.delete(name);
      else if (rest.length < list.length) this.#tracks.set(name, rest);
    }
  }
}

function trackKey(sourceId: string, track: string): string {
  return `${sourceId}/${track}`;
}
