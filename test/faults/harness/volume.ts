/** A small file system in memory, which can be filled to the last byte. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Volume {
  readonly folder: string;
  /** Takes every byte that is free, and every one that becomes free, until the signal aborts; then gives all back. */
  keepFull(signal: AbortSignal): Promise<void>;
  unmount(): void;
}

/** @returns why not, where mounting is not allowed */
export async function mountVolume(folder: string, bytes: number): Promise<Volume | string> {
  await mkdir(folder, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=755`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (mounted.status !== 0) return `mounting is not allowed: ${mounted.error?.message ?? mounted.stderr.trim()}`;
  return {
    folder,
    async keepFull(signal) {
      const path = join(folder, 'filler');
      const file = openSync(path, 'w');
      try {
        while (!signal.aborted) {
          fill(file);
          await sleep(50);
        }
      } finally {
        closeSync(file);
        rmSync(path);
      }
    },
    unmount() {
      const done = spawnSync('umount', [folder], { encoding: 'utf8' });
      // What still has a file open there holds it for a moment; lazily it goes away by itself.
      if (done.status !== 0) spawnSync('umount', ['--lazy', folder]);
    },
  };
}

function fill(file: number): void {
  for (const size of [1 << 20, 1 << 12, 1])
    try {
      for (const block = Buffer.alloc(size, 1); ; ) writeSync(file, block);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
}
