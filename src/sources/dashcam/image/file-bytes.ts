/**
 * The bytes of a file that lies in clusters.
 */
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { ClusterSpace } from './cluster-space.ts';
import type { Runs } from './runs.ts';

/** Where a file's bytes are in the image, in pieces as large as its runs allow. */
export function* placesOf(
  space: ClusterSpace,
  runs: Runs,
  offset: number,
  length: number,
): Generator<{ readonly place: number; readonly length: number }> {
  let skip = offset;
  let left = length;
  for (const { start, count } of runs.pairs()) {
    if (left <= 0) return;
    const bytes = count * space.clusterBytes;
    if (skip >= bytes) {
      skip -= bytes;
      continue;
    }
    const take = Math.min(bytes - skip, left);
    yield { place: space.placeOf(start) + skip, length: take };
    left -= take;
    skip = 0;
  }
}

/** A few bytes at once, synchronously: for heads of boxes. Fewer where the clusters end. */
export function peek(space: ClusterSpace, runs: Runs, offset: number, length: number): Buffer {
  const parts = [...placesOf(space, runs, offset, length)].map((part) => space.image.direct(part.place, part.length));
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

/** A file as everybody reads files. @param bytes its length */
export function fileReader(space: ClusterSpace, runs: Runs, bytes: number, name: string): RandomReader {
  return {
    name,
    size: bytes,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, bytes - offset));
      const parts: Buffer[] = [];
      for (const part of placesOf(space, runs, offset, wanted))
        parts.push(await space.image.read(part.place, part.length));
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    },
    async readInto(target, offset) {
      const wanted = Math.max(0, Math.min(target.length, bytes - offset));
      let done = 0;
      for (const part of placesOf(space, runs, offset, wanted)) {
        await space.image.readInto(target.subarray(done, done + part.length), part.place);
        done += part.length;
      }
      return done;
    },
  };
}
