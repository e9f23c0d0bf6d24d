/**
 * What a look at a chunk has shown, on disk: a small JSON file beside the encoder's statistics, with their sums. Whole or not there.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { MeasureTask, Seen } from './measure-chunk.ts';

interface Stored {
  /** Tells everything that the pictures depend on. */
  readonly key: string;
  readonly seen: readonly Seen[];
  /** SHA-256 of each file of statistics, by its name. */
  readonly files: Readonly<Record<string, string>>;
}

/** x264 writes what its macroblock tree knows beside its statistics. */
const filesOf = ({ looks }: Pick<MeasureTask, 'looks'>): string[] =>
  looks.flatMap(({ stats }) => (stats === null ? [] : [stats, `${stats}.mbtree`])).filter((path) => existsSync(path));

/** Removes nothing and trusts nothing that lay there before: called when the statistics have just been written. */
export function writeMeasure(path: string, key: string, task: MeasureTask, seen: readonly Seen[]): void {
  const files: Record<string, string> = {};
  for (const file of filesOf(task)) {
    files[basename(file)] = sumOf(file);
    sync(file);
  }
  const aside = `${path}.part`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify({ key, seen, files } satisfies Stored));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
}

/** @returns undefined when there is none, when it is of another kind, or when it or its statistics are not as they were written */
export function readMeasure(path: string, key: string): readonly Seen[] | undefined {
  if (!existsSync(path)) return undefined;
  let stored: Stored;
  try {
    // Only what this file has written gets here with the right key.
    stored = JSON.parse(readFileSync(path, 'utf8')) as Stored;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (stored.key !== key) return undefined;
  const folder = dirname(path);
  const whole = Object.entries(stored.files).every(([name, sum]) => {
    const file = join(folder, basename(name));
    return existsSync(file) && sumOf(file) === sum;
  });
  return whole ? stored.seen : undefined;
}

const sumOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
