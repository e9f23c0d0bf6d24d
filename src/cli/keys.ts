/**
 * `--key` and `--keys`: what opens encrypted clips. Only names of files are arguments, never a key.
 */
import { KeyRing } from '../sources/dashcam/encrypted/key-ring.ts';
import { say } from './terminal.ts';

export interface KeyOptions {
  readonly key?: string;
  readonly keys?: string;
}

/**
 * @param clip whose key may lie beside it
 * @returns undefined when there is none
 */
export async function keysOf({ key, keys }: KeyOptions, clip?: string): Promise<KeyRing | undefined> {
  const ring = await KeyRing.load({
    ...(key === undefined ? {} : { file: key }),
    ...(keys === undefined ? {} : { folder: keys }),
    ...(clip === undefined ? {} : { clip }),
  });
  for (const why of ring.skipped) say(`A key was left out: ${why}.`);
  return ring.size > 0 || keys !== undefined ? ring : undefined;
}
