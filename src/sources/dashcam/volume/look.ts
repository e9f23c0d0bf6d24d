/**
 * One look at the files of a drive for the stability gate.
 */
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { contentOf } from '../image/content.ts';
import { clipHead, headScratch } from '../layout/clip-facts.ts';
import { encryptedLength } from '../layout/encrypted.ts';
import type { DriveEntry, DriveVolume } from './drive-volume.ts';
import { hashBlock, hashOfReader } from './hash-of-reader.ts';
import type { Sighting } from './stability.ts';

export interface LookOptions {
  /** Whether to look at a file at all: not at one that is stored already. */
  readonly wanted: (entry: DriveEntry) => boolean;
  /** SHA-256 of a file that an earlier look has read and found whole, and that is not to be read again: whoever takes it compares. */
  readonly seen?: (entry: DriveEntry) => string | undefined;
  readonly signal?: AbortSignal;
}

const MOST_SMALL = 16 << 20;

/** Reads every wanted file once. What the car is writing just now is not whole, and is not read to its end. */
export async function lookAt(volume: DriveVolume, { wanted, seen, signal }: LookOptions): Promise<Sighting[]> {
  const out: Sighting[] = [];
  // Most looks find nothing new.
  let [block, scratch]: [Buffer | undefined, Buffer | undefined] = [undefined, undefined];
  for (const entry of volume.entries) {
    if (!wanted(entry)) continue;
    signal?.throwIfAborted();
    const before = seen?.(entry);
    if (before !== undefined) {
      out.push({ path: entry.path, print: entry.print, contents: before, whole: true });
      continue;
    }
    const reader = volume.reader(entry);
    scratch ??= headScratch();
    block ??= hashBlock();
    const whole = entry.state !== 'cut' && entry.state !== 'empty' && (await isWhole(reader, scratch));
    const contents = whole ? await hashOfReader(reader, signal, block) : '';
    out.push({ path: entry.path, print: entry.print, contents, whole });
  }
  return out;
}

async function isWhole(reader: RandomReader, scratch: Buffer): Promise<boolean> {
  if (reader.size === 0) return false;
  const head = Buffer.from(await reader.read(0, 24));
  const encrypted = encryptedLength(head);
  if (encrypted !== undefined) return reader.size >= encrypted;
  if (head.toString('latin1', 4, 8) === 'ftyp') return (await clipHead(reader, scratch)).complete;
  if (/\.mp4$/i.test(reader.name)) return false;
  // Small files are read whole anyway; what has no end of its own is whole as it is.
  if (reader.size > MOST_SMALL) return true;
  const bytes = Buffer.from(await reader.read(0, reader.size));
  const content = contentOf((offset, length) => bytes.subarray(offset, offset + length), bytes.length);
  if (content.kind === 'json' || content.kind === 'png') return content.bytes !== undefined;
  return bytes.some((byte) => byte !== 0);
}
