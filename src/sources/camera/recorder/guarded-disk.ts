/**
 * A disk on which nothing is made, published or removed while the library's marker is missing or foreign: a volume
 * that has gone away leaves an empty folder, and footage written there would fill the wrong disk.
 */
import type { Disk } from '../../../blobs/disk.ts';
import type { MarkerGuard } from './library-marker.ts';

/** The same disk; what changes names asks the guard first and rejects with its Unavailable. Open files are not asked about. */
export function guardedDisk(disk: Disk, guard: MarkerGuard): Disk {
  const checked =
    <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await guard.check();
      return act(...args);
    };
  return {
    mkdir: checked((path) => disk.mkdir(path)),
    openAppend: checked((path, kind) => disk.openAppend(path, kind)),
    link: checked((existing, name) => disk.link(existing, name)),
    rename: checked((from, to) => disk.rename(from, to)),
    unlink: checked((path) => disk.unlink(path)),
    truncate: checked((path, size) => disk.truncate(path, size)),
    openRead: (path) => disk.openRead(path),
    syncFolder: (path) => disk.syncFolder(path),
    readdir: (path) => disk.readdir(path),
    stat: (path) => disk.stat(path),
  };
}
