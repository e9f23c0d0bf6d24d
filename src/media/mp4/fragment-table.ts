/**
 * The index at the end of a finished segment: `mfra` (ISO/IEC 14496-12 section 8.8.9) with a `tfra` of the key frames for other players,
 * a table of every fragment for ourselves, and `mfro`, whose last four bytes lead back to the start.
 */
import { InputError } from '../../base/errors.ts';
import type { SegmentReport } from '../../contract/recorder.ts';
import { box, boxes, fullBox, getU64, needBytes, putU64, u32, uuidBox, uuidBytes, VIDEO_TRACK } from './box.ts';
import { CHECK_BYTES } from './fragment.ts';

export type SegmentEnd = SegmentReport['ended'];

/** One fragment of a segment. Times are 90 kHz ticks after the segment's first picture. */
export interface FragmentEntry {
  /** Of its first byte in the file. */
  readonly offset: number;
  /** Up to the first byte of the next. */
  readonly bytes: number;
  /** When its first picture is shown. */
  readonly time: number;
  readonly durationTicks: number;
  /** UTC ms of its first picture. */
  readonly wall: number;
  /** Its first picture is a key frame. */
  readonly key: boolean;
  /** Pictures in it. */
  readonly frames: number;
  /** Some of its times are by arrival: the camera's stood still or jumped. */
  readonly timing?: 'arrival';
  /** Packets that were lost on the way; 16383 stands for that many and more. */
  readonly lost?: number;
}

export interface FragmentTable {
  readonly ended: SegmentEnd;
  /** From the first picture to the end of the last. */
  readonly durationTicks: number;
  /** How many ms later (or earlier) than its media says the next segment of the run begins, because the time of day is slewed. */
  readonly stretchMs?: number;
  readonly frames: number;
  readonly fragments: readonly FragmentEntry[];
}

/** What is marked in any fragment. */
export function marksOf(fragments: readonly FragmentEntry[]): { timing?: 'arrival'; lost?: number } {
  const lost = fragments.reduce((sum, fragment) => sum + (fragment.lost ?? 0), 0);
  return {
    ...(fragments.some((fragment) => fragment.timing === 'arrival') ? { timing: 'arrival' } : {}),
    ...(lost > 0 ? { lost } : {}),
  };
}

const TABLE_UUID = uuidBytes('4de3d3df-9ec6-41a9-805c-73ba7e577378');
/** A fragment takes this many bytes of the table. */
const ENTRY_BYTES = 36;
const HEAD_BYTES = 20;
/** Flags of a fragment; above them stands how many packets were lost. */
const KEY = 1;
const ARRIVAL = 2;
const LOST_SHIFT = 2;
const MOST_LOST = 0x3fff;
/** More than ten hours of five fragments a second. */
export const MAX_FRAGMENTS = 200_000;
export const MAX_INDEX_BYTES = MAX_FRAGMENTS * (ENTRY_BYTES + 19) + 1000;

/** The order is part of the format: add only at the end. */
const ends: readonly SegmentEnd[] = ['rotate', 'early', 'stop', 'stall', 'disconnect', 'change', 'crash'];

/** The `mfra` box that closes a segment. */
export function indexBox(table: FragmentTable): Buffer {
  const body = Buffer.alloc(HEAD_BYTES + table.fragments.length * ENTRY_BYTES);
  body.writeUInt8(1, 0);
  body.writeUInt8(ends.indexOf(table.ended), 1);
  body.writeInt16BE(Math.max(-0x8000, Math.min(0x7fff, table.stretchMs ?? 0)), 2);
  body.writeUInt32BE(table.frames, 4);
  putU64(body, table.durationTicks, 8);
  body.writeUInt32BE(table.fragments.length, 16);
  let at = HEAD_BYTES;
  for (const entry of table.fragments) {
    putU64(body, entry.offset, at);
    body.writeUInt32BE(entry.bytes, at + 8);
    putU64(body, Math.max(0, entry.time), at + 12);
    body.writeUInt32BE(entry.durationTicks, at + 20);
    body.writeUInt16BE(Math.min(entry.frames, 0xffff), at + 24);
    const flags = (entry.key ? KEY : 0) | (entry.timing === 'arrival' ? ARRIVAL : 0);
    body.writeUInt16BE(flags | (Math.min(entry.lost ?? 0, MOST_LOST) << LOST_SHIFT), at + 26);
    putU64(body, entry.wall, at + 28);
    at += ENTRY_BYTES;
  }
  const inner = Buffer.concat([randomAccess(table.fragments), uuidBox(TABLE_UUID, body)]);
  return box('mfra', inner, fullBox('mfro', 0, 0, u32(8 + inner.length + 16)));
}

/** `tfra`, version 1 (section 8.8.10): one entry per key frame; sample, run and track fragment are the first each. */
function randomAccess(fragments: readonly FragmentEntry[]): Buffer {
  const keys = fragments.filter((entry) => entry.key);
  const entries = Buffer.alloc(keys.length * 19);
  keys.forEach((entry, index) => {
    putU64(entries, Math.max(0, entry.time), index * 19);
    putU64(entries, entry.offset + 2 * CHECK_BYTES, index * 19 + 8);
    entries.fill(1, index * 19 + 16, index * 19 + 19);
  });
  return fullBox('tfra', 1, 0, u32(VIDEO_TRACK, 0, keys.length), entries);
}

/**
 * Reads the body of an `mfra` box back.
 * @returns undefined when it holds no table of ours.
 * @throws InputError when the table contradicts itself, or does not fill exactly the bytes from `first` to `end`.
 */
export function parseIndex(body: Buffer, name: string, first: number, end: number): FragmentTable | undefined {
  for (const found of boxes(body, name)) {
    if (found.type !== 'uuid' || !found.body.subarray(0, 16).equals(TABLE_UUID)) continue;
    return parseTable(found.body.subarray(16), name, first, end);
  }
  return undefined;
}

function parseTable(body: Buffer, name: string, first: number, end: number): FragmentTable {
  needBytes(body, HEAD_BYTES, 'fragment table', name);
  const ended = ends[body.readUInt8(1)];
  const count = body.readUInt32BE(16);
  if (
    body.readUInt8(0) !== 1 ||
    ended === undefined ||
    count > MAX_FRAGMENTS ||
    body.length !== HEAD_BYTES + count * ENTRY_BYTES
  )
    throw new InputError(name, 'its fragment table is not one that this version can read');
  const fragments: FragmentEntry[] = [];
  let expected = first;
  for (let at = HEAD_BYTES; at < body.length; at += ENTRY_BYTES) {
    const flags = body.readUInt16BE(at + 26);
    const lost = flags >> LOST_SHIFT;
    const entry = {
      offset: getU64(body, at, name),
      bytes: body.readUInt32BE(at + 8),
      time: getU64(body, at + 12, name),
      durationTicks: body.readUInt32BE(at + 20),
      wall: getU64(body, at + 28, name),
      key: (flags & KEY) !== 0,
      frames: body.readUInt16BE(at + 24),
      ...(flags & ARRIVAL ? { timing: 'arrival' as const } : {}),
      ...(lost > 0 ? { lost } : {}),
    };
    if (entry.offset !== expected) throw new InputError(name, 'its fragment table does not match its fragments');
    expected += entry.bytes;
    fragments.push(entry);
  }
  if (expected !== end) throw new InputError(name, 'its fragment table does not match its length');
  const stretchMs = body.readInt16BE(2);
  const frames = body.readUInt32BE(4);
  return { ended, durationTicks: getU64(body, 8, name), ...(stretchMs === 0 ? {} : { stretchMs }), frames, fragments };
}
