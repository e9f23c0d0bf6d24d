/**
 * The disk below an image: what was written is seen at once, and outlives a power cut only when it was flushed. Data, tables and directories are flushed
 * each on their own; a cut drops any subset of the sectors that were not.
 */
import { closeSync, fstatSync, futimesSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import type { Random } from '../random.ts';

/** What a write belongs to. */
export type Kind = 'data' | 'table' | 'directory';
export const KINDS: readonly Kind[] = ['data', 'table', 'directory'];

const SECTOR = 512;

interface Dirty {
  readonly kind: Kind;
  /** What a cut may bring back. */
  readonly durable: Buffer;
}

export class Medium {
  readonly path: string;
  readonly #dirty = new Map<number, Dirty>();
  #file: number | undefined;
  #inode = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** The car gets it. */
  open(): void {
    this.#file ??= openSync(this.path, 'r+');
    this.#checkInode();
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#fd(), bytes, 0, length, offset);
    return bytes;
  }

  /** @param at simulated time, which the file's own time of change becomes */
  write(kind: Kind, offset: number, bytes: Uint8Array, at: number): void {
    const first = Math.floor(offset / SECTOR);
    const last = Math.floor((offset + bytes.length - 1) / SECTOR);
    for (let sector = first; sector <= last; sector += 1) {
      const durable = this.#dirty.get(sector)?.durable ?? this.read(sector * SECTOR, SECTOR);
      this.#dirty.set(sector, { kind, durable });
    }
    writeSync(this.#fd(), bytes, 0, bytes.length, offset);
    futimesSync(this.#fd(), at / 1000, at / 1000);
  }

  flush(kind: Kind): void {
    for (const [sector, dirty] of this.#dirty) if (dirty.kind === kind) this.#dirty.delete(sector);
  }

  flushAll(): void {
    this.#dirty.clear();
  }

  isDurable(offset: number, length: number): boolean {
    for (let sector = Math.floor(offset / SECTOR); sector * SECTOR < offset + length; sector += 1)
      if (this.#dirty.has(sector)) return false;
    return true;
  }

  /** The power goes: of each kind all, none, or any of the unflushed sectors are as they were. */
  cut(random: Random): void {
    const file = openSync(this.path, 'r+');
    try {
      // Somebody has put another image in its place, durably.
      if (fstatSync(file).ino !== this.#inode) return;
      const survives = new Map(KINDS.map((kind) => [kind, [0, 1, random.next()][random.below(3)] ?? 0]));
      for (const [sector, { kind, durable }] of this.#dirty)
        if (random.next() >= (survives.get(kind) ?? 0)) writeSync(file, durable, 0, SECTOR, sector * SECTOR);
    } finally {
      closeSync(file);
      this.#dirty.clear();
      this.close();
    }
  }

  #checkInode(): void {
    const { ino } = statSync(this.path);
    if (ino !== this.#inode) this.#dirty.clear();
    this.#inode = ino;
  }

  #fd(): number {
    if (this.#file === undefined) throw new Error(`${this.path} is not attached`);
    return this.#file;
  }
}
