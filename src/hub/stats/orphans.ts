/**
 * Files that nobody speaks of: unfinished ones of recorders that are gone, finished ones without a row.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that was written to within this time is not looked at: its recorder may just not have spoken of it. */
const QUIET_MS = 120_000;
const HOUR_MS = 3_600_000;
/** More names are not looked at in one go. */
const MOST_NAMES = 50_000;

export interface OrphanCamera {
  readonly id: string;
  readonly folder: string;
  readonly tracks: readonly string[];
}

export interface OrphanOptions {
  /** Root folder of the library. */
  readonly root: string;
  readonly now: number;
  /** Keys of open segments. */
  readonly open: ReadonlySet<string>;
  readonly cameras: readonly OrphanCamera[];
  /** Keys that have a row, among segments that began in [from, to). */
  readonly known: (sourceId: string, from: number, to: number) => Promise<ReadonlySet<string>>;
}

/** Unfinished files in the spool that have not been written to for a while. */
export async function orphanedSpool({ root, now, open }: OrphanOptions): Promise<number> {
  const names = (await namesBelow(join(root, 'spool'), true)).filter((name) => name.endsWith('.part'));
  let orphaned = 0;
  for (const name of names.slice(0, MOST_NAMES)) {
    if (open.has(`spool/${name}`)) continue;
    if (await isQuiet(join(root, 'spool', name), now)) orphaned++;
  }
  return orphaned;
}

/** Finished files of this hour and the one before that the catalog does not know. */
export async function orphanedSegments(options: OrphanOptions): Promise<number> {
  const { root, now, cameras, known } = options;
  let orphaned = 0;
  for (const camera of cameras) {
    const rows = await known(camera.id, now - 3 * HOUR_MS, now + HOUR_MS);
    for (const track of camera.tracks)
      for (const moment of [now - HOUR_MS, now]) {
        const [day, time = ''] = new Date(moment).toISOString().split('T');
        const folder = `${camera.folder}/${track}/${day}/${time.slice(0, 2)}`;
        for (const name of (await namesBelow(join(root, folder), false)).slice(0, MOST_NAMES)) {
          const key = `${folder}/${name}`;
          if (name.endsWith('.mp4') && !rows.has(key) && (await isQuiet(join(root, key), now))) orphaned++;
        }
      }
  }
  return orphaned;
}

async function namesBelow(folder: string, recursive: boolean): Promise<string[]> {
  try {
    return await readdir(folder, { recursive, encoding: 'utf8' });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function isQuiet(path: string, now: number): Promise<boolean> {
  try {
    return now - (await stat(path)).mtimeMs > QUIET_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
