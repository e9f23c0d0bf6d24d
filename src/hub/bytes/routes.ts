/**
 * Signed URLs of the folder store: `GET|HEAD|PUT /blobs/<key>?…&sig=…`. The signature is the right; there is no other check.
 */
import { Readable, Transform } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { sendBlob } from './send.ts';

/** What the folder store offers beyond a {@link BlobStore}. */
export interface SignedStore extends BlobStore {
  verify(
    method: string,
    key: string,
    query: URLSearchParams,
  ):
    | { readonly ok: true; readonly maxBytes: number | undefined }
    | { readonly ok: false; readonly reason: 'forged' | 'expired' };
}

/** An upload without a limit in its URL stops here. */
const MAX_UPLOAD = 64_000_000_000;
/** An upload that sends nothing for this long is given up. */
const STALL_MS = 60_000;

export function registerBlobRoutes(app: FastifyInstance, deps: { readonly blobs: SignedStore }): void {
  const { blobs } = deps;
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    scope.route<{ Params: { '*': string } }>({
      method: ['GET', 'HEAD'],
      url: '/blobs/*',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const key = request.params['*'];
        allowed(blobs, request, key);
        reply.header('cache-control', 'private, no-store');
        return sendBlob(request, reply, blobs, key, { contentType: typeOf(key) });
      },
    });

    scope.route<{ Params: { '*': string } }>({
      method: 'PUT',
      url: '/blobs/*',
      bodyLimit: MAX_UPLOAD,
      handler: async (request, reply) => {
        const key = request.params['*'];
        const { maxBytes = MAX_UPLOAD } = allowed(blobs, request, key);
        const announced = lengthOf(request);
        if (announced !== undefined && announced > maxBytes) throw tooLarge(maxBytes);
        const body = request.body instanceof Readable ? request.body : Readable.from([]);
        const stall = setTimeout(() => request.raw.destroy(new Error('the upload stalled')), STALL_MS);
        const gone = new AbortController();
        request.raw.once('close', () => {
          if (!request.raw.complete) gone.abort(new Error('the upload was broken off'));
        });
        const counted = bounded(body, maxBytes, () => stall.refresh());
        try {
          const stored = await blobs.put(key, counted, {
            signal: gone.signal,
            ...(announced === undefined ? {} : { bytes: announced }),
          });
          return await reply
            .code(201)
            .header('cache-control', 'no-store')
            .send({ bytes: stored.bytes, sha256: stored.sha256 });
        } finally {
          clearTimeout(stall);
          counted.destroy();
        }
      },
    });
  });
}

function allowed(blobs: SignedStore, request: FastifyRequest, key: string): { maxBytes: number | undefined } {
  const query = request.url.indexOf('?');
  const verdict = blobs.verify(request.method, key, new URLSearchParams(query < 0 ? '' : request.url.slice(query + 1)));
  if (verdict.ok) return verdict;
  throw verdict.reason === 'expired'
    ? new UserError('This address has expired.', 'Ask for a new one.', { code: 'forbidden' })
    : new UserError('This address was not signed by this hub for this use.', 'Ask for a new one.', {
        code: 'forbidden',
      });
}

function lengthOf(request: FastifyRequest): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}

/** Passes bytes on, and fails with `too-large` above `maxBytes`. */
function bounded(body: Readable, maxBytes: number, onBytes: () => void): Readable {
  let seen = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes();
      seen += chunk.length;
      if (seen > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  body.once('error', (error) => count.destroy(error));
  return body.pipe(count);
}

function tooLarge(maxBytes: number): UserError {
  return new UserError(`The upload is larger than the ${maxBytes} bytes that were agreed.`, 'Send a smaller file.', {
    code: 'too-large',
  });
}

function typeOf(key: string): string {
  return key.endsWith('.mp4') ? 'video/mp4' : 'application/octet-stream';
}
