/**
 * After a crash: what the spool holds becomes finished segments (DESIGN, invariant 6).
 */
import { dirname, join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { InputError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Disk } from '../../../blobs/disk.ts';
import { Folders } from '../../../blobs/folders.ts';
import type { SegmentReport } from '../../../contract/recorder.ts';
import { indexBox, type SegmentEnd } from '../../../media/mp4/fragment-table.ts';
import type { SegmentIdentity } from '../../../media/mp4/identity.ts';
import type { SegmentIndex } from '../../../media/mp4/segment-index.ts';
import { readIndex, sha256Of } from './file-reader.ts';
import { libraryKey, SPOOL } from './names.ts';
import { claimPath, publish, readClaim } from './publish.ts';
import { finishedOf, reportOf } from './report.ts';

export interface RecoverOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly libraryDir: string;
  /** What is to be completed, below `libraryDir`; no other process may be writing there. `spool` when not given. */
  readonly spool?: string;
  /** Segments that were recorded for another library are left alone. */
  readonly library: string | null;
  readonly publish: 'link' | 'keep';
  /** As of `TrackWriter`; also for segments that were published already but never acknowledged. */
  onFinished(report: SegmentReport, spoolPath: string, finalPath: string | null): void;
  readonly folders?: Folders;
  readonly signal?: AbortSignal;
}

export interface Recovery {
  /** Cut to the last whole fragment and finished with `ended: crash`. */
  readonly cut: number;
  /** Were whole, and are reported (again). */
  readonly whole: number;
  /** Held no picture, and were removed. */
  readonly empty: number;
  /** Of another library, unreadable, or not to be finished because the disk failed: still there, and logged. */
  readonly left: number;
}

type Outcome = keyof Recovery;

/** Never throws for one file's sake: what cannot be recovered is logged, left and counted. */
export async function recoverSpool(options: RecoverOptions): Promise<Recovery> {
  const { disk, log, libraryDir, clock, signal } = options;
  const folders = options.folders ?? new Folders(disk, libraryDir);
  const counts: Record<Outcome, number> = { cut: 0, whole: 0, empty: 0, left: 0 };
  const started = clock.monotonic();
  for await (const path of spoolFiles(disk, join(libraryDir, options.spool ?? SPOOL))) {
    signal?.throwIfAborted();
    try {
      counts[await recoverFile(options, folders, path)]++;
    } catch (error) {
      counts.left++;
      log.error('a segment of an earlier run could not be recovered; it is tried again at the next start', {
        path,
        error,
      });
    }
  }
  if (counts.cut + counts.whole + counts.empty + counts.left > 0)
    log.info('segments of an earlier run were recovered', { ...counts, ms: Math.round(clock.monotonic() - started) });
  return counts;
}

/** `.part` files, and the `.claim` files that have lost their `.part` to a rename. */
async function* spoolFiles(disk: Disk, spool: string): AsyncGenerator<string> {
  for (const source of await disk.readdir(spool)) {
    if (!source.folder) continue;
    for (const track of await disk.readdir(join(spool, source.name))) {
      if (!track.folder) continue;
      const folder = join(spool, source.name, track.name);
      const names = new Set((await disk.readdir(folder)).map((entry) => entry.name));
      for (const name of [...names].sort()) {
        const claimed = name.endsWith('.claim') && !names.has(`${name.slice(0, -'.claim'.length)}.part`);
        if (claimed) yield join(folder, `${name.slice(0, -'.claim'.length)}.part`);
        else if (name.endsWith('.part')) yield join(folder, name);
      }
    }
  }
}

async function recoverFile(options: RecoverOptions, folders: Folders, path: string): Promise<Outcome> {
  const { disk, log, libraryDir, library, clock } = options;
  const stat = await disk.stat(path);
  if (!stat) return recoverClaim(options, path);
  if (stat.size === 0) return drop(disk, path);
  let index: SegmentIndex;
  try {
    index = await readIndex(disk, path, { verify: stat.nlink === 1 });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const aside = `${path}.${Math.round(clock.wall())}.unreadable`;
    log.warn('an unfinished segment has no readable beginning; it is put aside and can be removed', {
      path: aside,
      error,
    });
    await disk.rename(path, aside);
    return 'left';
  }
  if (library !== null && index.identity.library !== null && index.identity.library !== library) {
    log.warn('an unfinished segment belongs to another library and is left alone', { path });
    return 'left';
  }
  const shared = stat.nlink > 1 ? await publishedKey(disk, libraryDir, index.identity, stat.ino) : undefined;
  if (shared !== undefined && !index.complete) {
    log.error('a published segment is not whole any more; look at the disk', { path, key: shared });
    return 'left';
  }
  if (!index.complete && index.fragments.length === 0) return drop(disk, path);
  const size = index.complete ? index.validBytes : await finishCut(disk, path, index);
  const ended: SegmentEnd = index.complete ? (index.ended ?? 'crash') : 'crash';
  const sha256 = await sha256Of(disk, path);
  const linked = options.publish === 'link';
  const key =
    shared ?? (linked ? await publish(disk, folders, libraryDir, path, index.identity) : libraryKey(index.identity));
  if (shared !== undefined) await disk.syncFolder(dirname(join(libraryDir, shared)));
  options.onFinished(
    reportOf(finishedOf(index, ended, size), key, sha256),
    path,
    linked ? join(libraryDir, key) : null,
  );
  return index.complete ? 'whole' : 'cut';
}

/** Cuts a file to its last whole fragment and closes it. @returns its size. */
async function finishCut(disk: Disk, path: string, index: SegmentIndex): Promise<number> {
  const { durationTicks, frames, fragments, validBytes } = index;
  await disk.truncate(path, validBytes);
  const box = indexBox({ ended: 'crash', durationTicks, frames, fragments });
  const file = await disk.openAppend(path, 'existing');
  try {
    await file.writev([box]);
    await file.datasync();
  } finally {
    await file.close();
  }
  return validBytes + box.length;
}

/** Under which name this very file is published already. */
async function publishedKey(
  disk: Disk,
  libraryDir: string,
  identity: SegmentIdentity,
  ino: string,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const key = libraryKey(identity, attempt);
    const stat = await disk.stat(join(libraryDir, key));
    if (!stat || stat.ino === ino) return stat && key;
  }
}

/** The `.part` was renamed into the library, where there are no links, and perhaps never reported. */
async function recoverClaim(options: RecoverOptions, path: string): Promise<Outcome> {
  const { disk, libraryDir } = options;
  const key = await readClaim(disk, claimPath(path));
  const finalPath = key === undefined ? undefined : join(libraryDir, key);
  if (key === undefined || finalPath === undefined || !(await disk.stat(finalPath))) return drop(disk, claimPath(path));
  const index = await readIndex(disk, finalPath);
  const report = reportOf(
    finishedOf(index, index.ended ?? 'crash', index.validBytes),
    key,
    await sha256Of(disk, finalPath),
  );
  await disk.syncFolder(dirname(finalPath));
  options.onFinished(report, path, finalPath);
  return 'whole';
}

async function drop(disk: Disk, path: string): Promise<Outcome> {
  await disk.unlink(path);
  return 'empty';
}
