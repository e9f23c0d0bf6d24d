/**
 * The files in the folder of a set or a skin. It may be any folder, where a `.osu` alone was given: one with much else in it, with parts that may not be
 * read, and with the work on a clip of it.
 */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Files and folders; a set with more is no set. */
const MOST = 20_000;
const MOST_DEPTH = 6;

export interface SetFile {
  /** From the folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Ms since 1970. */
  readonly changed: number;
}

/** In an order that is always the same. Links are not followed, and nothing hidden is looked at: a set has neither. */
export function* filesIn(folder: string): Generator<SetFile> {
  let seen = 0;
  function* within(inner: string, depth: number): Generator<SetFile> {
    for (const item of unlessUnseen(() => readdirSync(join(folder, inner)).sort()) ?? []) {
      if (item.startsWith('.') || seen >= MOST) continue;
      seen++;
      const name = inner === '' ? item : `${inner}/${item}`;
      const path = join(folder, name);
      const found: Stats | undefined = unlessUnseen(() => lstatSync(path));
      if (found?.isDirectory() && depth < MOST_DEPTH) yield* within(name, depth + 1);
      else if (found?.isFile()) yield { name, path, bytes: found.size, changed: found.mtimeMs };
    }
  }
  yield* within('', 0);
}

/** @returns undefined where it has gone meanwhile, or may not be read */
function unlessUnseen<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}
