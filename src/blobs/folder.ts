/**
 * Blobs as plain files below one folder. A key is the file's path; a file is whole or not there.
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { Unavailable, UserError } from '../base/errors.ts';
import { checkKey } from './key.ts';
import { type UrlSigner, urlSigner, type Verdict } from './signature.ts';
import type { BlobInfo, BlobRange, BlobStore, SignedUrl, SignRequest } from './store.ts';

/** Says which library a folder (or bucket) holds; without it nothing is written and nothing deleted. */
export const MARKER = '.vidette-library';
/** In a source's folder: what it holds that was made elsewhere and is kept byte for byte (DESIGN, invariant 8), and under which names. */
export const MANIFEST = 'manifest.jsonl';
/** Uploads that are not yet whole. */
const UPLOADS = 'spool/uploads';
/** One that has not grown for so long is what a crash has left. */
const LEFT_MS = 86_400_000;

export interface FolderOptions {
  readonly root: string;
  /** Identity that the marker must carry before anything is written; undefined until the library has been made. */
  readonly library: string | undefined;
  readonly signingKey: Buffer;
  /** See {@link urlSigner}. */
  readonly publicBase: string;
}

export class FolderStore implements BlobStore {
  readonly kind = 'folder';
  readonly root: string;
  readonly #signer: UrlSigner;
  #library: string | undefined;
  #checked = 0;
  #tidied: Promise<void> | undefined;

  constructor(options: FolderOptions) {
    this.root = options.root;
    this.#library = options.library;
    this.#signer = urlSigner(options.publicBase, options.signingKey);
  }

  async readMarker(): Promise<string | undefined> {
    try {
      const marker: unknown = JSON.parse(await readFile(join(this.root, MARKER), 'utf8'));
      return typeof marker === 'object' && marker !== null && 'library' in marker && typeof marker.library === 'string'
        ? marker.library
        : undefined;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async createMarker(library: string): Promise<void> {
    await mkdir(this.root, { recursive: true });
    const text = `${JSON.stringify({ library, what: 'This folder holds footage that Vidette keeps. Do not remove this file.' })}\n`;
    // Whole or not at all: an empty marker would be that of no library, for ever.
    const draft = join(this.root, `${MARKER}.${randomUUID()}`);
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await giveName(draft, join(this.root, MARKER));
    } finally {
      await rm(draft, { force: true });
    }
    await syncFolder(this.root);
    this.#library = library;
  }

  async put(
    key: string,
    body: Readable | Uint8Array,
    options: { signal?: AbortSignal; bytes?: number } = {},
  ): Promise<{ bytes: number; sha256: string }> {
    const path = this.#path(key);
    await this.#requireMarker();
    const partial = join(this.root, UPLOADS, `${randomUUID()}.part`);
    await mkdir(dirname(partial), { recursive: true });
    this.#tidied ??= this.#tidyUploads().catch((error: unknown) => {
      this.#tidied = undefined;
      throw error;
    });
    await this.#tidied;
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(partial, 'wx');
      try {
        for await (const chunk of body instanceof Uint8Array ? [body] : body) {
          options.signal?.throwIfAborted();
          const piece = chunk as Uint8Array;
          hash.update(piece);
          bytes += piece.length;
          if (options.bytes !== undefined && bytes > options.bytes) break;
          // Not write(): that may take less than it was given, on a disk that is nearly full.
          await file.writeFile(piece);
        }
        if (options.bytes !== undefined && bytes !== options.bytes)
          throw new UserError(
            `${key}: ${options.bytes} bytes were announced, ${bytes > options.bytes ? 'more' : `only ${bytes}`} came.`,
            'Send it again.',
            { code: 'wrong-length' },
          );
        await file.datasync();
      } finally {
        await file.close();
      }
      await makeFolders(this.root, dirname(path));
      await rename(partial, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await unlink(partial).catch((gone) => {
        if (!isCode(gone, 'ENOENT')) throw gone;
      });
      throw error;
    }
    return { bytes, sha256: hash.digest('hex') };
  }

  async get(
    key: string,
    range?: BlobRange,
    options: { signal?: AbortSignal } = {},
  ): Promise<{ body: Readable; bytes: number; total: number }> {
    const path = this.#path(key);
    const info = await this.stat(key);
    if (!info)
      throw new UserError(`${key} is not in the library.`, 'It may have been removed by retention.', {
        code: 'not-found',
      });
    const total = info.bytes;
    const start = Math.min(range?.start ?? 0, total);
    const end = Math.min(range?.end ?? total - 1, total - 1);
    if (end < start) return { body: Readable.from([]), bytes: 0, total };
    const body = createReadStream(path, {
      start,
      end,
      highWaterMark: 256 * 1024,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return { body, bytes: end - start + 1, total };
  }

  async stat(key: string): Promise<BlobInfo | undefined> {
    try {
      const found = await stat(this.#path(key));
      return found.isFile() ? { key, bytes: found.size } : undefined;
    } catch (error) {
      if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await this.#requireMarker();
    try {
      await unlink(path);
    } catch (error) {
      if (!isCode(error, 'ENOENT') && !isCode(error, 'ENOTDIR')) throw error;
    }
    try {
      // Also when it was gone: whoever removed it may have died before its folder was synced.
      await syncFolder(dirname(path));
    } catch (error) {
      if (!isCode(error, 'ENOENT') && !isCode(error, 'ENOTDIR')) throw error;
      return;
    }
    await this.#removeEmpty(dirname(path));
  }

  async *list(prefix: string): AsyncIterable<BlobInfo> {
    const start = prefix === '' ? '' : checkKey(prefix.replace(/\/$/, ''));
    yield* this.#walk(start, 0);
  }

  sign(request: SignRequest): Promise<SignedUrl> {
    checkKey(request.key);
    return Promise.resolve(this.#signer.sign(request));
  }

  /** Whether a request on a signed URL may go ahead. */
  verify(method: string, key: string, query: URLSearchParams): Verdict {
    checkKey(key);
    return this.#signer.verify(method, key, query);
  }

  async *#walk(folder: string, depth: number): AsyncIterable<BlobInfo> {
    if (depth > 16) return;
    const names: { name: string; isFolder: boolean }[] = [];
    try {
      for await (const item of await opendir(join(this.root, folder))) {
        if (item.isDirectory() || item.isFile()) names.push({ name: item.name, isFolder: item.isDirectory() });
      }
    } catch (error) {
      if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return;
      throw error;
    }
    for (const { name, isFolder } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const key = folder === '' ? name : `${folder}/${name}`;
      if (isFolder) yield* this.#walk(key, depth + 1);
      else {
        const info = await this.stat(key);
        if (info) yield info;
      }
    }
  }

  /** Once for each process: a crash leaves what was not whole, and nobody else would ever remove it. */
  async #tidyUploads(): Promise<void> {
    const folder = join(this.root, UPLOADS);
    for (const name of await readdir(folder)) {
      if (!/^[0-9a-f-]{36}\.part$/.test(name)) continue;
      try {
        const { mtimeMs } = await stat(join(folder, name));
        if (Date.now() - mtimeMs > LEFT_MS) await unlink(join(folder, name));
      } catch (error) {
        if (!isCode(error, 'ENOENT')) throw error;
      }
    }
  }

  #path(key: string): string {
    return join(this.root, checkKey(key));
  }

  /** The marker is read at most once a second: a library that was unmounted must not be written to for long. */
  async #requireMarker(): Promise<void> {
    if (this.#library === undefined) return;
    const now = performance.now();
    if (this.#checked !== 0 && now - this.#checked < 1000) return;
    const found = await this.readMarker();
    if (found !== this.#library)
      throw new Unavailable(
        found === undefined
          ? `The library's marker ${MARKER} is missing in ${this.root}. Is the disk mounted?`
          : `${this.root} holds another library (${found}).`,
        5000,
      );
    this.#checked = now;
  }

  /** Hour and day folders that have become empty. */
  async #removeEmpty(folder: string): Promise<void> {
    for (let at = folder, levels = 0; levels < 2 && at.length > this.root.length; at = dirname(at), levels++) {
      try {
        await rmdir(at);
      } catch (error) {
        if (isCode(error, 'ENOTEMPTY') || isCode(error, 'ENOENT') || isCode(error, 'EEXIST')) return;
        throw error;
      }
    }
  }
}

/** Makes a folder and its parents below `root`, and makes their names durable. */
async function makeFolders(root: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let at = folder; at.length >= root.length; at = dirname(at)) {
    await syncFolder(at);
    if (at === dirname(first)) return;
  }
}

/** Fails with EEXIST on an existing name. */
async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // A file system without links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].some((code) => isCode(error, code))) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
