/**
 * A file that somebody drops, streamed to disk: bounded, hashed, and gone again unless it is taken over.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Unavailable, UserError } from '../../base/errors.ts';
import { REPLAY_MOST_BYTES } from '../../contract/replay.ts';

export interface Brought {
  readonly path: string;
  /** As people call it. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** A sender that sends nothing for this long is cut off. */
const STALL_MS = 60_000;
/** At once; more are asked to come again. */
const MOST_AT_ONCE = 8;

export class Incoming {
  readonly #folder: string;
  #now = 0;

  /** @param folder for nothing else */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was begun before the last end is of no use. */
  async start(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Brings it to disk for as long as `use` takes.
   * @throws UserError `too-large`, or when it is empty; Unavailable when it was cut off
   */
  async bring<T>(name: string, body: Readable, use: (file: Brought) => Promise<T>): Promise<T> {
    if (this.#now >= MOST_AT_ONCE) throw new Unavailable('Other files are being brought just now.', 2000);
    this.#now++;
    const path = join(this.#folder, `${randomUUID()}.part`);
    try {
      return await use(await receive(path, plainName(name), body));
    } finally {
      this.#now--;
      await rm(path, { force: true });
    }
  }
}

async function receive(path: string, name: string, body: Readable): Promise<Brought> {
  const most = mostOf(name);
  const hash = createHash('sha256');
  let bytes = 0;
  const stall = setTimeout(() => body.destroy(new Error('the upload stalled')), STALL_MS);
  try {
    await using file = await open(path, 'wx', 0o600);
    // What is not taken is still read: who sends it would otherwise not hear why.
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      const chunk = piece as Buffer;
      stall.refresh();
      bytes += chunk.length;
      if (bytes > most)
        throw new UserError(
          `${name} is larger than ${Math.round(most / 1e6)} MB.`,
          'That is more than any file of its kind needs.',
          { code: 'too-large' },
        );
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } catch (error) {
    body.resume();
    if (error instanceof UserError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new Unavailable(`${name} was cut off.`, 1000, { cause: error });
  } finally {
    clearTimeout(stall);
  }
  if (bytes === 0) throw new UserError(`${name} is empty.`, 'Was it copied whole?');
  return { path, name, bytes, sha256: hash.digest() };
}

/** By its ending; what it is is looked at when it is there. */
function mostOf(name: string): number {
  const ending = /\.(osr|osz|osk)$/i.exec(name)?.[1]?.toLowerCase();
  return ending === 'osr' ? REPLAY_MOST_BYTES.osr : ending === 'osk' ? REPLAY_MOST_BYTES.osk : REPLAY_MOST_BYTES.osz;
}

/** A name as it may be shown: no folders, no characters that are none. */
function plainName(name: string): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const plain = [...last].filter((letter) => (letter.codePointAt(0) ?? 0) >= 32 && letter !== '\x7f').join('');
  return plain.trim().slice(0, 200) || 'The file';
}
