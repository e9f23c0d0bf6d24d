/**
 * What the `moov` of a clip says (ISO/IEC 14496-12 section 8): how its pictures are coded and where each lies, so that a page can play it in
 * pieces. A car writes `moov` at the end of files of 40 to 80 MB; nobody wants to wait for all of it. Pure; the input may be anything.
 */
import { InputError } from '../../../../src/base/errors.ts';

export interface MovieIndex {
  /** RFC 6381: `avc1.64001f`. */
  readonly codec: string;
  /** Raw boxes that tell a player how the pictures are coded. */
  readonly tkhd: Uint8Array;
  readonly hdlr: Uint8Array;
  readonly stsd: Uint8Array;
  readonly track: number;
  /** Ticks per second. */
  readonly timescale: number;
  readonly samples: Samples;
}

/** Columns with a value for each picture, in decoding order. */
export interface Samples {
  readonly count: number;
  /** Byte in the file. */
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** Decoding time and length, ticks. */
  readonly times: Float64Array;
  readonly durations: Uint32Array;
  /** How much later it is shown, ticks. */
  readonly shifts: Int32Array | undefined;
  /** 1 where a decoder can begin. */
  readonly keys: Uint8Array;
}

interface Box {
  readonly type: string;
  /** With its head. */
  readonly raw: Uint8Array;
  readonly body: DataView;
}

const MOST_SAMPLES = 1_000_000;

/** @param moov the whole box, with its head @throws InputError when it is broken, or neither H.264 nor H.265 */
export function readMovie(moov: Uint8Array, name: string): MovieIndex {
  try {
    return movieOf(moov, name);
  } catch (error) {
    // A table that says more than it holds.
    if (error instanceof RangeError) throw new InputError(name, 'its index is cut off', { cause: error });
    throw error;
  }
}

function movieOf(moov: Uint8Array, name: string): MovieIndex {
  const view = new DataView(moov.buffer, moov.byteOffset, moov.byteLength);
  for (const trak of boxesOf(new DataView(view.buffer, view.byteOffset + 8, view.byteLength - 8))) {
    if (trak.type !== 'trak') continue;
    const mdia = inside(trak.body, name, 'mdia');
    const hdlr = inside(mdia.body, name, 'hdlr');
    if (fourOf(hdlr.body, 8) !== 'vide') continue;
    const tkhd = inside(trak.body, name, 'tkhd');
    const mdhd = inside(mdia.body, name, 'mdhd').body;
    const stbl = inside(inside(mdia.body, name, 'minf').body, name, 'stbl').body;
    const stsd = inside(stbl, name, 'stsd');
    const timescale = mdhd.getUint32(mdhd.getUint8(0) === 1 ? 20 : 12);
    if (timescale === 0) throw new InputError(name, 'its pictures have no time scale');
    return {
      codec: codecOf(stsd.body, name),
      tkhd: tkhd.raw,
      hdlr: hdlr.raw,
      stsd: stsd.raw,
      track: tkhd.body.getUint32(tkhd.body.getUint8(0) === 1 ? 20 : 12),
      timescale,
      samples: samplesOf(stbl, name),
    };
  }
  throw new InputError(name, 'it has no pictures');
}

/** The profile bytes of `avcC` and `hvcC` (ISO/IEC 14496-15 sections 5.3.3.1, 8.3.3.1 and annex E). */
function codecOf(stsd: DataView, name: string): string {
  const [entry] = boxesOf(part(stsd, 8));
  const hevc = entry?.type === 'hvc1' || entry?.type === 'hev1';
  if (!entry || !(hevc || entry.type === 'avc1' || entry.type === 'avc3'))
    throw new InputError(name, `it is coded as ${entry?.type ?? 'nothing known'}`);
  const config = inside(part(entry.body, 78), name, hevc ? 'hvcC' : 'avcC').body;
  if (!hevc) return `${entry.type}.${hexOf(config, [1, 2, 3]).join('')}`;
  const [profile, flags] = [config.getUint8(1), config.getUint32(2)];
  let compatible = 0;
  for (let bit = 0; bit < 32; bit += 1) compatible += ((flags >>> bit) & 1) * 2 ** (31 - bit);
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const limits = hexOf(config, [6, 7, 8, 9, 10, 11]);
  while (limits.at(-1) === '00') limits.pop();
  const level = `${(profile & 0x20) === 0 ? 'L' : 'H'}${config.getUint8(12)}`;
  return [entry.type, `${space}${profile & 31}`, compatible.toString(16), level, ...limits].join('.');
}

const hexOf = (body: DataView, places: readonly number[]): string[] =>
  places.map((at) => body.getUint8(at).toString(16).padStart(2, '0'));

function samplesOf(stbl: DataView, name: string): Samples {
  const table = (type: string): DataView | undefined => boxesOf(stbl).find((box) => box.type === type)?.body;
  const stsz = table('stsz');
  const stts = table('stts');
  const stsc = table('stsc');
  const chunks = table('stco') ?? table('co64');
  if (!stsz || !stts || !stsc || !chunks) throw new InputError(name, 'its index has no tables');
  const same = stsz.getUint32(4);
  const count = stsz.getUint32(8);
  if (count > MOST_SAMPLES) throw new InputError(name, `its index has ${count} pictures`);
  const sizes = Uint32Array.from({ length: count }, (_, at) => (same === 0 ? stsz.getUint32(12 + at * 4) : same));
  const durations = new Uint32Array(count);
  runs(
    stts,
    8,
    (at, value) => {
      durations[at] = value;
    },
    count,
  );
  const times = new Float64Array(count);
  for (let at = 1; at < count; at += 1) times[at] = (times[at - 1] ?? 0) + (durations[at - 1] ?? 0);
  return {
    count,
    sizes,
    durations,
    times,
    offsets: offsetsOf(stsc, chunks, table('co64') === chunks, sizes),
    shifts: shiftsOf(table('ctts'), count),
    keys: keysOf(table('stss'), count),
  };
}

/** A table of (how many, value): `stts`, `ctts`. */
function runs(body: DataView, start: number, put: (at: number, value: number) => void, count: number): void {
  let at = 0;
  const many = body.getUint32(4);
  for (let run = 0; run < many && at < count; run += 1) {
    const value = body.getUint32(start + run * 8 + 4);
    for (let left = body.getUint32(start + run * 8); left > 0 && at < count; left -= 1) put(at++, value);
  }
}

function shiftsOf(ctts: DataView | undefined, count: number): Int32Array | undefined {
  if (!ctts) return undefined;
  const shifts = new Int32Array(count);
  runs(
    ctts,
    8,
    (at, value) => {
      shifts[at] = value;
    },
    count,
  );
  return shifts;
}

function keysOf(stss: DataView | undefined, count: number): Uint8Array {
  const keys = new Uint8Array(count);
  if (!stss) return keys.fill(1);
  for (let at = stss.getUint32(4) - 1; at >= 0; at -= 1) {
    const number = stss.getUint32(8 + at * 4);
    if (number >= 1 && number <= count) keys[number - 1] = 1;
  }
  return keys;
}

function offsetsOf(stsc: DataView, chunks: DataView, wide: boolean, sizes: Uint32Array): Float64Array {
  const offsets = new Float64Array(sizes.length);
  const many = chunks.getUint32(4);
  const runCount = stsc.getUint32(4);
  let [sample, run] = [0, 0];
  for (let chunk = 0; chunk < many && sample < sizes.length; chunk += 1) {
    while (run + 1 < runCount && stsc.getUint32(8 + (run + 1) * 12) <= chunk + 1) run += 1;
    let place = wide ? Number(chunks.getBigUint64(8 + chunk * 8)) : chunks.getUint32(8 + chunk * 4);
    for (let left = stsc.getUint32(12 + run * 12); left > 0 && sample < sizes.length; left -= 1) {
      offsets[sample] = place;
      place += sizes[sample] ?? 0;
      sample += 1;
    }
  }
  return offsets;
}

const part = (body: DataView, at: number): DataView =>
  new DataView(body.buffer, body.byteOffset + at, body.byteLength - at);
const fourOf = (body: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((next) => body.getUint8(at + next)));

function inside(body: DataView, name: string, type: string): Box {
  const found = boxesOf(body).find((box) => box.type === type);
  if (!found) throw new InputError(name, `its index has no ${type}`);
  return found;
}

function boxesOf(body: DataView): Box[] {
  const found: Box[] = [];
  for (let at = 0; at + 8 <= body.byteLength; ) {
    const size = body.getUint32(at);
    if (size < 8 || at + size > body.byteLength) break;
    const raw = new Uint8Array(body.buffer, body.byteOffset + at, size);
    const inner = new DataView(body.buffer, body.byteOffset + at + 8, size - 8);
    found.push({ type: fourOf(body, at + 4), raw, body: inner });
    at += size;
  }
  return found;
}
