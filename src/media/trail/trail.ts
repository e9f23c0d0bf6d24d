/**
 * Follows an MP4 piece by piece (cluster by cluster of a drive, or in blocks of a file) and says whether each piece can be what comes next.
 *
 * What a piece is measured by: sizes of boxes, lengths and heads of NAL units, bytes that cannot stand inside of a NAL unit, and the sequence
 * numbers of telemetry. A trail is a value: following it leaves the old one as it was, so that several pieces can be tried after one.
 */
import type { VideoCodec } from '../bitstream/nal.ts';
import { readTeslaSei } from '../bitstream/tesla-sei.ts';
import { impossibleInside, NAL_HEAD, nalHeadAt } from './nal-header.ts';

export interface Trail {
  /** Bytes followed so far. */
  readonly position: number;
  /** Where the next box or NAL unit begins. */
  readonly next: number;
  /** Bytes from `next` on that were not enough to read its head. */
  readonly carry: Buffer;
  /** What stands at `next`. */
  readonly inside: 'file' | 'movie' | 'video' | 'data';
  /** Ends of the boxes around `next` in a `moov`, outermost first. */
  readonly around: readonly number[];
  /** End of the `mdat`; Infinity when its header does not say (a recording that was never closed). */
  readonly dataEnd: number;
  readonly codec: VideoCodec | undefined;
  readonly hasData: boolean;
  readonly hasMovie: boolean;
  /** First and last sequence number of telemetry. */
  readonly firstSequence: number | undefined;
  readonly sequence: number | undefined;
  /** Pictures begun. */
  readonly pictures: number;
  /** Everything before this byte is proven: a whole box or NAL unit ends here. */
  readonly proven: number;
  /** Length of the whole file, once `mdat` and `moov` have been passed. */
  readonly whole: number | undefined;
}

export interface Step {
  readonly trail: Trail;
  /** Heads in this piece that stood where they had to. */
  readonly proofs: number;
  /** Where in the file the piece cannot be right, and why. */
  readonly broken: { readonly at: number; readonly reason: string } | undefined;
  /** The file is whole, and what follows in the piece does not belong to it. */
  readonly ended: boolean;
}

const EMPTY = Buffer.alloc(0);

export const newTrail: Trail = {
  position: 0,
  next: 0,
  carry: EMPTY,
  inside: 'file',
  around: [],
  dataEnd: 0,
  codec: undefined,
  hasData: false,
  hasMovie: false,
  firstSequence: undefined,
  sequence: undefined,
  pictures: 0,
  proven: 0,
  whole: undefined,
};

const FIRST_BOXES = new Set(['ftyp']);
const FILE_BOXES = new Set(['mdat', 'moov', 'free', 'skip', 'wide', 'udta', 'uuid', 'meta', 'pnot']);
/** What may still come when data and movie are there. */
const LATE_BOXES = new Set(['free', 'skip', 'udta', 'uuid', 'meta']);
const CONTAINERS = new Set(['trak', 'mdia', 'minf', 'stbl', 'edts', 'dinf', 'udta', 'mvex']);
const MOST_MOVIE = 1 << 28;
const MOST_DEPTH = 12;
/** Pictures between two telemetry messages of one recording: five seconds. */
const MOST_SKIPPED = 180;
const SEI_WINDOW = 512;

type Draft = { -readonly [Name in keyof Trail]: Trail[Name] };

/** What the trail is after `piece`. A broken trail is to be left: try another piece after the old one. */
export function follow(trail: Trail, piece: Buffer): Step {
  const bytes = trail.carry.length === 0 ? piece : Buffer.concat([trail.carry, piece]);
  const origin = trail.position - trail.carry.length;
  const end = trail.position + piece.length;
  const draft: Draft = { ...trail, carry: EMPTY, position: end };
  let proofs = 0;
  const stop = (at: number, reason: string): Step => ({ trail, proofs, broken: { at, reason }, ended: false });

  // The rest of the NAL unit that the last piece began.
  if (trail.inside === 'video' && trail.next > trail.position) {
    const wrong = impossibleInside(bytes, trail.position - origin, Math.min(trail.next, end) - origin);
    if (wrong >= 0) return stop(origin + wrong, 'these bytes cannot stand inside of a picture');
  }
  while (draft.next < end) {
    const at = draft.next - origin;
    const step = one(draft, bytes, at, end - origin);
    if (step === 'more') {
      draft.carry = Buffer.from(bytes.subarray(at));
      break;
    }
    if (step === 'end') return { trail: { ...draft, position: draft.next }, proofs, broken: undefined, ended: true };
    if (step !== 'fine') return stop(draft.next, step.reason);
    proofs += 1;
    if (draft.inside === 'video') {
      const wrong = impossibleInside(bytes, at + 4, Math.min(draft.next, end) - origin);
      if (wrong >= 0) return stop(origin + wrong, 'these bytes cannot stand inside of a picture');
    }
  }
  return { trail: draft, proofs, broken: undefined, ended: false };
}

/** How many whole pieces of this size lie inside of one picture, or of another thing without heads, before the next head. */
export function piecesBefore(trail: Trail, pieceBytes: number): number {
  if (trail.carry.length > 0 || trail.next <= trail.position) return 0;
  return Math.floor((trail.next - trail.position) / pieceBytes);
}

/** The trail behind so many of them, whatever is in them. */
export function passOver(trail: Trail, bytes: number): Trail {
  return { ...trail, position: trail.position + bytes };
}

/** Whether a piece can be the inside of a picture. */
export function canBeInside(piece: Buffer): boolean {
  return impossibleInside(piece, 0, piece.length) < 0;
}

type Taken = 'fine' | 'more' | 'end' | { readonly reason: string };

/** Reads the head at `at` and moves the draft behind what it stands for. */
function one(draft: Draft, bytes: Buffer, at: number, limit: number): Taken {
  switch (draft.inside) {
    case 'file':
      return fileBox(draft, bytes, at, limit);
    case 'movie':
      return movieBox(draft, bytes, at, limit);
    case 'video':
      return unit(draft, bytes, at, limit);
    case 'data':
      draft.inside = 'file';
      return fileBox(draft, bytes, at, limit);
  }
}

interface Head {
  readonly type: string;
  readonly size: number;
  readonly head: number;
}

function headAt(bytes: Buffer, at: number, limit: number): Head | undefined {
  if (at + 8 > limit) return undefined;
  const size = bytes.readUInt32BE(at);
  const type = bytes.toString('latin1', at + 4, at + 8);
  if (size !== 1) return { type, size, head: 8 };
  if (at + 16 > limit) return undefined;
  return { type, size: bytes.readUInt32BE(at + 8) * 2 ** 32 + bytes.readUInt32BE(at + 12), head: 16 };
}

function fileBox(draft: Draft, bytes: Buffer, at: number, limit: number): Taken {
  const box = headAt(bytes, at, limit);
  const done = draft.hasData && draft.hasMovie;
  if (!box) return limit - at < 16 ? 'more' : 'end';
  const allowed = draft.next === 0 ? FIRST_BOXES : done ? LATE_BOXES : FILE_BOXES;
  const endless = box.type === 'mdat' && (box.size === 0 || box.size === box.head);
  if (!allowed.has(box.type) || (!endless && box.size < box.head))
    return done ? 'end' : { reason: 'no box of an MP4 begins here' };
  const start = draft.next;
  if (box.type === 'mdat') {
    draft.hasData = true;
    draft.dataEnd = endless ? Number.POSITIVE_INFINITY : start + box.size;
    draft.inside = 'video';
    draft.next = start + box.head;
  } else if (box.type === 'moov') {
    if (box.size > MOST_MOVIE) return { reason: 'the moov box is too large' };
    draft.hasMovie = true;
    draft.inside = 'movie';
    draft.around = [start + box.size];
    draft.next = start + box.head;
  } else {
    if (box.size > MOST_MOVIE) return done ? 'end' : { reason: 'a box is too large' };
    draft.next = start + box.size;
    if (done) draft.whole = draft.next;
  }
  draft.proven = start;
  return 'fine';
}

function movieBox(draft: Draft, bytes: Buffer, at: number, limit: number): Taken {
  const around = draft.around;
  const parent = around.at(-1) ?? draft.next;
  const box = headAt(bytes, at, limit);
  if (!box) return 'more';
  if (box.size < box.head || draft.next + box.size > parent || !/^[\x20-\x7e\xa9]{4}$/.test(box.type))
    return { reason: 'a box inside of moov does not fit' };
  if (CONTAINERS.has(box.type) && around.length < MOST_DEPTH && box.size >= box.head + 8) {
    draft.around = [...around, draft.next + box.size];
    draft.next += box.head;
  } else draft.next += box.size;
  close(draft);
  return 'fine';
}

/** Leaves every box of the movie that ends where the draft stands. */
function close(draft: Draft): void {
  const open = [...draft.around];
  while (open.length > 0 && draft.next === open.at(-1)) open.pop();
  draft.around = open;
  if (open.length > 0) return;
  draft.inside = 'file';
  draft.proven = draft.next;
  if (draft.hasData) draft.whole = draft.next;
}

function unit(draft: Draft, bytes: Buffer, at: number, limit: number): Taken {
  if (draft.next >= draft.dataEnd) {
    draft.inside = 'file';
    return draft.next === draft.dataEnd ? fileBox(draft, bytes, at, limit) : { reason: 'a picture crosses its end' };
  }
  const room = Math.min(limit - at, draft.dataEnd - draft.next);
  if (room < NAL_HEAD && limit - at < NAL_HEAD) return 'more';
  if (draft.dataEnd === Number.POSITIVE_INFINITY) {
    const box = headAt(bytes, at, limit);
    if (box && box.type === 'moov' && box.size > 100) {
      draft.inside = 'file';
      return fileBox(draft, bytes, at, limit);
    }
  }
  if (at > 0 && draft.pictures > 0 && bytes[at - 1] === 0) return { reason: 'a picture ends in a zero byte' };
  const codec = draft.codec ?? codecAt(bytes, at);
  const head = codec && nalHeadAt(codec, bytes, at);
  if (!codec || !head || draft.next + 4 + head.length > draft.dataEnd) {
    // Data of another kind (the car's own mp4v preview): only its length is known.
    if (draft.pictures === 0 && Number.isFinite(draft.dataEnd)) {
      draft.inside = 'data';
      draft.next = draft.dataEnd;
      return 'fine';
    }
    return { reason: 'no picture begins where the last one ends' };
  }
  if (codec === 'h264' && head.type === 6) {
    const length = 4 + head.length;
    if (length <= SEI_WINDOW && limit - at < length) return 'more';
    const telemetry = length <= SEI_WINDOW ? readTeslaSei(bytes.subarray(at + 4, at + length)) : undefined;
    if (telemetry) {
      const last = draft.sequence;
      if (last !== undefined && (telemetry.sequence <= last || telemetry.sequence > last + MOST_SKIPPED))
        return { reason: `picture number ${telemetry.sequence} does not follow ${last}` };
      draft.sequence = telemetry.sequence;
      draft.firstSequence ??= telemetry.sequence;
    }
  }
  draft.codec = codec;
  draft.proven = draft.next;
  if (head.first) draft.pictures += 1;
  draft.next += 4 + head.length;
  return 'fine';
}

function codecAt(bytes: Buffer, at: number): VideoCodec | undefined {
  if (nalHeadAt('h264', bytes, at)) return 'h264';
  return nalHeadAt('h265', bytes, at) ? 'h265' : undefined;
}
