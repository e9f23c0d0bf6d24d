/**
 * Gives a file its blocks before anybody writes to it: a sparse image that its disk cannot fill is an I/O error for the car, which then stops recording.
 * By the program `fallocate` of util-linux, which every Debian has; Node itself cannot.
 */
import { execFile } from 'node:child_process';

/** `whole`: every block is there. `unsupported`: this file system, or this machine, cannot. `full`: its disk has no room for all of them. */
export type Allocation = 'whole' | 'unsupported' | 'full';

export type Allocate = (path: string, bytes: number) => Promise<Allocation>;

/**
 * What the file holds stays as it is, and what is allocated reads as zeros. The caller knows that no car has it.
 * @param bytes of the whole file
 */
export const allocate: Allocate = (path, bytes) =>
  new Promise((resolve) => {
    const args = ['--length', String(bytes), path];
    execFile('fallocate', args, { env: { PATH: process.env.PATH, LC_ALL: 'C' } }, (error, _out, told) => {
      if (!error) resolve('whole');
      // What an attempt has got until then may stay with the file: it counts as free for it.
      else resolve(/no space left|quota exceeded/i.test(told) ? 'full' : 'unsupported');
    });
  });
