/**
 * Writes what is in an encrypted clip into a file of its own. The original stays as it is.
 */
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemDisk } from '../../../blobs/disk.ts';
import { publish, refuseExisting } from '../../../media/finished-file.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { KeyRing } from './key-ring.ts';
import { containerOf, openContainer } from './open-container.ts';

export type Decryption =
  /** It is not encrypted. */
  | { readonly outcome: 'plain' }
  /** None of the keys opens it; nothing was written. */
  | { readonly outcome: 'no-key'; readonly tried: number }
  | {
      readonly outcome: 'decrypted';
      readonly path: string;
      readonly bytes: number;
      /** Every page of it was there. */
      readonly whole: boolean;
      /** See `OpenedClip.proven`. */
      readonly proven: boolean;
    };

export interface DecryptOptions {
  /** Replaces a file of that name. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  /** @param done 0 to 1 */
  readonly progress?: (done: number) => void;
}

const BLOCK = 1 << 20;

/** @throws UserError when there is a file of that name already, or it cannot be written */
export async function decryptFile(
  path: string,
  target: string,
  keys: KeyRing,
  { force = false, signal, progress }: DecryptOptions = {},
): Promise<Decryption> {
  const file = await systemDisk.openRead(path);
  try {
    const source = { ...file, name: basename(path) };
    const container = await containerOf(source);
    if (!container) return { outcome: 'plain' };
    const opened = await openContainer(source, container, keys.keysFor(basename(path)));
    if (!opened) return { outcome: 'no-key', tried: keys.size };
    await refuseExisting(target, force, path);
    const draft = join(dirname(target), `.${basename(target)}.part`);
    try {
      await write(opened.reader, draft, signal, progress);
      await publish(draft, target, force);
    } finally {
      await rm(draft, { force: true });
    }
    const { reader, whole, proven } = opened;
    return { outcome: 'decrypted', path: target, bytes: reader.size, whole, proven };
  } finally {
    await file.close();
  }
}

async function write(
  reader: RandomReader,
  path: string,
  signal: AbortSignal | undefined,
  progress: ((done: number) => void) | undefined,
): Promise<void> {
  await using out = await open(path, 'w', 0o600);
  for (let at = 0; at < reader.size; at += BLOCK) {
    signal?.throwIfAborted();
    const bytes = await reader.read(at, Math.min(BLOCK, reader.size - at));
    await out.writeFile(bytes);
    progress?.((at + bytes.length) / reader.size);
  }
  await out.datasync();
}
