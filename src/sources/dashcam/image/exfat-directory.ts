/**
 * Directories of exFAT (Microsoft exFAT specification 1.00, sections 6 and 7), read although they are damaged.
 */
import { type ClusterSpace, isCluster } from './cluster-space.ts';
import {
  type DirectoryEntry,
  type DirectoryListing,
  dosTime,
  LOST,
  type NameTraces,
  type Slot,
  slotsOf,
} from './directory-entry.ts';
import type { Runs } from './runs.ts';

const TYPE = { bitmap: 0x81, upcase: 0x82, label: 0x83, file: 0x85, stream: 0xc0, name: 0xc1 } as const;
/** Entry types that are read over: GUID, vendor extensions and what later versions may bring as benign secondaries. */
const KNOWN = new Set<number>([...Object.values(TYPE), 0xa0, 0xe0, 0xe1]);
const IN_USE = 0x80;
const PART = 15;
const DIRECTORY = 0x10;

interface ClustersOf {
  readonly start: number;
  readonly bytes: number;
}

export interface ExfatListing extends DirectoryListing {
  /** Only in the root directory. */
  readonly bitmap: ClustersOf | undefined;
  /** Bitmaps and table of capitals. */
  readonly system: readonly ClustersOf[];
  readonly label: string;
}

export function readExfatDirectory(space: ClusterSpace, runs: Runs): ExfatListing {
  const slots = [...slotsOf(space, runs)];
  const entries: DirectoryEntry[] = [];
  const system: ClustersOf[] = [];
  let bitmap: ClustersOf | undefined;
  let label = '';
  let junk = 0;
  let behindZero = 0;
  let zero = false;
  for (let at = 0; at < slots.length; ) {
    const slot = slots[at];
    if (!slot) break;
    const type = slot.bytes[0] ?? 0;
    if (type === 0) zero = true;
    if ((type === TYPE.bitmap || type === TYPE.upcase) && system.length < 4) {
      const clusters = { start: slot.bytes.readUInt32LE(20), bytes: safe(slot.bytes, 24) };
      system.push(clusters);
      if (type === TYPE.bitmap) bitmap ??= clusters;
    }
    if (type === TYPE.label) label = slot.bytes.toString('utf16le', 2, 2 + Math.min(11, slot.bytes[1] ?? 0) * 2);
    const set = setAt(space, slots, at);
    if (set) {
      entries.push(set.entry);
      if (zero && !set.entry.deleted) behindZero += 1;
      at += set.slots;
      continue;
    }
    if (type >= IN_USE && (!KNOWN.has(type) || type === TYPE.file || type >= TYPE.stream)) junk += 1;
    at += 1;
  }
  return { entries, junk, behindZero, bitmap, system, label };
}

interface EntrySet {
  readonly entry: DirectoryEntry;
  /** How many slots it takes. */
  readonly slots: number;
}

/** The entry set that begins at slot `at`, also one that is marked as deleted, or whose first slot is lost. */
function setAt(space: ClusterSpace, slots: readonly Slot[], at: number): EntrySet | undefined {
  const first = slots[at];
  if (!first) return undefined;
  const type = first.bytes[0] ?? 0;
  const deleted = (type & IN_USE) === 0;
  const kind = type | IN_USE;
  if (kind !== TYPE.file && kind !== TYPE.stream) return undefined;
  const headless = kind === TYPE.stream;
  const streamAt = headless ? at : at + 1;
  const stream = slots[streamAt]?.bytes;
  if (!stream || ((stream[0] ?? 0) | IN_USE) !== TYPE.stream) return undefined;
  const flags = stream[1] ?? 0;
  const length = stream[3] ?? 0;
  const start = stream.readUInt32LE(20);
  const bytes = safe(stream, 24);
  const parts = Math.ceil(length / PART);
  if ((flags & ~3) !== 0 || length === 0 || (start !== 0 && !isCluster(space, start))) return undefined;
  if (Math.ceil(bytes / space.clusterBytes) > space.clusters) return undefined;
  if (!headless && first.bytes[1] !== parts + 1 && !sumOf(restored(slots, at, (first.bytes[1] ?? 0) + 1)).right)
    return undefined;

  const set = restored(slots, at, streamAt - at + 1 + parts);
  const { name, traces, taken } = nameOf(slots, streamAt + 1, length, parts);
  const sum = sumOf(set);
  const sumWrong = headless || !sum.right;
  // A set of which nothing agrees is a chance find in junk.
  const hashed = traces === undefined && nameHash(name) === stream.readUInt16LE(4);
  if (sumWrong && !hashed && traces === undefined) return undefined;
  if (sumWrong && traces !== undefined && (headless || taken === 0)) return undefined;
  const attributes = headless ? 0x20 : first.bytes.readUInt16LE(4);
  const entry: DirectoryEntry = {
    name,
    traces: traces && { ...traces, agrees: (whole) => agrees(set, streamAt - at, stream.readUInt16LE(4), whole) },
    directory: (attributes & DIRECTORY) !== 0,
    start,
    bytes,
    validBytes: Math.min(bytes, safe(stream, 8)),
    contiguous: (flags & 2) !== 0,
    deleted,
    sumWrong,
    place: first.place,
    bits: set,
    modified: headless ? undefined : dosTime(first.bytes.readUInt16LE(14), first.bytes.readUInt16LE(12)),
  };
  return { entry, slots: streamAt - at + 1 + taken };
}

/** The slots of a set as one piece, with the mark of being in use set again. */
function restored(slots: readonly Slot[], at: number, count: number): Buffer {
  const set = Buffer.alloc(count * 32);
  for (let index = 0; index < count; index += 1) {
    const slot = slots[at + index]?.bytes;
    if (!slot) continue;
    slot.copy(set, index * 32);
    if (slot[0] !== 0) set[index * 32] = (slot[0] ?? 0) | IN_USE;
  }
  return set;
}

/** Section 6.3.3. */
function sumOf(set: Buffer): { readonly sum: number; readonly right: boolean } {
  let sum = 0;
  for (const [index, byte] of set.entries()) {
    if (index === 2 || index === 3) continue;
    sum = ((((sum & 1) << 15) | (sum >> 1)) + byte) & 0xffff;
  }
  return { sum, right: set.length >= 4 && set.readUInt16LE(2) === sum };
}

/** Section 7.6.4, with the capitals of ASCII: the names of clips and folders have no others. */
function nameHash(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name.toUpperCase(), 'utf16le'))
    hash = ((((hash & 1) << 15) | (hash >> 1)) + byte) & 0xffff;
  return hash;
}

function nameOf(
  slots: readonly Slot[],
  from: number,
  length: number,
  parts: number,
): { readonly name: string; readonly traces: NameTraces | undefined; readonly taken: number } {
  const characters: (string | undefined)[] = [];
  let taken = 0;
  for (let part = 0; part < parts; part += 1) {
    const slot = slots[from + part]?.bytes;
    const known = slot && ((slot[0] ?? 0) | IN_USE) === TYPE.name;
    // A lost piece is passed over, but never the beginning of the next set.
    const next = slot && (((slot[0] ?? 0) | IN_USE) === TYPE.file || ((slot[0] ?? 0) | IN_USE) === TYPE.stream);
    if (next && taken === part) {
      for (let left = part; left < parts; left += 1) characters.push(...Array.from({ length: PART }, () => undefined));
      break;
    }
    for (let at = 0; at < PART; at += 1)
      characters.push(known ? String.fromCharCode(slot.readUInt16LE(2 + at * 2)) : undefined);
    taken = part + 1;
  }
  characters.length = length;
  const whole = !characters.includes(undefined);
  return {
    name: characters.map((one) => one ?? LOST).join(''),
    traces: whole ? undefined : { characters, closed: true },
    taken,
  };
}

/** Whether a set with this name in it has the checksum that it keeps, and the name its hash. */
function agrees(set: Buffer, streamAt: number, hash: number, name: string): boolean {
  if (nameHash(name) !== hash) return false;
  // Without its first slot there is no checksum; and one that is right as it is was made when the name was lost already.
  if (streamAt === 0 || sumOf(set).right) return true;
  const filled = Buffer.from(set);
  const text = Buffer.from(name, 'utf16le');
  for (let at = 0, slot = streamAt + 1; at < text.length; at += PART * 2, slot += 1) {
    if (slot * 32 + 32 > filled.length) return false;
    filled.fill(0, slot * 32, slot * 32 + 32);
    filled[slot * 32] = TYPE.name;
    text.copy(filled, slot * 32 + 2, at, Math.min(text.length, at + PART * 2));
  }
  return sumOf(filled).right;
}

/** 64 bits as a number; what is too large for any image is that. */
function safe(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
