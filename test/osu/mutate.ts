/** Damage of every kind, the same for the same seed. */

/** Mulberry32: numbers from 0 to 1. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Numbers that break readers. */
const WORDS = ['0', '-1', '2147483648', '1e308', '-1e9', 'NaN', '', '|', '999999', '0.0000001', '131072', '9000'];

export function mutate(bytes: Uint8Array, seed: number): Buffer {
  const random = randomOf(seed);
  const at = (length: number): number => Math.floor(random() * Math.max(1, length));
  let out = Buffer.from(bytes);
  for (let i = 1 + at(6); i > 0; i--) {
    const place = at(out.length);
    const kind = at(6);
    if (kind === 0) out[place] = at(256);
    else if (kind === 1) out = Buffer.from(out.subarray(0, place));
    else if (kind === 2) out = Buffer.concat([out.subarray(0, place), out.subarray(place + at(40))]);
    else if (kind === 3)
      out = Buffer.concat([out.subarray(0, place), out.subarray(place, place + at(400)), out.subarray(place)]);
    else if (kind === 4) out.fill(at(2) * 255, place, Math.min(out.length, place + 8));
    else out = replaceNumber(out, place, WORDS[at(WORDS.length)] ?? '0');
  }
  return out;
}

function replaceNumber(bytes: Buffer, from: number, word: string): Buffer<ArrayBuffer> {
  const isDigit = (i: number): boolean => (bytes[i] ?? 0) >= 0x30 && (bytes[i] ?? 0) <= 0x39;
  let start = from;
  while (start < bytes.length && !isDigit(start)) start++;
  let end = start;
  while (end < bytes.length && isDigit(end)) end++;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(word), bytes.subarray(end)]);
}
