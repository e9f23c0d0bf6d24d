/**
 * Answers with a file of the spool, or the range of it that was asked for: players read the index at the end of a clip first.
 */
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { parseRange } from '../../../base/byte-range.ts';
import { UserError } from '../../../base/errors.ts';
import { diskErrorCode } from '../../../blobs/disk.ts';

export interface SendFile {
  readonly path: string;
  readonly type: string;
  /** Strong validator: the contents' hash. */
  readonly etag: string;
  readonly name: string;
  readonly download: boolean;
}

const BLOCK = 1 << 18;

/** @throws UserError `not-found` */
export async function sendFile(request: IncomingMessage, response: ServerResponse, what: SendFile): Promise<void> {
  const file = await open(what.path, 'r').catch((error: unknown) => {
    if (diskErrorCode(error) !== 'ENOENT') throw error;
    throw new UserError('The file is not there any more.', 'It was removed to make room.', { code: 'not-found' });
  });
  await using _closed = { [Symbol.asyncDispose]: () => file.close() };
  const { size } = await file.stat();
  const etag = `"${what.etag}"`;
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', what.type);
  response.setHeader('etag', etag);
  response.setHeader('cache-control', 'private, max-age=0, must-revalidate');
  const plain = what.name.replace(/[^\w.-]/g, '_');
  response.setHeader('content-disposition', `${what.download ? 'attachment' : 'inline'}; filename="${plain}"`);
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  const ifRange = request.headers['if-range'];
  const range = ifRange !== undefined && ifRange !== etag ? undefined : parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range ? 206 : 200, {
    'content-length': end - start + 1,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
  });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  const body = file.createReadStream({ start, end, highWaterMark: BLOCK, autoClose: false });
  await pipeline(body, response).catch((error: unknown) => {
    // A player that has seen enough hangs up.
    if (!isHangUp(error)) throw error;
  });
}

function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
