/**
 * The head of an ordinary MP4 (`ftyp`, `moov` with all tables, and the header of the one `mdat`), in front of data that lies elsewhere:
 * so a file of any length can be answered without ever being written.
 */
import { InputError } from '../../base/errors.ts';
import { AUDIO_TRACK, type BoxView, box, boxes, findBox, fullBox, putU64, text, u16, u32, VIDEO_TRACK } from './box.ts';
import type { Edit, FlatTrack } from './flat-track.ts';

export interface FlatMovie {
  /** Head of a recorded file whose tracks are coded alike: how they are coded is taken over from it. */
  readonly init: Buffer;
  /** Ticks per second of the movie, in which edits are counted. */
  readonly timescale: number;
  /** Bytes of data that follow. */
  readonly dataBytes: number;
  readonly tracks: readonly { readonly id: number; readonly table: FlatTrack; readonly edit: Edit }[];
  /** UTC ms of the first picture shown. */
  readonly created: number;
}

const MOST_32 = 0xffffffff;
/** Seconds from 1904-01-01 to 1970-01-01 (section 8.2.2.3). */
const MAC_EPOCH = 2_082_844_800;
const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** Everything before the data. @throws InputError when `init` is no head of ours */
export function flatMovieHead(movie: FlatMovie): Buffer {
  const wide = movie.dataBytes + 64_000_000 > MOST_32;
  const ftyp = box('ftyp', text('isom'), u32(0x200), text('isom'), text('iso4'), text('mp41'));
  const dataHead = wide ? Buffer.alloc(16) : Buffer.alloc(8);
  dataHead.writeUInt32BE(wide ? 1 : movie.dataBytes + 8, 0);
  dataHead.write('mdat', 4, 4, 'latin1');
  if (wide) putU64(dataHead, movie.dataBytes + 16, 8);
  const at = (base: number): Buffer => moov(movie, base, wide);
  // The places of the data depend on the length of the tables, and that does not depend on the places.
  const base = ftyp.length + at(0).length + dataHead.length;
  return Buffer.concat([ftyp, at(base), dataHead]);
}

function moov(movie: FlatMovie, base: number, wide: boolean): Buffer {
  const source = findBox(movie.init, 'moov', 'init');
  if (!source) throw new InputError('init', 'it has no moov box');
  const duration = Math.max(0, ...movie.tracks.map(({ edit }) => edit.empty + edit.duration));
  const created = Math.round(movie.created / 1000) + MAC_EPOCH;
  const traks: Buffer[] = [];
  for (const found of boxes(source, 'init')) {
    if (found.type !== 'trak') continue;
    const tkhd = part(found, 'tkhd');
    const id = tkhd.readUInt32BE(12);
    const track = movie.tracks.find((one) => one.id === id);
    if (track && track.table.samples > 0) traks.push(trak(found, track, created, base, wide));
  }
  const times = timed(created, [movie.timescale], duration);
  const mvhd = fullBox(
    'mvhd',
    1,
    0,
    times,
    u32(0x10000),
    u16(0x100, 0),
    u32(0, 0),
    matrix,
    u32(0, 0, 0, 0, 0, 0),
    u32(Math.max(VIDEO_TRACK, AUDIO_TRACK) + 1),
  );
  return box('moov', mvhd, ...traks);
}

function trak(
  source: BoxView,
  { id, table, edit }: FlatMovie['tracks'][number],
  created: number,
  base: number,
  wide: boolean,
): Buffer {
  const before = part(source, 'tkhd');
  const mdia = view(source.body, 'mdia');
  const minf = view(mdia.body, 'minf');
  const rate = part(mdia, 'mdhd').readUInt32BE(12);
  // What follows the duration: layer, group, volume, matrix, size.
  const tkhd = fullBox('tkhd', 1, 3, timed(created, [id, 0], edit.empty + edit.duration), before.subarray(24));
  const mdhd = fullBox('mdhd', 1, 0, timed(created, [rate], table.ticks), part(mdia, 'mdhd').subarray(20));
  const stsd = raw(view(view(minf.body, 'stbl').body, 'stsd'), view(minf.body, 'stbl').body);
  const kept = [...boxes(minf.body, 'init')]
    .filter((found) => found.type !== 'stbl')
    .map((found) => raw(found, minf.body));
  const hdlr = raw(view(mdia.body, 'hdlr'), mdia.body);
  return box(
    'trak',
    tkhd,
    editList(edit),
    box('mdia', mdhd, hdlr, box('minf', ...kept, table.table(stsd, base, wide))),
  );
}

/** `edts` (section 8.6.6), version 1: an optional pause, then the track from `mediaTime` on. */
function editList(edit: Edit): Buffer {
  const entry = (duration: number, mediaTime: number): Buffer => {
    const out = Buffer.alloc(20);
    putU64(out, duration, 0);
    out.writeBigInt64BE(BigInt(mediaTime), 8);
    out.writeUInt32BE(0x10000, 16);
    return out;
  };
  const entries = [...(edit.empty > 0 ? [entry(edit.empty, -1)] : []), entry(edit.duration, edit.mediaTime)];
  return box('edts', fullBox('elst', 1, 0, u32(entries.length), ...entries));
}

/** Times of creation and change, what stands between, and the duration: version 1 of `mvhd`, `tkhd`, `mdhd`. */
function timed(created: number, between: readonly number[], duration: number): Buffer {
  const out = Buffer.alloc(16 + between.length * 4 + 8);
  putU64(out, created, 0);
  putU64(out, created, 8);
  for (const [index, value] of between.entries()) out.writeUInt32BE(value, 16 + index * 4);
  putU64(out, duration, out.length - 8);
  return out;
}

function view(body: Buffer, type: string): BoxView {
  for (const found of boxes(body, 'init')) if (found.type === type) return found;
  throw new InputError('init', `a track has no ${type} box`);
}

const part = (around: BoxView, type: string): Buffer => view(around.body, type).body;
const raw = (found: BoxView, around: Buffer): Buffer => around.subarray(found.start, found.end);
