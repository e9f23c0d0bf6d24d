/**
 * Everything that recording needs of a file system, and the one that the machine has. Tests use one that forgets (`test/faults/disk.ts`).
 */
import fs from 'node:fs';
import { dirname } from 'node:path';

/** An open file that only grows. */
export interface DiskFile {
  /** All of the buffers, in order, at the end. Rejects when not all could be written; a part of them may then be there. */
  writev(buffers: readonly Uint8Array[]): Promise<void>;
  /** What was written so far outlives a power loss (`fdatasync`); the file's name does so only after `syncFolder`. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** An open file to read from; `size` is as of opening. */
export interface DiskReader {
  readonly size: number;
  /** Fewer bytes than asked for only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same into memory of the caller's, where a disk can. @returns bytes */
  readInto?(target: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

export interface DiskStat {
  /** Device and inode: equal for two names of one file. */
  readonly ino: string;
  readonly size: number;
  /** How many names the file has. */
  readonly nlink: number;
}

export interface DiskEntry {
  readonly name: string;
  readonly folder: boolean;
}

/** Paths are absolute. Failures are Node's own errors with `code`. */
export interface Disk {
  /** Makes a folder and those above it that are missing; gives the ones it made, outermost first. */
  mkdir(path: string): Promise<string[]>;
  /** `new` fails with EEXIST on an existing name, `existing` with ENOENT on a missing one. */
  openAppend(path: string, kind: 'new' | 'existing'): Promise<DiskFile>;
  openRead(path: string): Promise<DiskReader>;
  /** A second name for a file; fails with EEXIST. */
  link(existing: string, name: string): Promise<void>;
  /** Replaces what is there. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  truncate(path: string, size: number): Promise<void>;
  /** The names in this folder, as they are now, outlive a power loss. */
  syncFolder(path: string): Promise<void>;
  /** Empty for a folder that is not there. */
  readdir(path: string): Promise<DiskEntry[]>;
  /** Undefined for what is not there. */
  stat(path: string): Promise<DiskStat | undefined>;
}

/** The `code` of a file system error, e.g. `ENOSPC`; undefined for anything else, also for Node's own `ERR_…`, which are bugs. */
export function diskErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** The machine's own file system. Callbacks rather than promises of `node:fs`: they cost less, and this runs for every fragment. */
export const systemDisk: Disk = {
  async mkdir(path) {
    const first = await fs.promises.mkdir(path, { recursive: true });
    if (first === undefined) return [];
    const made: string[] = [];
    for (let at = path; at.length >= first.length; at = dirname(at)) made.unshift(at);
    return made;
  },
  async openAppend(path, kind) {
    const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = fs.constants;
    const flags = kind === 'new' ? O_WRONLY | O_APPEND | O_CREAT | O_EXCL : O_WRONLY | O_APPEND;
    const fd = await new Promise<number>((resolve, reject) => {
      fs.open(path, flags, 0o644, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    return {
      writev: (buffers) => writeAll(fd, buffers),
      datasync: () => done((back) => fs.fdatasync(fd, back)),
      close: () => done((back) => fs.close(fd, back)),
    };
  },
  async openRead(path) {
    const file = await fs.promises.open(path, 'r');
    const { size } = await file.stat();
    return {
      size,
      async read(offset, length) {
        const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)));
        let filled = 0;
        while (filled < buffer.length) {
          const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      },
      async readInto(target, offset) {
        return (await file.read(target, 0, Math.max(0, Math.min(target.length, size - offset)), offset)).bytesRead;
      },
      close: () => file.close(),
    };
  },
  link: (existing, name) => fs.promises.link(existing, name),
  rename: (from, to) => fs.promises.rename(from, to),
  unlink: (path) => fs.promises.unlink(path),
  truncate: (path, size) => fs.promises.truncate(path, size),
  async syncFolder(path) {
    const folder = await fs.promises.open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  async readdir(path) {
    try {
      const entries = await fs.promises.readdir(path, { withFileTypes: true });
      return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
    } catch (error) {
      if (diskErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  },
  async stat(path) {
    try {
      const { dev, ino, size, nlink } = await fs.promises.stat(path, { bigint: true });
      return { ino: `${dev}:${ino}`, size: Number(size), nlink: Number(nlink) };
    } catch (error) {
      if (diskErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
};

function done(start: (back: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

/** Writes again what a short write left over: a nearly full disk takes a part before it refuses. */
async function writeAll(fd: number, buffers: readonly Uint8Array[]): Promise<void> {
  let left: Uint8Array[] = [...buffers];
  while (left.length > 0) {
    let written = await new Promise<number>((resolve, reject) => {
      const back = (error: Error | null, count: number): void => (error ? reject(error) : resolve(count));
      const [only] = left;
      if (left.length === 1 && only) fs.write(fd, only, back);
      else fs.writev(fd, left, back);
    });
    let whole = 0;
    for (const piece of left) {
      if (piece.length > written) break;
      written -= piece.length;
      whole++;
    }
    left = left.slice(whole);
    const [cut] = left;
    if (cut && written > 0) left[0] = cut.subarray(written);
  }
}
