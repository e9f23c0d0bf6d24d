/**
 * The container of encrypted clips (firmware 2026.20 and later), as far as it is needed to know one: such a file is never called damaged.
 */

/** Two words of the header give this when they are combined by exclusive or. */
const MAGIC = 0x3c81b7f5;
const VERSION = 0x03000002;
const PAGE = 4096;
/** Header and key page stand before the first page of data. */
const DATA_AT = 2 * PAGE;
const MOST_PLAIN = 2 ** 40;

/** Length of the whole container; undefined when `head` (its first 24 bytes) is that of something else. */
export function encryptedLength(head: Buffer): number | undefined {
  if (head.length < 24) return undefined;
  if ((head.readUInt32BE(8) ^ head.readUInt32BE(12)) >>> 0 !== MAGIC) return undefined;
  if (head.readUInt32BE(16) !== VERSION || head.readUInt32BE(20) !== PAGE) return undefined;
  const plain = Number(head.readBigUInt64BE(0));
  return plain > MOST_PLAIN ? undefined : DATA_AT + Math.ceil(plain / PAGE) * PAGE;
}
