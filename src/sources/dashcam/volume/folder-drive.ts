/**
 * A TeslaCam folder, or a stick that the computer has mounted, as a `Drive`.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '../../../base/errors.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { Findings } from '../image/finding.ts';
import type { Drive, DriveEntry, DriveScan, DriveVolume, ScanOptions } from './drive-volume.ts';

const MOST_ENTRIES = 300_000;
const MOST_DEPTH = 24;

/** @throws UserError `not-found` when there is no such folder */
export async function openFolder(path: string): Promise<Drive> {
  try {
    await readdir(path);
  } catch (cause) {
    throw new UserError(
      `${basename(path)} cannot be read: ${messageOf(cause)}`,
      'Name an image, a device or a folder.',
      {
        code: 'not-found',
        cause,
      },
    );
  }
  return new FolderDrive(path);
}

class FolderDrive implements Drive {
  readonly kind = 'folder';
  readonly bytes = 0;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  get name(): string {
    return basename(this.#root);
  }

  async scan({ signal }: ScanOptions = {}): Promise<DriveScan> {
    const entries: DriveEntry[] = [];
    const directories: string[] = [];
    const findings = new Findings();
    await this.#walk('', 0, entries, directories, findings, signal);
    const root = this.#root;
    const volume: DriveVolume = {
      kind: 'folder',
      label: this.name,
      start: 0,
      clusterBytes: 0,
      directories,
      entries,
      findings: findings.list,
      reader: (entry) => folderReader(join(root, entry.path), entry),
    };
    return { volumes: [volume], findings: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Files are opened for each read and closed again: there is nothing to let go.
  }

  async #walk(
    path: string,
    depth: number,
    entries: DriveEntry[],
    directories: string[],
    findings: Findings,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (depth > MOST_DEPTH || entries.length > MOST_ENTRIES)
      return findings.add('limit', path, 'There is more than a car makes', 'the rest was not read');
    const items = await readdir(join(this.#root, path), { withFileTypes: true }).catch((error: unknown) => {
      findings.add('unreadable', path, `The folder cannot be read (${messageOf(error)})`, 'it was left out');
      return [];
    });
    items.sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const item of items) {
      const inside = path === '' ? item.name : `${path}/${item.name}`;
      if (item.isDirectory()) {
        directories.push(inside);
        await this.#walk(inside, depth + 1, entries, directories, findings, signal);
      } else if (item.isFile()) {
        const entry = await this.#entry(inside).catch((error: unknown) => {
          findings.add('unreadable', inside, `The file cannot be read (${messageOf(error)})`, 'it was left out');
        });
        if (entry) entries.push(entry);
      }
    }
  }

  async #entry(path: string): Promise<DriveEntry> {
    const seen = await stat(join(this.#root, path));
    const print = createHash('sha256').update(`${seen.ino} ${seen.size} ${seen.mtimeMs}`).digest('hex');
    // The drive's own time is local time without a zone, which the mount has read as this machine's.
    const local = new Date(seen.mtimeMs - new Date(seen.mtimeMs).getTimezoneOffset() * 60_000);
    return {
      path,
      bytes: seen.size,
      state: seen.size === 0 && /\.mp4$/i.test(path) ? 'empty' : 'whole',
      modified: local.toISOString().slice(0, 19),
      print,
      pieces: 1,
    };
  }
}

function folderReader(path: string, entry: DriveEntry): RandomReader {
  return {
    name: entry.path,
    size: entry.bytes,
    async read(offset, length) {
      await using file: FileHandle = await open(path, 'r');
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, entry.bytes - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      return bytes.subarray(0, bytesRead);
    },
    async readInto(target, offset) {
      await using file: FileHandle = await open(path, 'r');
      const length = Math.max(0, Math.min(target.length, entry.bytes - offset));
      return (await file.read(target, 0, length, offset)).bytesRead;
    },
  };
}
