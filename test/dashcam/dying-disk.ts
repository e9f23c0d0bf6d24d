/** The machine's disk, and a process that dies at one of its operations: before it, or in the middle of a write. */
import type { Disk } from '../../src/blobs/disk.ts';
import { systemDisk } from '../../src/blobs/disk.ts';

export interface DyingDisk extends Disk {
  /** Operations so far. */
  readonly operations: () => number;
}

/** @param at number of the operation, from 1, that the process does not live through */
export function dyingDisk(at: number): DyingDisk {
  let count = 0;
  const step = (): boolean => {
    count += 1;
    return count === at;
  };
  const before = <Args extends unknown[], T>(act: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      if (step()) await die();
      return act(...args);
    };
  };
  return {
    operations: () => count,
    mkdir: before(systemDisk.mkdir),
    link: before(systemDisk.link),
    rename: before(systemDisk.rename),
    unlink: before(systemDisk.unlink),
    truncate: before(systemDisk.truncate),
    syncFolder: before(systemDisk.syncFolder),
    readdir: before(systemDisk.readdir),
    stat: before(systemDisk.stat),
    openRead: before(systemDisk.openRead),
    openAppend: before(async (path, kind) => {
      const file = await systemDisk.openAppend(path, kind);
      return {
        datasync: before(file.datasync),
        close: before(file.close),
        async writev(buffers) {
          if (!step()) return file.writev(buffers);
          const all = Buffer.concat(buffers);
          await file.writev([all.subarray(0, all.length >> 1)]);
          await die();
        },
      };
    }),
  };
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}
