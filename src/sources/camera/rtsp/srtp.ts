/** SRTP and SRTCP (RFC 3711) with AES in counter mode (also of 256 bits, RFC 6188) and HMAC-SHA1. */
import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';

export interface SrtpKeys {
  /** Master key: 16 or 32 bytes. */
  readonly key: Buffer;
  /** Master salt: 14 bytes. */
  readonly salt: Buffer;
  /** Bytes of the authentication tag of RTP: 10 or 4. That of RTCP has 10. */
  readonly tag: number;
  /** Bytes of a key identifier in front of the tag; 0: none. */
  readonly mki: number;
}

const RTCP_TAG = 10;
const MOST_SENDERS = 16;

/** Section 4.3.1: `label` 0 to 2 for RTP (key, authentication, salt), 3 to 5 for RTCP. */
export function deriveKey(keys: Pick<SrtpKeys, 'key' | 'salt'>, label: number, size: number): Buffer {
  const iv = Buffer.alloc(16);
  keys.salt.copy(iv);
  iv[7] = (iv[7] ?? 0) ^ label;
  return createCipheriv(`aes-${keys.key.length * 8}-ctr`, keys.key, iv).update(Buffer.alloc(size));
}

interface SessionKeys {
  readonly key: Buffer;
  readonly authentication: Buffer;
  readonly salt: Buffer;
}

/** One direction of one track. */
export class SrtpContext {
  readonly #keys: SrtpKeys;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #cipher: string;
  /** By SSRC: the highest index so far, sequence number and turns of it together. */
  readonly #highest = new Map<number, number>();
  readonly #iv = Buffer.alloc(16);
  readonly #roc = Buffer.alloc(4);
  #rtcpIndex = 0;

  constructor(keys: SrtpKeys) {
    this.#keys = keys;
    this.#cipher = `aes-${keys.key.length * 8}-ctr`;
    const session = (label: number): SessionKeys => ({
      key: deriveKey(keys, label, keys.key.length),
      authentication: deriveKey(keys, label + 1, 20),
      salt: deriveKey(keys, label + 2, 14),
    });
    this.#rtp = session(0);
    this.#rtcp = session(3);
  }

  /** Decrypts `data[start, end)` where it stands. @returns the new end, or -1 for what the camera has not sent */
  unprotect(data: Buffer, start: number, end: number): number {
    const { tag, mki } = this.#keys;
    const bodyEnd = end - tag - mki;
    const body = headerEnd(data, start, bodyEnd);
    if (body < 0) return -1;
    const sequence = data.readUInt16BE(start + 2);
    const ssrc = data.readUInt32BE(start + 8);
    const index = this.#guess(ssrc, sequence);
    this.#roc.writeUInt32BE(Math.floor(index / 65_536) % 2 ** 32);
    const mac = createHmac('sha1', this.#rtp.authentication)
      .update(data.subarray(start, bodyEnd))
      .update(this.#roc)
      .digest();
    if (!timingSafeEqual(mac.subarray(0, tag), data.subarray(end - tag, end))) return -1;
    this.#remember(ssrc, index);
    this.#crypt(this.#rtp, ssrc, index, data, body, bodyEnd);
    return bodyEnd;
  }

  /** The same for RTCP (section 3.4). */
  unprotectRtcp(data: Buffer, start: number, end: number): number {
    const { mki } = this.#keys;
    const indexAt = end - RTCP_TAG - mki - 4;
    if (indexAt < start + 8) return -1;
    const mac = createHmac('sha1', this.#rtcp.authentication)
      .update(data.subarray(start, indexAt + 4))
      .digest();
    if (!timingSafeEqual(mac.subarray(0, RTCP_TAG), data.subarray(end - RTCP_TAG, end))) return -1;
    const word = data.readUInt32BE(indexAt);
    if (word >= 2 ** 31)
      this.#crypt(this.#rtcp, data.readUInt32BE(start + 4), word % 2 ** 31, data, start + 8, indexAt);
    return indexAt;
  }

  /** A protected copy of an RTP packet. */
  protect(packet: Buffer): Buffer {
    const { tag } = this.#keys;
    const out = Buffer.concat([packet, Buffer.alloc(tag)]);
    const ssrc = out.readUInt32BE(8);
    const index = this.#guess(ssrc, out.readUInt16BE(2));
    this.#remember(ssrc, index);
    this.#crypt(this.#rtp, ssrc, index, out, headerEnd(out, 0, packet.length), packet.length);
    this.#roc.writeUInt32BE(Math.floor(index / 65_536) % 2 ** 32);
    const mac = createHmac('sha1', this.#rtp.authentication)
      .update(out.subarray(0, packet.length))
      .update(this.#roc)
      .digest();
    mac.copy(out, packet.length, 0, tag);
    return out;
  }

  /** A protected copy of an RTCP packet. */
  protectRtcp(packet: Buffer): Buffer {
    const out = Buffer.concat([packet, Buffer.alloc(4 + RTCP_TAG)]);
    const index = this.#rtcpIndex;
    this.#rtcpIndex = (index + 1) % 2 ** 31;
    this.#crypt(this.#rtcp, out.readUInt32BE(4), index, out, 8, packet.length);
    out.writeUInt32BE(2 ** 31 + index, packet.length);
    const mac = createHmac('sha1', this.#rtcp.authentication)
      .update(out.subarray(0, packet.length + 4))
      .digest();
    mac.copy(out, packet.length + 4, 0, RTCP_TAG);
    return out;
  }

  /** Section 3.3.1: the index nearest to the highest so far that ends in this sequence number. */
  #guess(ssrc: number, sequence: number): number {
    const highest = this.#highest.get(ssrc);
    if (highest === undefined) return sequence;
    const turn = highest - (highest % 65_536);
    const index = turn + sequence;
    if (index - highest > 32_768 && turn > 0) return index - 65_536;
    return highest - index > 32_768 ? index + 65_536 : index;
  }

  #remember(ssrc: number, index: number): void {
    const highest = this.#highest.get(ssrc);
    if (highest !== undefined && highest >= index) return;
    this.#highest.set(ssrc, index);
    const [oldest] = this.#highest.keys();
    if (this.#highest.size > MOST_SENDERS && oldest !== undefined) this.#highest.delete(oldest);
  }

  /** Section 4.1.1. */
  #crypt(session: SessionKeys, ssrc: number, index: number, data: Buffer, from: number, to: number): void {
    if (from >= to) return;
    const iv = this.#iv.fill(0);
    session.salt.copy(iv);
    for (let i = 0; i < 4; i += 1) iv[4 + i] = (iv[4 + i] ?? 0) ^ ((ssrc >>> (24 - 8 * i)) & 0xff);
    for (let i = 0, rest = index; i < 6; i += 1, rest = Math.floor(rest / 256))
      iv[13 - i] = (iv[13 - i] ?? 0) ^ (rest % 256);
    createCipheriv(this.#cipher, session.key, iv).update(data.subarray(from, to)).copy(data, from);
  }
}

/** Where the payload of an RTP packet begins; -1 when it is none. */
function headerEnd(data: Buffer, start: number, end: number): number {
  if (end - start < 12 || (data[start] ?? 0) >> 6 !== 2) return -1;
  const flags = data[start] ?? 0;
  let at = start + 12 + (flags & 0x0f) * 4;
  if (flags & 0x10) {
    if (at + 4 > end) return -1;
    at += 4 + 4 * data.readUInt16BE(at + 2);
  }
  return at > end ? -1 : at;
}
