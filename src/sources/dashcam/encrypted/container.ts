/**
 * What the head of an encrypted clip says in plain: eCryptfs's header (`fs/ecryptfs/crypto.c` of Linux, `ecryptfs_read_headers_virt`), and behind it, in
 * place of a passphrase's packets, what the car says of the key. Pure.
 */
import { encryptedLength } from '../layout/encrypted.ts';

export const PAGE = 4096;
/** Header and key page stand before the first page of data. */
export const DATA_AT = 2 * PAGE;
/** Bytes to be read of a container for {@link readHead}. */
export const HEAD = PAGE + 138;

const KEY_AT = PAGE;
const UNCOMPRESSED = 0x04;
/** A clip has less than 100 MB; seconds and milliseconds since 1970 are told apart by this. */
const MILLISECONDS_FROM = 100_000_000_000;

export interface Container {
  /** Bytes of the clip when it is decrypted. */
  readonly plainBytes: number;
  /** Bytes of the whole container. */
  readonly bytes: number;
  /** Null where the car has told nothing: files that only the car itself opens. */
  readonly key: {
    readonly id: number;
    readonly vin: string;
    /** UTC ms; null when it is no time. */
    readonly at: number | null;
  } | null;
}

/** @param head the first {@link HEAD} bytes, or fewer of a cut one. @returns undefined when it is no container */
export function readHead(head: Buffer): Container | undefined {
  const bytes = encryptedLength(head);
  if (bytes === undefined) return undefined;
  return { plainBytes: Number(head.readBigUInt64BE(0)), bytes, key: keySection(head) };
}

/** Number of the key, an uncompressed point of a curve, VIN, time, and the wrapped key, which nobody but Tesla opens. */
function keySection(head: Buffer): Container['key'] {
  if (head.length < HEAD || head[KEY_AT + 4] !== UNCOMPRESSED) return null;
  const vin = head.toString('latin1', KEY_AT + 69, KEY_AT + 86);
  const time = Number(head.readBigUInt64BE(KEY_AT + 86));
  const ms = time < MILLISECONDS_FROM ? time * 1000 : time;
  return {
    id: head.readUInt32BE(KEY_AT),
    vin: /^[A-Z0-9]{17}$/.test(vin) ? vin : '',
    at: time > 0 && ms < 8.64e15 ? ms : null,
  };
}
