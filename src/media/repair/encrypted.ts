/** Tesla's encrypted clips (firmware 2026.20 and later): a header page with a mark, a page about the key, then pages of AES. */
import type { Bytes } from './bytes.ts';

const MARK = 0x3c81b7f5;
const VERSION = 0x03000002;

export function isEncryptedClip(bytes: Bytes): boolean {
  const head = bytes.read(0, 24);
  if (head.length < 24) return false;
  const mark = (head.readUInt32BE(8) ^ head.readUInt32BE(12)) >>> 0;
  return mark === MARK && head.readUInt32BE(16) === VERSION;
}
