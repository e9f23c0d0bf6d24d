/** LZMA without any compression: every byte as a literal. Enough to make replays. */

const TOP = 2 ** 24;
const HEAD = 13;

/** @param claimed length in the head; the true one unless a test wants another, -1 for a stream that ends by its mark (which is not written) */
export function packLzma(bytes: Uint8Array, claimed: number = bytes.length): Uint8Array {
  const out: number[] = [];
  let low = 0n;
  let range = 0xffff_ffff;
  let cache = 0;
  let pending = 1;
  const shiftLow = (): void => {
    if (low < 0xff00_0000n || low > 0xffff_ffffn) {
      const carry = Number(low >> 32n);
      do {
        out.push((cache + carry) & 0xff);
        cache = 0xff;
      } while (--pending > 0);
      cache = Number((low >> 24n) & 0xffn);
    }
    pending++;
    low = (low & 0x00ff_ffffn) << 8n;
  };
  const bit = (model: Uint16Array, index: number, value: number): void => {
    const probability = model[index] ?? 1024;
    const bound = (range >>> 11) * probability;
    if (value === 0) {
      range = bound;
      model[index] = probability + ((2048 - probability) >> 5);
    } else {
      low += BigInt(bound);
      range -= bound;
      model[index] = probability - (probability >> 5);
    }
    while (range < TOP) {
      range = (range << 8) >>> 0;
      shiftLow();
    }
  };
  const isMatch = new Uint16Array(16).fill(1024);
  const literals = new Uint16Array(0x300 << 3).fill(1024);
  bytes.forEach((byte, i) => {
    bit(isMatch, i & 3, 0);
    const at = 0x300 * ((bytes[i - 1] ?? 0) >> 5);
    let symbol = 1;
    for (let k = 7; k >= 0; k--) {
      const value = (byte >> k) & 1;
      bit(literals, at + symbol, value);
      symbol = (symbol << 1) | value;
    }
  });
  for (let i = 0; i < 5; i++) shiftLow();
  const head = Buffer.alloc(HEAD);
  head[0] = 0x5d;
  head.writeUInt32LE(1 << 21, 1);
  head.writeBigInt64LE(BigInt(claimed), 5);
  return Buffer.concat([head, Buffer.from(out)]);
}
