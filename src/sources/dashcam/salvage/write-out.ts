/**
 * Writes what a salvage plan has into a folder: each file whole or not at all, and none over another. Running it again adds what is missing.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { publish } from '../../../media/finished-file.ts';
import { readInto } from '../../../media/mp4/random-reader.ts';
import { encryptedLength } from '../layout/encrypted.ts';
import type { SalvageItem } from './plan.ts';

export interface WrittenItem {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly state: SalvageItem['state'];
  readonly origin: SalvageItem['origin'];
  readonly name: SalvageItem['name'];
  readonly unproven: number;
  /** By the car: nothing in it can be read, and nothing of it is damaged. */
  readonly encrypted: boolean;
  /** A file with these contents was there already. */
  readonly kept: boolean;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  /** @param bytes written so far */
  readonly progress?: (bytes: number) => void;
}

const BLOCK = 1 << 20;
const SPARE = 64 << 20;

/** @throws UserError when there is no room, or another file has a name that is needed */
export async function writeOut(
  items: readonly SalvageItem[],
  folder: string,
  options: WriteOptions,
): Promise<WrittenItem[]> {
  await mkdir(folder, { recursive: true });
  const wanted = items.reduce((sum, item) => sum + item.bytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (wanted + SPARE > bavail * bsize && !(await allThere(items, folder)))
    throw new UserError(
      `${basename(folder)} has room for ${bavail * bsize} bytes, and ${wanted} are needed.`,
      'Name a folder on a larger disk with -o.',
      { code: 'full' },
    );
  // One for all: what is allocated for each file waits for the collector, tens of megabytes of it.
  const block = Buffer.allocUnsafeSlow(BLOCK);
  const written: WrittenItem[] = [];
  let done = 0;
  for (const item of items) {
    options.signal?.throwIfAborted();
    const target = inside(folder, item.path);
    const report = (bytes: number): void => options.progress?.(done + bytes);
    const { path, bytes, state, origin, name, unproven } = item;
    written.push({
      path,
      bytes,
      state,
      origin,
      name,
      unproven,
      encrypted: encryptedLength(Buffer.from(await item.reader.read(0, 24))) !== undefined,
      ...(await writeOne(item, target, block, options.signal, report)),
    });
    done += bytes;
  }
  return written;
}

async function allThere(items: readonly SalvageItem[], folder: string): Promise<boolean> {
  for (const item of items) if ((await sizeOf(inside(folder, item.path))) !== item.bytes) return false;
  return true;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A path from an image never leads out of the folder. */
function inside(folder: string, path: string): string {
  const target = resolve(folder, path);
  if (!target.startsWith(resolve(folder) + sep)) throw new TypeError(`${path} leads out of the folder`);
  return target;
}

async function writeOne(
  item: SalvageItem,
  target: string,
  block: Buffer,
  signal: AbortSignal | undefined,
  report: (bytes: number) => void,
): Promise<{ readonly sha256: string; readonly kept: boolean }> {
  await mkdir(dirname(target), { recursive: true });
  if ((await sizeOf(target)) !== undefined) {
    const [there, here] = [await hashOfFile(target, block), await copy(item, block, undefined, signal, report)];
    if (there === here) return { sha256: here, kept: true };
    throw new UserError(`${item.path} exists already, with other contents.`, 'Name an empty folder with -o.', {
      code: 'conflict',
    });
  }
  const draft = join(dirname(target), `.${basename(target)}.part`);
  try {
    await using file = await open(draft, 'w');
    const sha256 = await copy(item, block, (bytes, at) => file.write(bytes, 0, bytes.length, at), signal, report);
    await file.datasync();
    await publish(draft, target, false);
    return { sha256, kept: false };
  } finally {
    await rm(draft, { force: true });
  }
}

async function copy(
  { reader, bytes }: SalvageItem,
  block: Buffer,
  write: ((bytes: Uint8Array, at: number) => Promise<unknown>) | undefined,
  signal: AbortSignal | undefined,
  report: (bytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes; ) {
    signal?.throwIfAborted();
    const part = block.subarray(0, Math.min(BLOCK, bytes - at));
    const read = await readInto(reader, part, at);
    if (read === 0) break;
    hash.update(part.subarray(0, read));
    await write?.(part.subarray(0, read), at);
    at += read;
    report(at);
  }
  return hash.digest('hex');
}

async function hashOfFile(path: string, block: Buffer): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'r');
  for (;;) {
    const { bytesRead } = await file.read(block, 0, BLOCK);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(block.subarray(0, bytesRead));
  }
}
