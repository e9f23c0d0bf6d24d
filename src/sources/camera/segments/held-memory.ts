/**
 * How much footage may wait in memory for the disk: of one track, and in the whole process. One slow or full disk must neither lose the
 * newest seconds of any camera nor take the machine's memory.
 */
import { totalmem } from 'node:os';

/** A writer whose footage waits. */
export interface Holder {
  /** When the oldest of it arrived, by the monotonic clock; undefined when nothing waits. */
  readonly heldSince: number | undefined;
  /** Gives up the oldest group of pictures, and tells what is left by `set`; false when it cannot. */
  dropOldest(): boolean;
}

/** Of one track: ten seconds at 26 Mbit/s, a minute and a half at 3 Mbit/s. */
const TRACK_BYTES = 32 << 20;
const LEAST_BYTES = 128 << 20;
const MOST_BYTES = 1024 << 20;

/** A quarter of the machine's memory, or of what the process may have (0: no limit is known), from 128 MiB to 1 GiB. */
export function processBytes(machine = totalmem(), allowed = process.constrainedMemory()): number {
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.min(machine, allowed > 0 ? allowed : machine) / 4));
}

interface Track {
  bytes: number;
  /** In the order of their runs: the oldest footage is in the first. */
  readonly holders: Map<Holder, number>;
}

/** Shared by all writers of a process. */
export class HeldMemory {
  readonly #perTrack: number;
  readonly #total: number;
  readonly #tracks = new Map<string, Track>();
  readonly #of = new Map<Holder, Track>();
  #bytes = 0;

  constructor(limits: { readonly perTrack?: number; readonly total?: number } = {}) {
    this.#perTrack = limits.perTrack ?? TRACK_BYTES;
    this.#total = limits.total ?? processBytes();
  }

  /** Waits in the whole process. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param name one camera's track, whatever its run */
  join(name: string, holder: Holder): void {
    const track = this.#tracks.get(name) ?? { bytes: 0, holders: new Map<Holder, number>() };
    this.#tracks.set(name, track);
    this.#of.set(holder, track);
    track.holders.set(holder, 0);
  }

  leave(name: string, holder: Holder): void {
    this.set(holder, 0);
    this.#of.delete(holder);
    const track = this.#tracks.get(name);
    track?.holders.delete(holder);
    if (track?.holders.size === 0) this.#tracks.delete(name);
  }

  /** What of a holder waits now. */
  set(holder: Holder, bytes: number): void {
    const track = this.#of.get(holder);
    if (!track) return;
    const change = bytes - (track.holders.get(holder) ?? 0);
    track.holders.set(holder, bytes);
    track.bytes += change;
    this.#bytes += change;
  }

  /** To be called when something was added: gives up the oldest footage beyond the limits. @returns the limit that was reached. */
  bound(holder: Holder): number | undefined {
    const track = this.#of.get(holder);
    if (!track) return undefined;
    let reached: number | undefined;
    while (track.bytes > this.#perTrack && dropOf(track)) reached = this.#perTrack;
    while (this.#bytes > this.#total && this.#dropLongest()) reached = this.#total;
    return reached;
  }

  /** The track that holds the longest time gives up first: at last all hold equally long. */
  #dropLongest(): boolean {
    const oldest = [...this.#tracks.values()]
      .map((track) => ({ track, since: sinceOf(track) }))
      .filter(({ since }) => since !== Number.POSITIVE_INFINITY)
      .sort((a, b) => a.since - b.since);
    return oldest.some(({ track }) => dropOf(track));
  }
}

function sinceOf(track: Track): number {
  let since = Number.POSITIVE_INFINITY;
  for (const holder of track.holders.keys()) since = Math.min(since, holder.heldSince ?? since);
  return since;
}

function dropOf(track: Track): boolean {
  for (const holder of track.holders.keys()) if (holder.dropOldest()) return true;
  return false;
}
