/** Looking things up in lists that are sorted by time. Pure. */

interface Timed {
  readonly time: number;
}

/** Index of the last item for which `key` is at most `value`; −1: none. `key` must not fall along the list. */
export function lastAtMost<T>(list: readonly T[], value: number, key: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item !== undefined && key(item) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const timeOf = (item: Timed): number => item.time;

/** The newest item that is not younger than `time`; where there is none, the first, if it is at most `grace` younger. */
export function latest<T extends Timed>(list: readonly T[], time: number, grace: number): T | null {
  const index = lastAtMost(list, time, timeOf);
  if (index >= 0) return list[index] ?? null;
  const first = list[0];
  return first && first.time - time <= grace ? first : null;
}

/** The items on both sides of `time`, and how far from the first to the second it is (0 to 1). */
export function around<T extends Timed>(
  list: readonly T[],
  time: number,
): { readonly before: T | null; readonly after: T | null; readonly part: number } {
  const index = lastAtMost(list, time, timeOf);
  const before = list[index] ?? null;
  const after = list[index + 1] ?? null;
  const part = before && after && after.time > before.time ? (time - before.time) / (after.time - before.time) : 0;
  return { before, after, part };
}

export const mix = (one: number, other: number, part: number): number => one + (other - one) * part;

/** Item by item; as long as the shorter one. */
export function mixArrays(one: Float32Array, other: Float32Array, part: number): Float32Array {
  const length = Math.min(one.length, other.length);
  const mixed = new Float32Array(length);
  for (let index = 0; index < length; index++) mixed[index] = mix(one[index] ?? 0, other[index] ?? 0, part);
  return mixed;
}
