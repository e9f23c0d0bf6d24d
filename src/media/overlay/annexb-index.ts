/**
 * Where the pictures of a raw H.265 byte stream lie (ITU-T H.265 annex B). Such a file has neither times nor an index: its pictures
 * are counted, and found, by their start codes. Read in pieces, so that memory does not grow with the file.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InputError } from '../../base/errors.ts';
import { nalRole, nalType } from '../bitstream/nal.ts';

/** One access unit. */
export interface CodedPlace {
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly size: number;
  /** Decoding can begin here. */
  readonly key: boolean;
}

export interface AnnexBIndex {
  readonly pictures: readonly CodedPlace[];
  /** VPS, SPS and PPS as they first came, each with its start code: for decoders that begin in the middle. */
  readonly parameterSets: Buffer;
}

const PIECE = 1 << 20;
/** Behind a start code: two bytes of header, and the byte with the first bit of a slice. */
const HEAD = 3;
/** A picture of 8K at the highest level is smaller. */
const MOST_BYTES = 32 << 20;
const MOST_SET_BYTES = 8192;
const MOST_PICTURES = 1_000_000;
const START_CODE = Buffer.from([0, 0, 1]);

/**
 * Finds all pictures of a file.
 * @throws InputError when there are none, or one is larger than any picture can be
 */
export function indexAnnexB(name: string, path: string): AnnexBIndex {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const finder = new PictureFinder(name);
    // One byte before each piece is for the zero that may stand before a start code.
    const buffer = Buffer.alloc(1 + PIECE + START_CODE.length + HEAD);
    for (let at = 0; at < size && !finder.done; at += PIECE) {
      const length = readSync(file, buffer, 1, buffer.length - 1, at) + 1;
      const view = buffer.subarray(0, length);
      for (
        let code = view.indexOf(START_CODE, 1);
        code >= 1 && code <= PIECE;
        code = view.indexOf(START_CODE, code + 3)
      ) {
        if (code + START_CODE.length + HEAD > length) break;
        const begin = at + code - 1 - (view[code - 1] === 0 && at + code > 1 ? 1 : 0);
        finder.unit(begin, view[code + 3] ?? 0, view[code + 5] ?? 0);
        if (finder.done) break;
      }
      buffer[0] = view[PIECE] ?? 0;
    }
    finder.end(size);
    if (finder.pictures.length === 0) throw new InputError(name, 'has no pictures of H.265');
    return { pictures: finder.pictures, parameterSets: readAll(file, finder.sets) };
  } finally {
    closeSync(file);
  }
}

class PictureFinder {
  readonly pictures: CodedPlace[] = [];
  readonly sets: { offset: number; size: number }[] = [];
  done = false;
  private readonly name: string;
  /** Where the access unit began that is being read; nothing yet: -1. */
  private start = -1;
  private hasSlice = false;
  private key = false;
  private openSet: { type: number; offset: number } | undefined;
  private readonly seenSets = new Set<number>();

  constructor(name: string) {
    this.name = name;
  }

  /** @param begin of its start code @param header first byte of the unit @param slice first byte behind the header */
  unit(begin: number, header: number, slice: number): void {
    this.endSet(begin);
    const type = nalType('h265', header);
    const role = nalRole('h265', type);
    const picture = role === 'slice' || role === 'key-slice';
    const firstSlice = picture && (slice & 0x80) !== 0;
    // Section 7.4.2.4.4: what may begin an access unit. Units of end and filler belong to the one before.
    const leads = role === 'vps' || role === 'sps' || role === 'pps' || role === 'delimiter' || type === 39;
    if (this.hasSlice && (leads || firstSlice)) this.endPicture(begin);
    if (this.done) return;
    if (this.start < 0 && (leads || picture)) this.start = begin;
    if (picture) {
      this.hasSlice = true;
      this.key ||= role === 'key-slice';
    }
    if ((role === 'vps' || role === 'sps' || role === 'pps') && !this.seenSets.has(type)) {
      this.seenSets.add(type);
      this.openSet = { type, offset: begin };
    }
  }

  end(size: number): void {
    this.endSet(size);
    if (this.hasSlice && !this.done) this.endPicture(size);
  }

  private endSet(end: number): void {
    const set = this.openSet;
    this.openSet = undefined;
    if (set && end - set.offset <= MOST_SET_BYTES) this.sets.push({ offset: set.offset, size: end - set.offset });
  }

  private endPicture(end: number): void {
    const size = end - this.start;
    if (size > MOST_BYTES)
      throw new InputError(this.name, `a picture of ${size} bytes is too large`, { offset: this.start });
    this.pictures.push({ offset: this.start, size, key: this.key });
    this.start = -1;
    this.hasSlice = false;
    this.key = false;
    this.done = this.pictures.length >= MOST_PICTURES;
  }
}

function readAll(file: number, places: readonly { offset: number; size: number }[]): Buffer {
  return Buffer.concat(
    places.map(({ offset, size }) => {
      const bytes = Buffer.alloc(size);
      readSync(file, bytes, 0, size, offset);
      return bytes;
    }),
  );
}
