/** Copies of short rows: four bytes at a time, without the two views that a copy by the runtime needs (they cost as much as 500 bytes). Pure. */

/** Bytes, and the same as words where they begin at a multiple of four. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array | undefined;
}

export function bytesOf(bytes: Uint8Array): Bytes {
  const aligned = (bytes.byteOffset & 3) === 0;
  return {
    bytes,
    words: aligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : undefined,
  };
}

export function copyBytes(to: Bytes, at: number, from: Bytes, begin: number, count: number): void {
  let [target, source] = [at, begin];
  const end = begin + count;
  const { bytes, words } = to;
  const { bytes: fromBytes, words: fromWords } = from;
  if (words && fromWords && ((at - begin) & 3) === 0) {
    while (source < end && (source & 3) !== 0) bytes[target++] = fromBytes[source++] ?? 0;
    const last = end >> 2;
    let out = target >> 2;
    for (let word = source >> 2; word < last; word++) words[out++] = fromWords[word] ?? 0;
    if (source < last * 4) {
      target += last * 4 - source;
      source = last * 4;
    }
  } else if (count > LONG) {
    bytes.set(fromBytes.subarray(begin, end), at);
    return;
  }
  while (source < end) bytes[target++] = fromBytes[source++] ?? 0;
}

const LONG = 256;
