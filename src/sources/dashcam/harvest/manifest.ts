/**
 * The manifest of a source: a file that only grows. It is read whole, line by line, in constant memory.
 */
import { dirname } from 'node:path';
import { InputError } from '../../../base/errors.ts';
import type { Disk } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import { type ManifestLine, NOTHING_BEFORE, readLine } from './manifest-line.ts';

const BLOCK = 1 << 18;
const MOST_LINE = 4 << 20;
const END = 0x0a;

export interface ManifestEnd {
  /** SHA-256 of the last whole line. */
  readonly head: string;
  /** Bytes up to its end. */
  readonly bytes: number;
  readonly lines: number;
}

export interface ReadManifest extends ManifestEnd {
  /** Bytes behind the last whole line: an append that was cut off. */
  readonly torn: number;
  /** The first line that breaks the chain, from 1, and why; what follows it was not read. */
  readonly broken: { readonly line: number; readonly reason: string } | undefined;
}

/**
 * @param upTo bytes that count; all by default
 * @param from the end of an earlier reading; the beginning by default
 * @param onLine each line that is in the chain, its hash, and where it ends
 */
export async function readManifest(
  disk: Disk,
  path: string,
  onLine: (line: ManifestLine | undefined, hash: string, end: number) => void | Promise<void>,
  {
    upTo = Number.POSITIVE_INFINITY,
    from: { head, bytes, lines } = { head: NOTHING_BEFORE, bytes: 0, lines: 0 },
    signal,
  }: { readonly upTo?: number; readonly from?: ManifestEnd; readonly signal?: AbortSignal } = {},
): Promise<ReadManifest> {
  const done = (torn: number, broken?: ReadManifest['broken']): ReadManifest => ({ head, bytes, lines, torn, broken });
  if (!(await disk.stat(path))) return done(0);
  const file = await disk.openRead(path);
  try {
    const size = Math.min(file.size, upTo);
    let rest: Uint8Array = new Uint8Array(0);
    for (let at = bytes; at < size; ) {
      signal?.throwIfAborted();
      const block = await file.read(at, Math.min(BLOCK, size - at));
      if (block.length === 0) break;
      at += block.length;
      const text: Uint8Array = rest.length === 0 ? block : Buffer.concat([rest, block]);
      let from = 0;
      for (let end = text.indexOf(END, from); end >= 0; end = text.indexOf(END, from)) {
        const read = readLine(text.subarray(from, end), head);
        if (!read.ok) return done(0, { line: lines + 1, reason: read.reason });
        head = read.hash;
        lines += 1;
        bytes += end + 1 - from;
        from = end + 1;
        const slow = onLine(read.line, head, bytes);
        if (slow) await slow;
      }
      rest = text.subarray(from);
      if (rest.length > MOST_LINE) return done(0, { line: lines + 1, reason: 'it has no end' });
    }
    return done(size - bytes);
  } finally {
    await file.close();
  }
}

/**
 * Makes the manifest end with `text` at `end.bytes`, durably. What stands there already is kept; what a crash has left of it is cut off and written anew.
 * Doing it again changes nothing.
 */
export async function appendAt(disk: Disk, path: string, end: { readonly bytes: number }, text: Buffer): Promise<void> {
  const there = await disk.stat(path);
  if (!there && end.bytes > 0) throw new InputError(MANIFEST, 'it is gone');
  if (there && there.size < end.bytes) throw new InputError(MANIFEST, 'it has become shorter', { offset: there.size });
  if (there && there.size > end.bytes) {
    const tail = await tailOf(disk, path, end.bytes, text.length);
    if (there.size > end.bytes + text.length) {
      if (tail.equals(text)) return;
      throw new InputError(MANIFEST, 'other lines stand where a batch was to be written', { offset: end.bytes });
    }
    if (!tail.equals(text)) await disk.truncate(path, end.bytes);
  }
  const file = await disk.openAppend(path, there ? 'existing' : 'new');
  try {
    const { size = 0 } = (await disk.stat(path)) ?? {};
    if (size === end.bytes) await file.writev([text]);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(dirname(path));
}

async function tailOf(disk: Disk, path: string, from: number, length: number): Promise<Buffer> {
  const file = await disk.openRead(path);
  try {
    return Buffer.from(await file.read(from, length));
  } finally {
    await file.close();
  }
}
