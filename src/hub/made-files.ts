/**
 * Files that are made once of others and kept, such as films made playable, posters and previews: a bounded folder, whose files may vanish at any time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { BlobStore } from '../blobs/store.ts';

export interface MadeFilesOptions {
  readonly folder: string;
  /** All files together; the least recently used go first. */
  readonly mostBytes?: number;
}

const MOST_BYTES = 2_000_000_000;
/** Looked at after so many new files. */
const SWEEP_EVERY = 20;

export class MadeFiles {
  readonly #folder: string;
  readonly #most: number;
  readonly #making = new Map<string, Promise<void>>();
  #made = 0;

  constructor(options: MadeFilesOptions) {
    this.#folder = options.folder;
    this.#most = options.mostBytes ?? MOST_BYTES;
  }

  /** What was begun before the last end is of no use. */
  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#folder))
      if (name.startsWith('.')) await rm(join(this.#folder, name), { recursive: true, force: true });
    await this.#sweep();
  }

  /** The name of what is made of something; anything else of it makes another name. */
  static nameOf(kind: 'film' | 'poster', ...of: readonly (string | number)[]): string {
    const hash = createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 40);
    return kind === 'film' ? `${hash}.mp4` : `${hash}.jpg`;
  }

  /** Makes what is not there yet; two that ask at once wait for one making. @param make writes a file that does not exist yet */
  async keep(name: string, make: (path: string) => Promise<void>): Promise<void> {
    const path = join(this.#folder, name);
    for (;;) {
      if (await touched(path)) return;
      const others = this.#making.get(name);
      // Whoever began it may have gone away, and stopped it: then it is begun anew.
      if (others && (await others.then(() => true).catch(() => false))) return;
      if (others || this.#making.has(name)) continue;
      const making = this.#make(path, make).finally(() => this.#making.delete(name));
      this.#making.set(name, making);
      return making;
    }
  }

  async read(name: string): Promise<Buffer> {
    return readFile(this.pathOf(name));
  }

  /** Where it lies, for as long as it is there. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** As the player reads what is stored. */
  get blobs(): Pick<BlobStore, 'get' | 'stat'> {
    const path = (key: string): string => join(this.#folder, key);
    return {
      stat: async (key) => {
        const info = await stat(path(key)).catch(() => undefined);
        return info && { key, bytes: info.size };
      },
      get: async (key, range) => {
        const info = await stat(path(key)).catch(() => undefined);
        if (!info) throw new UserError('The film is not there any more.', 'Ask again.', { code: 'not-found' });
        const start = range?.start ?? 0;
        const end = Math.min(range?.end ?? info.size - 1, info.size - 1);
        return { body: createReadStream(path(key), { start, end }), bytes: end - start + 1, total: info.size };
      },
    };
  }

  async #make(path: string, make: (path: string) => Promise<void>): Promise<void> {
    const beside = join(this.#folder, `.${randomUUID()}`);
    try {
      await make(beside);
      await rename(beside, path);
    } finally {
      await rm(beside, { force: true });
    }
    if (++this.#made % SWEEP_EVERY === 0) await this.#sweep();
  }

  async #sweep(): Promise<void> {
    const files = [];
    for (const name of await readdir(this.#folder)) {
      const info = await stat(join(this.#folder, name)).catch(() => undefined);
      if (info?.isFile()) files.push({ name, bytes: info.size, used: info.mtimeMs });
    }
    let total = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const { name, bytes } of files.sort((a, b) => a.used - b.used)) {
      if (total <= this.#most) break;
      await rm(join(this.#folder, name), { force: true });
      total -= bytes;
    }
  }
}

/** Whether it is there; then it was used just now. */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** For {@link MadeFiles.keep}, where the bytes are there already. */
export function writing(bytes: () => Promise<Uint8Array>): (path: string) => Promise<void> {
  return async (path) => writeFile(path, await bytes(), { flag: 'wx', mode: 0o600 });
}
