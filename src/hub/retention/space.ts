/**
 * How much room there is where the library is, and whether recording has to wait for it.
 */
import { statfs } from 'node:fs/promises';
import { defaultFloor } from './plan.ts';

export interface Room {
  /** Bytes that may still be written. */
  readonly free: number;
  readonly total: number;
}

/** Asks the disk; undefined where there is none to ask (S3). */
export type MeasureRoom = () => Promise<Room | undefined>;

/** Room on the file system that holds `folder`; undefined while the folder is not there (a disk that is not mounted). */
export function measureFolder(folder: string): MeasureRoom {
  return async () => {
    try {
      const found = await statfs(folder);
      return { free: found.bavail * found.bsize, total: found.blocks * found.bsize };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
}

/** Room is made for so many seconds ahead. */
const HEADROOM_S = 60;
/** Recording goes on again only with this much above the floor, so that it does not flap. */
const RESUME_SHARE = 0.02;
const RESUME_BYTES = 256_000_000;

/** So long a file system may take to give back what was removed: ZFS, btrfs, network ones. Meanwhile nothing more goes in its stead. */
const GIVEN_BACK_MS = 30_000;

export interface SpaceState {
  readonly free: number;
  readonly total: number;
  readonly floor: number;
  /** Recording waits: the floor is reached and there is nothing left to remove. */
  readonly paused: boolean;
}

/** The last measurement, and what follows from it. */
export class Space {
  readonly #measure: MeasureRoom;
  readonly #floor: number | undefined;
  readonly #rate = new Rate();
  readonly #monotonic: () => number;
  #room: Room | undefined;
  #paused = false;
  /** What was removed since a measurement. */
  #removed: { readonly at: number; readonly free: number; bytes: number } | undefined;

  /** @param floor bytes that must stay free; default: the larger of 5 GB and 5 % @param monotonic ms */
  constructor(measure: MeasureRoom, floor?: number, monotonic: () => number = () => performance.now()) {
    this.#measure = measure;
    this.#floor = floor;
    this.#monotonic = monotonic;
  }

  get floor(): number {
    return this.#floor ?? defaultFloor(this.#room?.total ?? 0);
  }

  get state(): SpaceState {
    return {
      free: this.#room?.free ?? 0,
      total: this.#room?.total ?? 0,
      floor: this.#room ? this.floor : 0,
      paused: this.#paused,
    };
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** What the next minute will need at the present rate: room is made before it is missing. */
  get headroom(): number {
    return Math.min(this.#rate.perSecond(this.#monotonic()) * HEADROOM_S, this.floor);
  }

  /** How much must be free after making room: the floor, the next minute, and what recording needs to go on again. */
  get goal(): number {
    return this.headroom + this.#resume;
  }

  /** Footage has come. */
  wrote(bytes: number): void {
    this.#rate.add(bytes, this.#monotonic());
  }

  /** Footage was removed. */
  removed(bytes: number): void {
    const now = this.#monotonic();
    if (this.#room === undefined) return;
    if (this.#removed === undefined || now - this.#removed.at > GIVEN_BACK_MS)
      this.#removed = { at: now, free: this.#room.free, bytes: 0 };
    this.#removed.bytes += bytes;
  }

  /** What is free, or will be when the file system has given back what was removed; undefined when nobody knows. */
  get expected(): number | undefined {
    if (this.#room === undefined) return undefined;
    const { free } = this.#room;
    const removed = this.#removed;
    if (removed === undefined || this.#monotonic() - removed.at > GIVEN_BACK_MS) return free;
    return Math.max(free, removed.free + removed.bytes);
  }

  get #resume(): number {
    return this.floor + Math.min(this.floor * RESUME_SHARE, RESUME_BYTES);
  }

  async measure(): Promise<Room | undefined> {
    this.#room = await this.#measure();
    if (this.#paused && (this.#room === undefined || this.#room.free >= this.#resume)) this.#paused = false;
    return this.#room;
  }

  /** True when what is free lies below the floor, or will within the minute. */
  get short(): boolean {
    const { expected } = this;
    return expected !== undefined && expected < this.floor + this.headroom;
  }

  /** Everything that may go has gone. Recording pauses if the floor is still not free. */
  settle(): void {
    const { expected } = this;
    if (expected !== undefined && expected < this.floor) this.#paused = true;
  }
}

/** Bytes per second, the last minute counting most. */
class Rate {
  #perMs = 0;
  #at = 0;

  /** @param now monotonic ms */
  add(bytes: number, now: number): void {
    this.#perMs = this.#decayed(now) + bytes / MEMORY_MS;
    this.#at = now;
  }

  perSecond(now: number): number {
    return this.#decayed(now) * 1000;
  }

  #decayed(now: number): number {
    return this.#perMs * Math.exp(-Math.max(0, now - this.#at) / MEMORY_MS);
  }
}

const MEMORY_MS = 60_000;
