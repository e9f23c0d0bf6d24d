/**
 * Both libraries as one for everything that reads by key. A key is in one of them, and for the moment of its move in both; who reads
 * need not know. What is written goes to the first.
 */
import type { Readable } from 'node:stream';
import { Unavailable, UserError } from '../../base/errors.ts';
import { checkKey } from '../../blobs/key.ts';
import { type UrlSigner, urlSigner, type Verdict } from '../../blobs/signature.ts';
import type { BlobInfo, BlobRange, BlobStore, SignedUrl, SignRequest } from '../../blobs/store.ts';

/** Keys remembered as archived, so that a bucket is not asked in vain first. */
const REMEMBERED = 50_000;

export class Libraries implements BlobStore {
  readonly kind: BlobStore['kind'];
  readonly #first: BlobStore;
  readonly #archive: () => BlobStore | undefined;
  readonly #signer: UrlSigner;
  readonly #archived = new Set<string>();

  /** @param archive just now; undefined when there is none @param signingKey of both, where they are folders */
  constructor(first: BlobStore, archive: () => BlobStore | undefined, signingKey: Buffer) {
    this.kind = first.kind;
    this.#first = first;
    this.#archive = archive;
    this.#signer = urlSigner('', signingKey);
  }

  readMarker(): Promise<string | undefined> {
    return this.#first.readMarker();
  }

  createMarker(library: string): Promise<void> {
    return this.#first.createMarker(library);
  }

  put(
    key: string,
    body: Readable | Uint8Array,
    options?: { signal?: AbortSignal; bytes?: number },
  ): Promise<{ bytes: number; sha256: string }> {
    return this.#first.put(key, body, options);
  }

  async get(
    key: string,
    range?: BlobRange,
    options?: { signal?: AbortSignal },
  ): Promise<{ body: Readable; bytes: number; total: number }> {
    return await this.#either(key, (store) => store.get(key, range, options));
  }

  async stat(key: string): Promise<BlobInfo | undefined> {
    for (const store of this.#order(key)) {
      const info = await store.stat(key);
      if (info === undefined) continue;
      this.#note(key, store);
      return info;
    }
    return undefined;
  }

  delete(key: string): Promise<void> {
    return this.#first.delete(key);
  }

  list(prefix: string): AsyncIterable<BlobInfo> {
    return this.#first.list(prefix);
  }

  async sign(request: SignRequest): Promise<SignedUrl> {
    const archive = this.#archive();
    if (request.method === 'PUT' || archive === undefined) return this.#first.sign(request);
    const known = this.#archived.has(request.key);
    const there = known ? undefined : await this.#first.stat(request.key);
    return (known || (there === undefined && (await archive.stat(request.key))) ? archive : this.#first).sign(request);
  }

  /** Whether a request on a signed URL of either may go ahead. */
  verify(method: string, key: string, query: URLSearchParams): Verdict {
    checkKey(key);
    return this.#signer.verify(method, key, query);
  }

  async #either<T>(key: string, ask: (store: BlobStore) => Promise<T>): Promise<T> {
    let refusal: unknown;
    for (const store of this.#order(key))
      try {
        const answer = await ask(store);
        this.#note(key, store);
        return answer;
      } catch (error) {
        const elsewhere = error instanceof Unavailable || (error instanceof UserError && error.code === 'not-found');
        if (!elsewhere) throw error;
        // That one library is away says more than that the other does not have it.
        if (refusal === undefined || error instanceof Unavailable) refusal = error;
      }
    throw refusal;
  }

  #order(key: string): readonly BlobStore[] {
    const archive = this.#archive();
    if (archive === undefined) return [this.#first];
    return this.#archived.has(key) ? [archive, this.#first] : [this.#first, archive];
  }

  #note(key: string, store: BlobStore): void {
    if (store === this.#first) this.#archived.delete(key);
    else this.#archived.add(key);
    for (const oldest of this.#archived) {
      if (this.#archived.size <= REMEMBERED) break;
      this.#archived.delete(oldest);
    }
  }
}
