/**
 * The map of a replay is known by the MD5 of its file alone. It is looked for in a `.osu` file, an `.osz` archive, a folder with either, or a whole `Songs` folder.
 */
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, UserError } from '../../../base/errors.ts';
import { Archive } from './archive.ts';
import type { Beatmap } from './beatmap.ts';
import { MOST_MAP, readBeatmap } from './read-beatmap.ts';

/** Maps in one archive or folder of a set; the largest sets have some hundred. */
const MOST_MAPS = 2000;
/** Folders in `Songs`. */
const MOST_FOLDERS = 200_000;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

export interface FoundMap {
  readonly map: Beatmap;
  /** Of its file. */
  readonly bytes: Uint8Array;
  /** File or, in an archive, entry. */
  readonly name: string;
  /** Where its music, pictures and sounds are: the archive or folder. */
  readonly set: string;
  /** False where it is another map than the replay's: only where a single `.osu` file was given. */
  readonly matches: boolean;
}

/**
 * MD5 of a map's file as it is, and as the game wrote it: with CRLF. What went through Git or an editor has often lost the CRs.
 *
 * @returns lower-case hex
 */
export function mapHashes(bytes: Uint8Array): readonly string[] {
  const md5 = (data: Uint8Array): string => createHash('md5').update(data).digest('hex');
  const asIs = md5(bytes);
  let missing = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === LINE_FEED && bytes[i - 1] !== RETURN) missing++;
  if (missing === 0) return [asIs, md5(withoutReturns(bytes))];
  const restored = new Uint8Array(bytes.length + missing);
  let at = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === LINE_FEED && bytes[i - 1] !== RETURN) restored[at++] = RETURN;
    restored[at++] = byte;
  }
  return [asIs, md5(restored)];
}

function withoutReturns(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let at = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte !== RETURN || bytes[i + 1] !== LINE_FEED) kept[at++] = byte;
  }
  return kept.subarray(0, at);
}

/**
 * @param place a `.osu` file, an `.osz`, a set's folder, or `Songs`
 * @param md5 of the replay's map
 * @throws UserError where it is not there; InputError where it is and cannot be read
 */
export async function findMap(place: string, md5: string, signal?: AbortSignal): Promise<FoundMap> {
  const there = await stat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!there) throw new UserError(`There is no ${place}.`, 'Give the map as a .osu file, an .osz archive or a folder.');
  if (there.isDirectory()) return (await inFolders(place, md5, signal)) ?? notThere(place, md5);
  if (await isZip(place)) return (await inArchive(place, md5)) ?? notThere(place, md5);
  const bytes = await readFileUpTo(place, MOST_MAP);
  const name = basename(place);
  return {
    map: readBeatmap(bytes, name),
    bytes,
    name,
    set: join(place, '..'),
    matches: mapHashes(bytes).includes(md5),
  };
}

function notThere(place: string, md5: string): never {
  throw new UserError(
    `${basename(place)} does not hold the map of this replay (MD5 ${md5}).`,
    'Give the set that was played, in the version that was played: osu! changes the MD5 with every change of a map.',
    { code: 'map-not-found' },
  );
}

async function isZip(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const head = Buffer.alloc(4);
  await file.read(head, 0, 4, 0);
  return head[0] === 0x50 && head[1] === 0x4b;
}

async function inArchive(path: string, md5: string): Promise<FoundMap | undefined> {
  const file = basename(path);
  await using archive = await Archive.open(path, file);
  const maps = archive.entries.filter((entry) => entry.path.toLowerCase().endsWith('.osu'));
  if (maps.length > MOST_MAPS) throw new InputError(file, `holds ${maps.length} maps; ${MOST_MAPS} are the most`);
  for (const { path: entry } of maps) {
    const bytes = await archive.read(entry, MOST_MAP);
    if (mapHashes(bytes).includes(md5))
      return { map: readBeatmap(bytes, `${file}, ${entry}`), bytes, name: entry, set: path, matches: true };
  }
  return undefined;
}

/** A set's folder, or a folder of such folders and archives: one level down, as in `Songs`. */
async function inFolders(place: string, md5: string, signal: AbortSignal | undefined): Promise<FoundMap | undefined> {
  const items = await readdir(place, { withFileTypes: true });
  const here = await inFolder(place, items, md5, signal);
  if (here) return here;
  const folders = items.filter((item) => item.isDirectory()).slice(0, MOST_FOLDERS);
  for (const folder of folders) {
    signal?.throwIfAborted();
    const path = join(place, folder.name);
    const found = await inFolder(path, await readdir(path, { withFileTypes: true }), md5, signal);
    if (found) return found;
  }
  return undefined;
}

async function inFolder(
  folder: string,
  items: readonly Dirent[],
  md5: string,
  signal: AbortSignal | undefined,
): Promise<FoundMap | undefined> {
  for (const item of items) {
    if (!item.isFile()) continue;
    signal?.throwIfAborted();
    const path = join(folder, item.name);
    const name = item.name.toLowerCase();
    if (name.endsWith('.osu')) {
      const { size } = await stat(path);
      if (size > MOST_MAP) continue;
      const bytes = await readFileUpTo(path, MOST_MAP);
      if (mapHashes(bytes).includes(md5))
        return { map: readBeatmap(bytes, item.name), bytes, name: item.name, set: folder, matches: true };
    } else if (name.endsWith('.osz')) {
      const found = await inArchive(path, md5).catch((error: unknown) => {
        // One damaged archive among thousands is not what was asked about.
        if (error instanceof InputError) return undefined;
        throw error;
      });
      if (found) return found;
    }
  }
  return undefined;
}

/** @throws InputError where the file is longer */
export async function readFileUpTo(path: string, most: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size > most) throw new InputError(basename(path), `has ${size} bytes; ${most} are the most`);
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, 0);
  return bytes.subarray(0, bytesRead);
}
