/**
 * The keys that a person has given: one file, or a folder of them.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, UserError } from '../../../base/errors.ts';
import { KEY_FILE, parseKeyFile } from './key-file.ts';

export interface KeySources {
  /** A key file. */
  readonly file?: string;
  /** A folder with key files, also in folders below it. */
  readonly folder?: string;
  /** A clip: its key file may lie beside it. */
  readonly clip?: string;
}

const MOST_KEYS = 50_000;
const MOST_DEPTH = 8;
const MOST_BYTES = 64 * 1024;

export class KeyRing {
  /** Name of a clip → keys that are called like it: RecentClips and an event may have clips of one name. */
  readonly #byName = new Map<string, Buffer[]>();
  readonly #all: Buffer[] = [];
  /** Files of a folder that are called like a key and are none: what is wrong with each, without what is in it. */
  readonly skipped: string[] = [];

  /** @throws UserError when nothing is there; InputError when `file` is no key file */
  static async load({ file, folder, clip }: KeySources): Promise<KeyRing> {
    const ring = new KeyRing();
    if (clip !== undefined && (await isFile(clip + KEY_FILE))) await ring.#tryFile(clip + KEY_FILE);
    if (file !== undefined) {
      if (!(await isFile(file))) throw missing(file, 'Name the key file of a clip.');
      ring.#add(basename(file), parseKeyFile(await readText(file), basename(file)));
    }
    if (folder !== undefined) {
      const there = await stat(folder).catch(() => undefined);
      if (!there?.isDirectory()) throw missing(folder, 'Name a folder with key files.');
      await ring.#addFolder(folder, 0);
    }
    return ring;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Keys to try, those that are called like the clip first. @param name of the clip, without folders */
  *keysFor(name: string): Generator<Buffer> {
    const own = this.#byName.get(name) ?? [];
    yield* own;
    for (const key of this.#all) if (!own.includes(key)) yield key;
  }

  async #addFolder(folder: string, depth: number): Promise<void> {
    for (const item of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, item.name);
      if (item.isDirectory() && depth < MOST_DEPTH) await this.#addFolder(path, depth + 1);
      else if (item.isFile() && item.name.endsWith(KEY_FILE)) await this.#tryFile(path);
      if (this.#all.length > MOST_KEYS)
        throw new UserError(`There are more than ${MOST_KEYS} keys.`, 'Name a folder with fewer.', { code: 'invalid' });
    }
  }

  async #tryFile(path: string): Promise<void> {
    try {
      this.#add(basename(path), parseKeyFile(await readText(path), basename(path)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.skipped.push(error.message);
    }
  }

  #add(name: string, key: Buffer): void {
    if (this.#all.some((other) => other.equals(key))) return;
    this.#all.push(key);
    const clip = name.endsWith(KEY_FILE) ? name.slice(0, -KEY_FILE.length) : name;
    this.#byName.set(clip, [...(this.#byName.get(clip) ?? []), key]);
  }
}

async function readText(path: string): Promise<string> {
  if ((await stat(path)).size > MOST_BYTES)
    throw new InputError(basename(path), 'it is no key file: it is larger than one');
  return readFile(path, 'utf8');
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() === true;

const missing = (path: string, remedy: string): UserError =>
  new UserError(`${basename(path)} is not there.`, remedy, { code: 'not-found' });
