/**
 * Answers a request with a stored file, or the range of it that was asked for.
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseRange } from '../../base/byte-range.ts';
import { UserError } from '../../base/errors.ts';
import type { BlobStore } from '../../blobs/store.ts';

export interface SendOptions {
  readonly contentType: string;
  /** Strong validator of the content, without quotes. */
  readonly etag?: string;
  /** Name for the browser's “save as”, and whether it should save at once. */
  readonly fileName?: string;
  readonly download?: boolean;
}

/** @throws UserError `not-found` */
export async function sendBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  blobs: Pick<BlobStore, 'get' | 'stat'>,
  key: string,
  options: SendOptions,
): Promise<FastifyReply> {
  const info = await blobs.stat(key);
  if (!info)
    throw new UserError('The file is not there any more.', 'It may have been removed by retention.', {
      code: 'not-found',
    });
  const etag = options.etag === undefined ? undefined : `"${options.etag}"`;
  reply.header('accept-ranges', 'bytes').header('content-type', options.contentType);
  if (etag !== undefined) reply.header('etag', etag).header('cache-control', 'private, max-age=0, must-revalidate');
  if (options.fileName !== undefined)
    reply.header('content-disposition', disposition(options.fileName, options.download ?? false));
  if (etag !== undefined && request.headers['if-none-match'] === etag) return reply.code(304).send();

  const ifRange = request.headers['if-range'];
  const whole = ifRange !== undefined && ifRange !== etag;
  const range = whole ? undefined : parseRange(request.headers.range, info.bytes);
  if (range === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${info.bytes}`).header('content-length', 0).send();
  const length = range ? range.end - range.start + 1 : info.bytes;
  reply.header('content-length', length);
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${info.bytes}`);
  // A stream, though empty: for no body at all Fastify would say that the length is 0.
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  const { body } = await blobs.get(key, range);
  return reply.send(body);
}

/** `Content-Disposition` with the name in ASCII and in UTF-8 (RFC 6266). */
export function disposition(fileName: string, download: boolean): string {
  const plain = fileName.normalize('NFKD').replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${download ? 'attachment' : 'inline'}; filename="${plain}"; filename*=UTF-8''${exact}`;
}
