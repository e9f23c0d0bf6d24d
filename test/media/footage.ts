/**
 * Files with known pictures: the number of each frame stands in it as a bar code. Made in a forked process.
 */
import { fork } from 'node:child_process';
import { entry } from '../../src/base/entry.ts';
import type { Drawn } from './content.ts';

export interface FootageOptions {
  readonly path: string;
  readonly content: Drawn | 'street';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
  /** Number in the first picture; 0 when absent. */
  readonly firstFrame?: number;
  /** A tone; none when absent. */
  readonly sound?: boolean;
  /** Leaves the bar codes out, so that they do not count as content. */
  readonly plain?: boolean;
  /** x264 CRF; 12 when absent. */
  readonly crf?: number;
}

export async function makeFootage(options: FootageOptions): Promise<string> {
  await runChild('./footage.main', { do: 'make', options });
  return options.path;
}

/** What stands in the pictures of a file: the numbers of the frames (null where there is none), and the loudness of its sound. */
export interface Seen {
  readonly frames: readonly (number | null)[];
  readonly times: readonly (number | null)[];
  readonly width: number;
  readonly height: number;
  /** Seconds of each picture. */
  readonly at: readonly number[];
  /** Of each picture what stands in each of the areas that were asked for: the number, and how bright it is and how much that varies (0 to 255). */
  readonly areas: readonly (readonly {
    readonly number: number | null;
    readonly mean: number;
    readonly spread: number;
  }[])[];
  /** Root mean square of the sound, per tenth of a second; empty without sound. */
  readonly loudness: readonly number[];
}

/** A part of the picture, in pixels. Its number stands where it would in a picture of that size. */
export interface LookedArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export async function lookAt(path: string, areas: readonly LookedArea[] = []): Promise<Seen> {
  return (await runChild('./footage.main', { do: 'look', path, areas })) as Seen;
}

function runChild(name: string, message: Record<string, unknown>): Promise<unknown> {
  const child = fork(entry(import.meta.url, name), { execPath: process.execPath, execArgv: [] });
  return new Promise((resolve, reject) => {
    let answer: unknown;
    child.on('message', (value) => {
      answer = value;
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve(answer) : reject(new Error(`${name} ended with ${code}`))));
    child.send(message);
  });
}
