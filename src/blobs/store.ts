/**
 * Where bytes live. A key is a relative path with `/` between its parts: no `..`, no empty part, no leading `/`.
 */
import type { Readable } from 'node:stream';

export interface BlobInfo {
  readonly key: string;
  readonly bytes: number;
}

export interface BlobRange {
  /** First byte. */
  readonly start: number;
  /** Last byte, inclusive, as in HTTP. Absent: to the end. */
  readonly end?: number;
}

export interface SignRequest {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  /** The URL stops working this long from now. */
  readonly expiresInMs: number;
  /** PUT: more bytes than this are refused (folder), or the exact length is signed (S3). */
  readonly maxBytes?: number;
}

export interface SignedUrl {
  readonly url: string;
  /** To be sent with the request as they are. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

export interface BlobStore {
  readonly kind: 'folder' | 's3';
  /** Identity of the library, from its marker. Made by `createMarker` once; a missing or foreign marker refuses all writing and deleting. */
  readMarker(): Promise<string | undefined>;
  createMarker(library: string): Promise<void>;
  /** Atomic: the key holds all of it or nothing. Overwrites. */
  put(
    key: string,
    body: Readable | Uint8Array,
    options?: { signal?: AbortSignal; bytes?: number },
  ): Promise<{ bytes: number; sha256: string }>;
  /** @throws Unavailable, or UserError `not-found`. */
  get(
    key: string,
    range?: BlobRange,
    options?: { signal?: AbortSignal },
  ): Promise<{ body: Readable; bytes: number; total: number }>;
  stat(key: string): Promise<BlobInfo | undefined>;
  /** Gone afterwards, durably; no error when it was not there. */
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<BlobInfo>;
  sign(request: SignRequest): Promise<SignedUrl>;
}
