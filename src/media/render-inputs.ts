/** What the render half of every kind does with its inputs and its result. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../base/errors.ts';
import type { RenderIo } from './render-io.ts';

/** So many inputs are fetched at once. */
const FETCH_WIDTH = 3;

/**
 * Brings inputs to local disk, a few at a time.
 * @param part of the whole work, for progress
 * @returns their paths, in the order of `names`
 */
export async function fetchInputs(names: readonly string[], io: RenderIo, part: number): Promise<string[]> {
  const paths: string[] = [];
  let next = 0;
  let done = 0;
  const fetchSome = async (): Promise<void> => {
    for (let index = next++; index < names.length; index = next++) {
      io.signal.throwIfAborted();
      paths[index] = await io.fetchInput(names[index] ?? '');
      io.onProgress(part * (++done / names.length), 'Fetching the footage');
    }
  };
  await Promise.all(Array.from({ length: Math.min(FETCH_WIDTH, names.length) }, fetchSome));
  return paths;
}

/**
 * Like {@link fetchInputs}; a file that is gone, or is not what the job says, has the path of a file that does not exist: a gap, not the end.
 * What cannot be had just now still ends the job, which is tried again.
 * @throws InputError when not one can be had
 */
export async function fetchWhatIsThere(names: readonly string[], io: RenderIo, part: number): Promise<string[]> {
  const lost: InputError[] = [];
  const tolerant: RenderIo = {
    ...io,
    fetchInput: async (name) => {
      try {
        return await io.fetchInput(name);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        lost.push(error);
        return join(io.scratch, `gone-${lost.length}`);
      }
    },
  };
  const paths = await fetchInputs(names, tolerant, part);
  const [first] = lost;
  if (first !== undefined && lost.length === names.length) throw first;
  return paths;
}

/** SHA-256 in hexadecimal. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}
