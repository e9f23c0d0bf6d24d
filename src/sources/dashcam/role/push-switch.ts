/** Whether footage is sent to the hub; kept over a restart. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { diskErrorCode } from '../../../blobs/disk.ts';
import { replaceFile } from './replace-file.ts';

const Stored = z.object({ push: z.boolean() });

export class PushSwitch {
  readonly #path: string;
  #on: boolean;

  /** A file that is missing or damaged says nothing: it is on then. */
  constructor(path: string) {
    this.#path = path;
    this.#on = read(path);
  }

  get on(): boolean {
    return this.#on;
  }

  set(on: boolean): void {
    replaceFile(this.#path, `${JSON.stringify({ push: on })}\n`);
    this.#on = on;
  }
}

function read(path: string): boolean {
  try {
    return Stored.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data?.push ?? true;
  } catch (error) {
    if (error instanceof SyntaxError || diskErrorCode(error) === 'ENOENT') return true;
    throw error;
  }
}
