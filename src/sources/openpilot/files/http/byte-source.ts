/**
 * Where the bytes of one file come from, from any offset on: a signed URL, or a device over SSH.
 */

/** What tells whether a file is still the one whose beginning is here. */
export interface Validator {
  readonly etag: string | null;
  readonly modified: string | null;
  /** Bytes of the whole file; null where nobody tells. */
  readonly total: number | null;
}

export interface Opened {
  /** Offset of the first byte that comes; smaller than what was asked for when the beginning here is of no use. */
  readonly from: number;
  readonly validator: Validator;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ByteSource {
  /** For messages: `fcamera.hevc of minute 3`. */
  readonly label: string;
  /** For messages: the host that sends. */
  readonly host: string;
  /** A longer file is refused. */
  readonly most: number;
  /**
   * @param from bytes that are here already
   * @param known what was told when they came
   * @throws NetworkFailure when trying again may help; `LinkEnded` when the address is good no more
   */
  open(from: number, known: Validator | null, signal: AbortSignal | undefined): Promise<Opened>;
  /** Gets a fresh address after `LinkEnded`; absent where there is none to get. */
  renew?(signal: AbortSignal | undefined): Promise<void>;
}

/** A signed URL is good for an hour. */
export class LinkEnded extends Error {
  override readonly name = 'LinkEnded';
}

/** The file changed while it was fetched: what is here is of another one. */
export function isSame(known: Validator, now: Validator): boolean {
  if (known.total !== null && now.total !== null && known.total !== now.total) return false;
  if (known.etag !== null && now.etag !== null) return known.etag === now.etag;
  if (known.modified !== null && now.modified !== null) return known.modified === now.modified;
  return known.total !== null && known.total === now.total;
}
