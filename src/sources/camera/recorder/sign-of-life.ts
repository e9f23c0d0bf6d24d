/**
 * When this recorder last lived, by the clock of its machine. One without a clock chip says after a power loss what it said at its last orderly end, or
 * an hour ago: whatever is recorded then would claim moments that have footage already. Only a start of the machine makes a clock forget; one
 * that was set back meanwhile was set by somebody.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** Two clocks that are read one after the other may differ by so much. */
const SLACK_MS = 2000;
const SIGN_EVERY_MS = 10_000;

const Sign = z.object({ boot: z.string(), at: z.number() });

/** The text that is kept, and the id of this start of the machine. */
export interface SignFile {
  /** Undefined when there is none. */
  read(): Promise<string | undefined>;
  /** In one step. */
  write(text: string): Promise<void>;
  /** As long as the machine runs it is the same; undefined where that cannot be known. */
  bootId(): Promise<string | undefined>;
}

export class SignOfLife {
  readonly #file: SignFile;
  #boot: string | undefined;
  #signedAt = Number.NEGATIVE_INFINITY;

  constructor(file: SignFile) {
    this.#file = file;
  }

  /** @returns UTC ms before which this machine's clock cannot be right; undefined when nothing is known */
  async start(): Promise<number | undefined> {
    this.#boot = await this.#file.bootId();
    const text = await this.#file.read();
    if (text === undefined || this.#boot === undefined) return undefined;
    const sign = Sign.safeParse(jsonOrNothing(text)).data;
    return sign === undefined || sign.boot === this.#boot ? undefined : sign.at - SLACK_MS;
  }

  /**
   * To be called about once a second while the clock counts as set.
   * @param wall UTC ms @param monotonic ms
   */
  async sign(wall: number, monotonic: number): Promise<void> {
    if (this.#boot === undefined || monotonic - this.#signedAt < SIGN_EVERY_MS) return;
    this.#signedAt = monotonic;
    await this.#file.write(JSON.stringify({ boot: this.#boot, at: Math.round(wall) }));
  }
}

export function signFile(path: string): SignFile {
  return {
    read: () => textOf(path),
    async write(text) {
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    bootId: async () => (await textOf('/proc/sys/kernel/random/boot_id'))?.trim(),
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES'))
      return undefined;
    throw error;
  }
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
