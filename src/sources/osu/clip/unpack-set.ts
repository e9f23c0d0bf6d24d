/** The files of a map's set, or of a skin, where chunk processes can read them: a folder as it is, an archive unpacked as far as it is of use. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Archive } from '../read/archive.ts';

/** Music, pictures, sounds, storyboards and videos. */
const OF_USE = /\.(mp3|ogg|wav|jpg|jpeg|png|gif|bmp|ini|osb|avi|flv|mp4|m4v|mkv|webm|mpg|mpeg|wmv|ogv|mov)$/i;
/** Of all files together. */
const MOST_BYTES = 600_000_000;
const MOST_FILES = 5000;

/** @param place an archive or a folder @param folder that may be made for it @returns the folder to read from */
export async function unpackSet(place: string, folder: string, signal: AbortSignal): Promise<string> {
  if ((await stat(place)).isDirectory()) return place;
  await using archive = await Archive.open(place, basename(place));
  // Also where nothing in it is of use: it is read from afterwards.
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  let files = 0;
  for (const entry of archive.entries) {
    signal.throwIfAborted();
    const inside = safePath(entry.path);
    if (inside === undefined || !OF_USE.test(inside) || ++files > MOST_FILES) continue;
    bytes += entry.bytes;
    if (bytes > MOST_BYTES) break;
    const path = join(folder, inside);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await archive.read(entry.path));
  }
  return folder;
}

/** @returns undefined for a path that leads out of the folder, or is none */
function safePath(path: string): string | undefined {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const isBad = (part: string): boolean => part === '..' || part.includes('\0') || part.length > 200;
  return parts.length === 0 || parts.length > 8 || parts.some(isBad) ? undefined : parts.join('/');
}
