/**
 * Blobs in an S3 bucket, below an optional prefix. Addresses and credentials come from the usual AWS variables
 * (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3).
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Unavailable, UserError } from '../base/errors.ts';
import { MARKER } from './folder.ts';
import { checkKey } from './key.ts';
import type { BlobInfo, BlobRange, BlobStore, SignedUrl, SignRequest } from './store.ts';

export interface S3Options {
  readonly bucket: string;
  /** Without a slash at either end; '' for none. */
  readonly prefix: string;
  /** Identity that the marker must carry; undefined until the library has been made. */
  readonly library: string | undefined;
  /** For tests; by default the environment decides. */
  readonly client?: S3ClientConfig;
}

/** Longest answer of a list call (the API's own limit). */
const PAGE = 1000;

export class S3Store implements BlobStore {
  readonly kind = 's3';
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  #library: string | undefined;
  #checked = 0;

  constructor(options: S3Options) {
    this.#bucket = options.bucket;
    this.#prefix = options.prefix === '' ? '' : `${options.prefix}/`;
    this.#library = options.library;
    this.#client = new S3Client({
      // The default frames a body with checksums in a way that some servers store as part of the object.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      forcePathStyle: true,
      maxAttempts: 3,
      ...options.client,
    });
  }

  async readMarker(): Promise<string | undefined> {
    const found = await this.#head(MARKER);
    if (!found) return undefined;
    const { body } = await this.get(MARKER, { start: 0, end: 4095 });
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece as Buffer);
    try {
      const marker: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
      return typeof marker === 'object' && marker !== null && 'library' in marker && typeof marker.library === 'string'
        ? marker.library
        : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async createMarker(library: string): Promise<void> {
    if ((await this.readMarker()) !== undefined)
      throw new UserError(`The bucket ${this.#bucket} holds a library already.`, 'Use another bucket or prefix.', {
        code: 'conflict',
      });
    await this.#write(
      MARKER,
      Buffer.from(
        `${JSON.stringify({ library, what: 'This bucket holds footage that Vidette keeps. Do not remove this object.' })}\n`,
      ),
    );
    this.#library = library;
  }

  async put(
    key: string,
    body: Readable | Uint8Array,
    options: { signal?: AbortSignal; bytes?: number } = {},
  ): Promise<{ bytes: number; sha256: string }> {
    checkKey(key);
    await this.#requireMarker();
    if (body instanceof Uint8Array) return this.#write(key, Buffer.from(body), options.signal);
    // A PUT needs its length beforehand and may have to be sent again: a stream waits on disk.
    const folder = await mkdtemp(join(tmpdir(), 'vidette-put-'));
    try {
      const path = join(folder, 'body');
      await pipeline(body, createWriteStream(path), options.signal ? { signal: options.signal } : {});
      const { size } = await stat(path);
      if (options.bytes !== undefined && size !== options.bytes)
        throw new UserError(`${key}: ${options.bytes} bytes were announced, ${size} came.`, 'Send it again.', {
          code: 'wrong-length',
        });
      return await this.#write(key, { path, size }, options.signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async get(
    key: string,
    range?: BlobRange,
    options: { signal?: AbortSignal } = {},
  ): Promise<{ body: Readable; bytes: number; total: number }> {
    const info = await this.#head(checkKey(key));
    if (!info)
      throw new UserError(`${key} is not in the library.`, 'It may have been removed by retention.', {
        code: 'not-found',
      });
    const total = info.bytes;
    const start = Math.min(range?.start ?? 0, total);
    const end = Math.min(range?.end ?? total - 1, total - 1);
    if (end < start) return { body: Readable.from([]), bytes: 0, total };
    const whole = start === 0 && end === total - 1;
    const answer = await this.#ask(() =>
      this.#client.send(
        new GetObjectCommand({ ...this.#object(key), ...(whole ? {} : { Range: `bytes=${start}-${end}` }) }),
        options.signal ? { abortSignal: options.signal } : {},
      ),
    );
    if (!(answer.Body instanceof Readable)) throw new Unavailable(`The store gave no body for ${key}.`, 1000);
    return { body: answer.Body, bytes: end - start + 1, total };
  }

  stat(key: string): Promise<BlobInfo | undefined> {
    return this.#head(checkKey(key));
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await this.#requireMarker();
    await this.#ask(() => this.#client.send(new DeleteObjectCommand(this.#object(key))));
  }

  async *list(prefix: string): AsyncIterable<BlobInfo> {
    let token: string | undefined;
    do {
      const page = await this.#ask(() =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + prefix,
            MaxKeys: PAGE,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key, Size } of page.Contents ?? [])
        if (Key !== undefined) yield { key: Key.slice(this.#prefix.length), bytes: Size ?? 0 };
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async sign(request: SignRequest): Promise<SignedUrl> {
    const object = this.#object(checkKey(request.key));
    const expiresIn = Math.max(1, Math.ceil(request.expiresInMs / 1000));
    const command = request.method === 'GET' ? new GetObjectCommand(object) : new PutObjectCommand(object);
    const url = await getSignedUrl(this.#client, command as GetObjectCommand, { expiresIn });
    return { url, headers: {}, expiresAt: new Date(Date.now() + expiresIn * 1000) };
  }

  /** Writes, and reads back what the store says it holds: some servers have answered 200 and kept something else. */
  async #write(
    key: string,
    body: Buffer | { path: string; size: number },
    signal?: AbortSignal,
  ): Promise<{ bytes: number; sha256: string }> {
    const md5 = createHash('md5');
    const sha256 = createHash('sha256');
    const bytes = Buffer.isBuffer(body) ? body.length : body.size;
    for await (const chunk of Buffer.isBuffer(body) ? [body] : createReadStream(body.path)) {
      md5.update(chunk as Buffer);
      sha256.update(chunk as Buffer);
    }
    const contentMd5 = md5.digest();
    const answer = { bytes, sha256: sha256.digest('hex') };
    await this.#ask(() =>
      this.#client.send(
        new PutObjectCommand({
          ...this.#object(key),
          Body: Buffer.isBuffer(body) ? body : createReadStream(body.path),
          ContentLength: bytes,
          ContentMD5: contentMd5.toString('base64'),
        }),
        signal ? { abortSignal: signal } : {},
      ),
    );
    const kept = await this.#ask(() => this.#client.send(new HeadObjectCommand(this.#object(key))));
    const etag = kept.ETag?.replaceAll('"', '') ?? '';
    const same =
      kept.ContentLength === bytes &&
      (/^[0-9a-f]{32}$/.test(etag) ? etag === contentMd5.toString('hex') : (await this.#hashOf(key)) === answer.sha256);
    if (!same) {
      await this.#ask(() => this.#client.send(new DeleteObjectCommand(this.#object(key))));
      throw new Unavailable(
        `The store kept ${kept.ContentLength} bytes of ${key} that are not the ${bytes} that were sent.`,
        5000,
      );
    }
    return answer;
  }

  async #hashOf(key: string): Promise<string> {
    const { body } = await this.get(key);
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  async #head(key: string): Promise<BlobInfo | undefined> {
    try {
      const { ContentLength } = await this.#client.send(new HeadObjectCommand(this.#object(key)));
      return { key, bytes: ContentLength ?? 0 };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw explain(error, this.#bucket);
    }
  }

  async #requireMarker(): Promise<void> {
    if (this.#library === undefined) return;
    const now = performance.now();
    if (this.#checked !== 0 && now - this.#checked < 10_000) return;
    const found = await this.readMarker();
    if (found !== this.#library)
      throw new Unavailable(
        found === undefined
          ? `The library's marker is missing in the bucket ${this.#bucket}.`
          : `The bucket ${this.#bucket} holds another library (${found}).`,
        10_000,
      );
    this.#checked = now;
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #ask<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw explain(error, this.#bucket);
    }
  }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
    ? Number(metadata.httpStatusCode)
    : undefined;
}

/** What a store's refusal means for the operator; the SDK's own text may hold a URL and is kept as the cause only. */
function explain(error: unknown, bucket: string): unknown {
  if (error instanceof Error && error.name === 'AbortError') return error;
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : 'unknown';
  if (status === 403)
    return new UserError(
      `The store refuses access to the bucket ${bucket} (${name}).`,
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of that key.',
      { code: 'forbidden', cause: error },
    );
  if (status === 404)
    return new UserError(
      `The store has no bucket ${bucket}, or no such object (${name}).`,
      'Make the bucket, or correct VIDETTE_BLOBS.',
      { code: 'not-found', cause: error },
    );
  return new Unavailable(
    `The store of the bucket ${bucket} does not answer as it should (${name}${status === undefined ? '' : `, ${status}`}).`,
    5000,
    { cause: error },
  );
}
