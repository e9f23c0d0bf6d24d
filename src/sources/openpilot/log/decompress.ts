/**
 * The bytes of a log without its compression, which its first bytes tell, whatever its name says: zstd since 2024, bzip2 before, or none.
 * What can be unpacked of a file that is cut or damaged is given; the answer says why it ends there.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { createZstdDecompress } from 'node:zlib';
import { entry } from '../../../base/entry.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Bz2Answer } from './bz2.main.ts';

export type Compression = 'zstd' | 'bzip2' | 'none';

export function compressionOf(head: Uint8Array): Compression {
  const starts = (...magic: number[]): boolean => magic.every((value, index) => head[index] === value);
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (starts(0x42, 0x5a, 0x68)) return 'bzip2';
  return 'none';
}

/** Path of a file, or what stands in it. */
export type LogSource = string | Uint8Array;

/** A minute of full-rate log has 30 to 40 MB, and compressed less than a third. */
const MOST_COMPRESSED = 256 << 20;
const CHUNK = 1 << 18;

interface Unpacking {
  /** Is given the bytes, chunk by chunk, valid until it returns; false: it wants no more. */
  readonly take: (chunk: Uint8Array) => boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * @returns why it ended before the end, as the end of a sentence; null when it did not
 * @throws what reading the file throws, and the signal's reason
 */
export async function decompress(source: LogSource, unpacking: Unpacking): Promise<string | null> {
  unpacking.signal?.throwIfAborted();
  const compression = compressionOf(await headOf(source));
  unpacking.signal?.throwIfAborted();
  if (compression === 'bzip2') return unpackBz2(source, unpacking);
  const file =
    typeof source === 'string' ? createReadStream(source, { highWaterMark: CHUNK }) : Readable.from(slices(source));
  return compression === 'zstd' ? unpackZstd(file, unpacking) : copy(file, unpacking);
}

export async function headOf(source: LogSource): Promise<Uint8Array> {
  if (typeof source !== 'string') return source.subarray(0, 64);
  await using file = await open(source, 'r');
  const head = new Uint8Array(64);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

async function copy(file: Readable, { take, signal }: Unpacking): Promise<null> {
  for await (const chunk of file) {
    signal?.throwIfAborted();
    if (!take(chunk as Uint8Array)) break;
  }
  return null;
}

/** By `data` events: what is iterated over loses, when the stream breaks, what was unpacked and not yet taken. */
async function unpackZstd(file: Readable, { take, signal }: Unpacking): Promise<string | null> {
  const unpacked = createZstdDecompress({ chunkSize: CHUNK });
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  unpacked.on('data', (chunk: Uint8Array) => {
    if (!take(chunk)) resolve(null);
  });
  unpacked.on('end', () => resolve(null));
  unpacked.on('error', (error) => resolve(`the zstd stream breaks off (${messageOf(error)})`));
  file.on('error', reject);
  signal?.addEventListener('abort', () => reject(signal.reason), { signal: stop.signal });
  file.pipe(unpacked);
  try {
    return await promise;
  } finally {
    stop.abort();
    file.destroy();
    unpacked.destroy();
  }
}

async function unpackBz2(source: LogSource, { take, signal }: Unpacking): Promise<string | null> {
  const bytes = typeof source === 'string' ? await readSome(source) : source;
  const worker = new Worker(entry(import.meta.url, './bz2.main'), { workerData: bytes });
  try {
    for (;;) {
      worker.postMessage('next');
      const [answer] = (await once(worker, 'message', signal ? { signal } : {})) as [Bz2Answer];
      if ('end' in answer) return answer.reason;
      for (const chunk of slices(answer.block)) if (!take(chunk)) return null;
    }
  } finally {
    await worker.terminate();
  }
}

async function readSome(path: string): Promise<Uint8Array> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size <= MOST_COMPRESSED) return await readFile(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(MOST_COMPRESSED), 0, MOST_COMPRESSED, 0);
  return buffer.subarray(0, bytesRead);
}
