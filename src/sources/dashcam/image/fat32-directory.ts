/**
 * Directories of FAT32 with their long names (FAT specification 1.03, sections 6 and 7), read although they are damaged.
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

const DELETED = 0xe5;
const ATTRIBUTE = { volume: 0x08, directory: 0x10, long: 0x0f } as const;
const PART = 13;
/** A long name of 255 characters. */
const MOST_PARTS = 20;

/** A piece of a long name in the slot that stands before the short entry. */
interface Part {
  readonly bytes: Buffer;
  /** 1 is the first piece; undefined when the slot is marked as deleted. */
  readonly ordinal: number | undefined;
  readonly last: boolean;
  readonly sum: number;
  readonly characters: readonly string[];
}

export function readFat32Directory(space: ClusterSpace, runs: Runs): DirectoryListing {
  const entries: DirectoryEntry[] = [];
  // The slots up to the one at hand: a piece of a name, or undefined for anything else.
  const before: (Part | undefined)[] = [];
  let junk = 0;
  let behindZero = 0;
  let zero = false;
  for (const slot of slotsOf(space, runs)) {
    const first = slot.bytes[0] ?? 0;
    const part = first === 0 ? undefined : longPart(slot.bytes);
    before.push(part);
    if (before.length > MOST_PARTS + 2) before.shift();
    if (first === 0) zero = true;
    if (first === 0 || part) continue;
    const entry = shortEntry(space, slot, before);
    if (entry === 'junk') junk += 1;
    if (entry === 'junk' || entry === 'none') continue;
    if (zero && !entry.deleted) behindZero += 1;
    entries.push(entry);
    before.length = 0;
  }
  return { entries, junk, behindZero };
}

function longPart(slot: Buffer): Part | undefined {
  if (((slot[11] ?? 0) & 0x3f) !== ATTRIBUTE.long || slot[12] !== 0 || slot.readUInt16LE(26) !== 0) return undefined;
  const first = slot[0] ?? 0;
  const deleted = first === DELETED;
  const ordinal = first & 0x1f;
  if (!deleted && ((first & 0xa0) !== 0 || ordinal < 1 || ordinal > MOST_PARTS)) return undefined;
  const units = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30].map((at) => slot.readUInt16LE(at));
  const end = units.indexOf(0);
  const characters = units.slice(0, end < 0 ? PART : end).map((unit) => String.fromCharCode(unit));
  return {
    bytes: slot,
    ordinal: deleted ? undefined : ordinal,
    last: deleted ? end >= 0 : (first & 0x40) !== 0,
    sum: slot[13] ?? 0,
    characters,
  };
}

function shortEntry(
  space: ClusterSpace,
  { bytes: slot, place }: Slot,
  before: readonly (Part | undefined)[],
): DirectoryEntry | 'junk' | 'none' {
  const attributes = slot[11] ?? 0;
  const deleted = slot[0] === DELETED;
  const start = slot.readUInt16LE(20) * 0x10000 + slot.readUInt16LE(26);
  const bytes = slot.readUInt32LE(28);
  const directory = (attributes & ATTRIBUTE.directory) !== 0;
  if (!isPlausible(space, slot, attributes, start, bytes)) return deleted ? 'none' : 'junk';
  if ((attributes & ATTRIBUTE.volume) !== 0 || slot[0] === 0x2e) return 'none';
  const { name, traces, parts } = nameOf(slot, deleted, before);
  return {
    name,
    traces,
    directory,
    start,
    bytes: directory ? 0 : bytes,
    validBytes: directory ? 0 : bytes,
    contiguous: false,
    deleted,
    sumWrong: false,
    place,
    bits: Buffer.concat([...parts.map((part) => part.bytes), slot]),
    modified: dosTime(slot.readUInt16LE(24), slot.readUInt16LE(22)),
  };
}

/** Whether a slot is what a car or a computer writes: of 100,000,000 random ones none is. */
function isPlausible(space: ClusterSpace, slot: Buffer, attributes: number, start: number, bytes: number): boolean {
  if ((attributes & 0xc0) !== 0 || ((slot[12] ?? 0) & ~0x18) !== 0) return false;
  if ((attributes & ATTRIBUTE.volume) !== 0) return bytes === 0 && start === 0;
  for (let at = 0; at < 11; at += 1) {
    const byte = slot[at] ?? 0;
    if (at === 0 && (byte === DELETED || byte === 5)) continue;
    if (byte < 0x20 || byte === 0x7f || '"*+,/:;<=>?[\\]|'.includes(String.fromCharCode(byte))) return false;
    if (at === 0 && byte === 0x20) return false;
  }
  if (start !== 0 && !isCluster(space, start)) return false;
  if ((attributes & ATTRIBUTE.directory) !== 0 && bytes !== 0) return false;
  if (Math.ceil(bytes / space.clusterBytes) > space.clusters) return false;
  const date = slot.readUInt16LE(24);
  return date === 0 || dosTime(date, slot.readUInt16LE(22)) !== undefined;
}

/** Section 7.2: a checksum of the short name stands in each piece of the long one. */
function shortSum(short: Buffer): number {
  let sum = 0;
  for (const byte of short) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
}

function nameOf(
  slot: Buffer,
  deleted: boolean,
  before: readonly (Part | undefined)[],
): { readonly name: string; readonly traces: NameTraces | undefined; readonly parts: readonly Part[] } {
  const eleven = Buffer.from(slot.subarray(0, 11));
  // The last one is the slot at hand itself.
  const nearest = before.at(-2);
  // Of a deleted entry the first character is lost; the long name still has it.
  if (deleted) eleven[0] = (nearest?.characters[0] ?? '_').toUpperCase().charCodeAt(0) & 0xff;
  const sum = shortSum(eleven);
  const short = shortName(eleven, slot[12] ?? 0);
  const characters: (string | undefined)[] = [];
  const parts: Part[] = [];
  let closed = false;
  const fits = (index: number): Part | undefined => {
    const part = before[before.length - 1 - index];
    return part && part.sum === sum && (part.ordinal === undefined || part.ordinal === index) ? part : undefined;
  };
  for (let index = 1; index <= MOST_PARTS && !closed; index += 1) {
    const part = fits(index);
    if (part) {
      parts.unshift(part);
      characters.push(...part.characters);
      closed = part.last;
    } else if (fits(index + 1)) characters.push(...Array.from({ length: PART }, () => undefined));
    else break;
  }
  if (parts.length === 0) return { name: short, traces: undefined, parts };
  const whole = closed && !characters.includes(undefined);
  const name = characters.map((one) => one ?? LOST).join('') + (closed ? '' : LOST);
  return { name, traces: whole ? undefined : { characters, closed, short }, parts };
}

/** @param flags bits 3 and 4: base and extension are in lower case */
function shortName(eleven: Buffer, flags: number): string {
  const text = eleven.toString('latin1');
  const base = text.slice(0, 8).trimEnd();
  const extension = text.slice(8).trimEnd();
  const lower = (value: string, bit: number): string => ((flags & bit) !== 0 ? value.toLowerCase() : value);
  return lower(base, 8) + (extension === '' ? '' : `.${lower(extension, 16)}`);
}
