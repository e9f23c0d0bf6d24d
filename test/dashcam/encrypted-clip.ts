/**
 * Encrypted clips as a car makes them (firmware 2026.20): the container of `../shared/facts/dashcam.md` 3.4, self-made, with a key of our own. The truth is
 * the clip that goes in.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { randomOf } from './random.ts';

const PAGE = 4096;
const MAGIC = 0x3c81b7f5;
export const VIN = '5YJ3E1EA7KF000316';

export interface EncryptedClip {
  readonly bytes: Buffer;
  /** What tools store beside it. */
  readonly keyFile: string;
  readonly key: Buffer;
}

const md5 = (...parts: readonly Buffer[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest();

/** @param car false: what only the car itself can open has nothing about a key */
export function encryptClip(
  plain: Buffer,
  seed: number,
  { car = false, plainBytes = plain.length }: { readonly car?: boolean; readonly plainBytes?: number } = {},
): EncryptedClip {
  const random = randomOf(seed);
  const key = Buffer.from(random.bytes(16));
  const bytes = Buffer.alloc(2 * PAGE + Math.ceil(plain.length / PAGE) * PAGE);
  bytes.writeBigUInt64BE(BigInt(plainBytes), 0);
  const mark = random.below(0x7fffffff);
  bytes.writeUInt32BE(mark, 8);
  bytes.writeUInt32BE((mark ^ MAGIC) >>> 0, 12);
  bytes.writeUInt32BE(0x03000002, 16);
  bytes.writeUInt32BE(PAGE, 20);
  bytes.writeUInt16BE(2, 24);
  if (!car) {
    let at = PAGE;
    at = bytes.writeUInt32BE(7, at);
    bytes.set([0x04, ...random.bytes(64)], at);
    at += 65;
    at += bytes.write(VIN, at, 'latin1');
    at = bytes.writeBigUInt64BE(BigInt(Date.parse('2026-06-01T12:00:00Z') / 1000), at);
    bytes.set(random.bytes(44), at);
  }
  for (let page = 0; page * PAGE < plain.length; page += 1) {
    // eCryptfs: 16 bytes of hash, the number in digits, zeros up to 32 bytes.
    const salt = Buffer.alloc(32);
    md5(key).copy(salt);
    salt.write(String(page), 16, 'latin1');
    const cipher = createCipheriv('aes-128-cbc', key, md5(salt)).setAutoPadding(false);
    const block = Buffer.alloc(PAGE);
    plain.copy(block, 0, page * PAGE);
    Buffer.concat([cipher.update(block), cipher.final()]).copy(bytes, (2 + page) * PAGE);
  }
  return { bytes, key, keyFile: JSON.stringify({ fek_b64: key.toString('base64') }) };
}
