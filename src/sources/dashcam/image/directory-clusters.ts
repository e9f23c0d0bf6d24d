/**
 * Which clusters of a directory are a directory's: after a power cut the table may have given them to a clip, and the directory's entry knows nothing of it.
 */
import { type ClusterSpace, readCluster } from './cluster-space.ts';
import type { TreeDirectory } from './tree.ts';

const SLOT = 32;
/** exFAT: types of entries, in use or deleted (exFAT specification, section 6.3). */
const TYPES = new Set([0x01, 0x02, 0x03, 0x05, 0x20, 0x40, 0x41, 0x60, 0x61]);

/**
 * Clusters that a directory may have lost: all of one without entries, and of another those from the first on that holds something else. They are given
 * to nobody without a proof.
 * @param runs as entry and table say
 */
export function doubtfulClusters(space: ClusterSpace, { runs, entries }: TreeDirectory): number[] {
  const clusters = [...runs];
  if (entries === 0) return clusters;
  const first = clusters.findIndex((cluster) => !canBeDirectory(space, readCluster(space, cluster)));
  return first < 0 ? [] : clusters.slice(first);
}

/** By its first slot: behind the end of a clip old slots may be left. Zeros can. */
function canBeDirectory({ kind }: ClusterSpace, bytes: Buffer): boolean {
  const slot = bytes.subarray(0, SLOT);
  return slot.every((byte) => byte === 0) || (kind === 'exfat' ? isExfatSlot(slot) : isFatSlot(slot));
}

function isExfatSlot(slot: Buffer): boolean {
  const [type = 0, count = 0] = slot;
  if (!TYPES.has(type & 0x7f)) return false;
  if ((type & 0x7f) === 0x05) return count >= 2 && count <= 18;
  // A name is of characters of at most two bytes, the second of which is nearly always zero.
  return (type & 0x7f) !== 0x41 || slot[3] === 0;
}

function isFatSlot(slot: Buffer): boolean {
  const attributes = slot[11] ?? 0;
  if (attributes === 0x0f) return slot[12] === 0 && slot[26] === 0 && slot[27] === 0;
  if ((attributes & 0xc0) !== 0) return false;
  return slot.subarray(1, 11).every((byte) => byte >= 0x20 && byte < 0x7f);
}
