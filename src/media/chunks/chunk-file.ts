/**
 * A finished chunk on disk: a line of JSON, then the coded pictures. Whole or not there: written aside, then renamed.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

export interface ChunkPacket {
  readonly data: Uint8Array;
  /** In frames, from the chunk's first. */
  readonly pts: number;
  /** In frames; not positive at the beginning where pictures are reordered. */
  readonly dts: number;
  readonly key: boolean;
}

export interface ChunkHead {
  /** Tells everything that the pictures depend on: a chunk of another kind is made anew. */
  readonly key: string;
  readonly frames: number;
  /** Sum of the pictures' bytes. */
  readonly bytes: number;
  /** Mean QP of its pictures. */
  readonly qp: number;
  /** Parameter sets of the encoder, in Base64. */
  readonly extradata: string;
}

interface StoredHead extends ChunkHead {
  readonly packets: readonly (readonly [size: number, pts: number, dts: number, key: 0 | 1])[];
  /** Of everything behind the head, in hexadecimal. */
  readonly sha256: string;
}

export function writeChunk(path: string, head: ChunkHead, packets: readonly ChunkPacket[]): void {
  const body = Buffer.concat(packets.map(({ data }) => data));
  const stored: StoredHead = {
    ...head,
    packets: packets.map(({ data, pts, dts, key }) => [data.length, pts, dts, key ? 1 : 0]),
    sha256: createHash('sha256').update(body).digest('hex'),
  };
  const aside = `${path}.part`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(stored)}\n`);
    for (let done = 0; done < body.length; ) done += writeSync(file, body, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
}

/** @returns undefined when there is none, when it is of another kind, or not as it was written */
export function readChunk(path: string, key: string): { head: ChunkHead; packets: ChunkPacket[] } | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const end = bytes.indexOf('\n');
  const head = headIn(bytes.subarray(0, Math.max(0, end)).toString());
  if (head?.key !== key) return undefined;
  const body = bytes.subarray(end + 1);
  if (createHash('sha256').update(body).digest('hex') !== head.sha256) return undefined;
  let at = 0;
  const packets = head.packets.map(([size, pts, dts, isKey]) => {
    const data = body.subarray(at, at + size);
    at += size;
    return { data, pts, dts, key: isKey === 1 };
  });
  return at === body.length ? { head, packets } : undefined;
}

function headIn(line: string): StoredHead | undefined {
  try {
    // Only what this file has written gets here with the right key and sum.
    return JSON.parse(line) as StoredHead;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a finished chunk is, where it lies there whole. */
export function finishedPart(path: string, key: string): { bytes: number; qp: number; frames: number } | undefined {
  const head = readChunk(path, key)?.head;
  return head && { bytes: head.bytes, qp: head.qp, frames: head.frames };
}
