/**
 * Whether the library on this machine's disk is there and is the one that the hub means.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unavailable } from '../../../base/errors.ts';
import { MARKER } from '../../../blobs/folder.ts';

/** The marker is read again when it was last seen this long ago. */
const TRUSTED_MS = 3000;

/** Identity in the marker file of a library folder; null when there is none or it cannot be read. */
export async function readMarker(libraryDir: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(join(libraryDir, MARKER), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
  try {
    const marker: unknown = JSON.parse(text);
    return typeof marker === 'object' && marker !== null && 'library' in marker && typeof marker.library === 'string'
      ? marker.library
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Asked before anything is made or published in a library. */
export class MarkerGuard {
  readonly #libraryDir: string;
  readonly #library: string;
  readonly #monotonic: () => number;
  readonly #read: (libraryDir: string) => Promise<string | null>;
  #trustedUntil = Number.NEGATIVE_INFINITY;

  constructor(
    libraryDir: string,
    library: string,
    monotonic: () => number,
    read: (libraryDir: string) => Promise<string | null> = readMarker,
  ) {
    this.#libraryDir = libraryDir;
    this.#library = library;
    this.#monotonic = monotonic;
    this.#read = read;
  }

  /** @throws Unavailable when the marker is missing or names another library */
  async check(): Promise<void> {
    if (this.#monotonic() < this.#trustedUntil) return;
    const found = await this.#read(this.#libraryDir);
    if (found !== this.#library) {
      const what = found === null ? 'has no marker file' : 'belongs to another library';
      throw new Unavailable(`The folder ${this.#libraryDir} ${what}; nothing is written there.`, TRUSTED_MS);
    }
    this.#trustedUntil = this.#monotonic() + TRUSTED_MS;
  }
}
