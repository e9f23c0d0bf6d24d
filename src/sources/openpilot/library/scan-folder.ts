/**
 * Looks through a folder for drives. A minute counts only when nothing writes to it any more.
 */
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import type { DriveFile } from '../../../contract/drive.ts';
import { betterFile } from '../files/file-kind.ts';
import { placeInPath } from '../files/local/place-in-path.ts';
import { lockedFolder } from './file-names.ts';

export interface ScannedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** When it was written last, UTC ms. */
  readonly changed: number;
}

export interface ScannedMinute {
  readonly minute: number;
  readonly files: Readonly<Partial<Record<DriveFile, ScannedFile>>>;
}

export interface ScannedDrive {
  readonly dongle: string | null;
  readonly logId: string;
  /** In order. */
  readonly minutes: readonly ScannedMinute[];
}

export interface Scan {
  readonly drives: readonly ScannedDrive[];
  /** Something is still being written: worth another look soon. */
  readonly growing: boolean;
  /** There is more than is looked at. */
  readonly cut: boolean;
}

/** What earlier looks have seen. One for each folder that is watched. */
export type ScanMemory = Map<string, { bytes: number; changed: number; since: number }>;

export interface ScanOptions {
  /** UTC ms. */
  readonly now: number;
  readonly memory: ScanMemory;
  readonly signal?: AbortSignal;
  /** A file is whole when it has been the same for so long. */
  readonly quietMs?: number;
}

const QUIET_MS = 15_000;
/** What was written that long ago is whole, also at the first look. */
const OLD_MS = 600_000;
const DEEPEST = 5;
const MOST_ENTRIES = 400_000;
/** Minutes of a route are counted up to 9999; nobody drives that far. */
const MOST_MINUTES = 3000;

/**
 * @throws UserError when the folder is not there or may not be read
 */
export async function scanFolder(folder: string, options: ScanOptions): Promise<Scan> {
  const { now, memory, signal, quietMs = QUIET_MS } = options;
  const root = await enter(folder);
  const seen = new Map<string, ScannedFile & { settled: boolean }>();
  const locked = new Set<string>();
  let entries = 0;
  const waiting: { path: string; depth: number }[] = [{ path: '', depth: 0 }];
  for (let next = waiting.pop(); next && entries < MOST_ENTRIES; next = waiting.pop()) {
    signal?.throwIfAborted();
    const list = await readdir(join(root, next.path), { withFileTypes: true }).catch(passOver);
    for (const item of list) {
      if (++entries > MOST_ENTRIES) break;
      const path = next.path === '' ? item.name : `${next.path}/${item.name}`;
      // Links could lead anywhere: only what lies here counts.
      if (item.isDirectory() && !item.name.startsWith('.')) {
        if (next.depth < DEEPEST) waiting.push({ path, depth: next.depth + 1 });
      } else if (item.isFile()) {
        const lock = lockedFolder(path);
        if (lock !== undefined) locked.add(lock);
        else if (placeInPath(path)?.logId) {
          const info = await lstat(join(root, path)).catch(() => undefined);
          if (!info?.isFile() || info.size === 0) continue;
          const file = { path, bytes: info.size, changed: Math.round(info.mtimeMs) };
          seen.set(path, { ...file, settled: settled(file, memory, now, quietMs) });
        }
      }
    }
  }
  for (const path of memory.keys()) if (!seen.has(path)) memory.delete(path);
  return { ...gather(seen, locked), cut: entries > MOST_ENTRIES };
}

async function enter(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    await readdir(root);
    return root;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'is not there'
        : code === 'ENOTDIR'
          ? 'is not a folder'
          : code === 'EACCES' || code === 'EPERM'
            ? 'may not be read by Vidette'
            : 'cannot be read';
    throw new UserError(
      `The folder ${folder} ${why}.`,
      code === 'EACCES'
        ? 'Give the user that runs Vidette the right to read it.'
        : 'Is its disk mounted? Check the path.',
      { code: 'invalid', fields: { path: why }, cause: error },
    );
  }
}

/** A folder that went away or may not be read holds nothing for us; the others count all the same. */
function passOver(error: NodeJS.ErrnoException): never[] {
  if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(error.code ?? '')) return [];
  throw error;
}

/** Whether a file has been the same for long enough. */
function settled(file: ScannedFile, memory: ScanMemory, now: number, quietMs: number): boolean {
  const before = memory.get(file.path);
  if (before?.bytes !== file.bytes || before.changed !== file.changed) {
    memory.set(file.path, { bytes: file.bytes, changed: file.changed, since: now });
    return now - file.changed > OLD_MS;
  }
  return now - before.since >= quietMs || now - file.changed > OLD_MS;
}

function gather(
  seen: ReadonlyMap<string, ScannedFile & { settled: boolean }>,
  locked: ReadonlySet<string>,
): Pick<Scan, 'drives' | 'growing'> {
  const drives = new Map<string, { dongle: string | null; logId: string; minutes: Map<number, MinuteParts> }>();
  let growing = false;
  for (const { settled: isSettled, ...file } of seen.values()) {
    const named = placeInPath(file.path);
    if (!named || named.logId === null) continue;
    const { dongle, logId, segment: minute, kind } = named;
    const name = `${dongle ?? ''}|${logId}`;
    const drive = drives.get(name) ?? { dongle, logId, minutes: new Map<number, MinuteParts>() };
    drives.set(name, drive);
    if (!drive.minutes.has(minute) && drive.minutes.size >= MOST_MINUTES) continue;
    const parts = drive.minutes.get(minute) ?? { files: {}, whole: true };
    drive.minutes.set(minute, parts);
    if (!isSettled || locked.has(file.path.slice(0, file.path.lastIndexOf('/')))) {
      parts.whole = false;
      growing = true;
    }
    const other = parts.files[kind];
    if (!other || betterFile(named.name, other.path.slice(other.path.search(/[^/-]+$/)))) parts.files[kind] = file;
  }
  const whole = [...drives.values()].map(({ dongle, logId, minutes }) => ({
    dongle,
    logId,
    minutes: [...minutes]
      .filter(([, parts]) => parts.whole)
      .map(([minute, { files }]) => ({ minute, files }))
      .sort((a, b) => a.minute - b.minute),
  }));
  return { drives: whole.filter((drive) => drive.minutes.length > 0), growing };
}

interface MinuteParts {
  readonly files: Partial<Record<DriveFile, ScannedFile>>;
  whole: boolean;
}
