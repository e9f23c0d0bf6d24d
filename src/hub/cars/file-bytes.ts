/**
 * Bytes of files of cars, wherever they lie: a file, or pieces of an image. What is in them is not looked at.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UserError } from '../../base/errors.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { piecesOf } from '../../sources/dashcam/reader/file-place.ts';
import type { FilePlace } from '../../sources/dashcam/reader/messages.ts';

const BLOCK = 256 * 1024;

const gone = (cause?: unknown): UserError =>
  new UserError('The file is not there any more.', 'Is the stick or the disk still plugged in?', {
    code: 'not-found',
    cause,
  });

/** @param start first byte. @param length bytes @throws UserError `not-found` */
export async function* bytesOf(place: FilePlace, start: number, length: number): AsyncGenerator<Buffer> {
  let file: FileHandle;
  try {
    file = await open(place.path, 'r');
  } catch (cause) {
    throw gone(cause);
  }
  try {
    for (const piece of piecesOf(place, start, length))
      for (let at = 0; at < piece.length; ) {
        const block = Buffer.allocUnsafe(Math.min(BLOCK, piece.length - at));
        const { bytesRead } = await file.read(block, 0, block.length, piece.at + at);
        if (bytesRead === 0) throw gone();
        at += bytesRead;
        yield block.subarray(0, bytesRead);
      }
  } finally {
    await file.close();
  }
}

/** One file, as `sendBlob` reads it. */
export function oneFile(place: FilePlace): Pick<BlobStore, 'get' | 'stat'> {
  return {
    async stat(key) {
      const file = await open(place.path, 'r').catch(() => undefined);
      if (!file) return undefined;
      try {
        // Of an image, or a device, the length says nothing about the file.
        const whole = place.pieces !== null || (await file.stat()).size === place.bytes;
        return whole ? { key, bytes: place.bytes } : undefined;
      } finally {
        await file.close();
      }
    },
    async get(_key, range) {
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? place.bytes - 1, place.bytes - 1);
      const length = end - start + 1;
      const body = Readable.from(bytesOf(place, start, length), { objectMode: false, highWaterMark: BLOCK });
      return { body, bytes: length, total: place.bytes };
    },
  };
}
