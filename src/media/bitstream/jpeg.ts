/** Heads of baseline JPEG pictures (ITU-T T.81) with the tables that RFC 2435 takes for granted. */
import type { VideoConfig } from '../access-unit.ts';

export interface JpegTables {
  /** Quantisation tables in zigzag order: 64 bytes, or 128 for 16-bit values. */
  readonly luma: Uint8Array;
  readonly chroma: Uint8Array;
}

export interface JpegShape extends JpegTables {
  /** Pixels, up to 65,535. */
  readonly width: number;
  readonly height: number;
  readonly subsampling: '4:2:2' | '4:2:0';
  /** Restart interval in blocks (MCU); 0: none. */
  readonly restart: number;
}

/** T.81 tables K.1 and K.2, in zigzag order. */
const LUMA = Uint8Array.from([
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121,
  112, 100, 120, 92, 101, 103, 99,
]);
const CHROMA = Uint8Array.from([
  17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99,
]);

/** @param quality 1 to 99 (RFC 2435 section 4.2) */
export function quantisation(quality: number): JpegTables {
  const factor = Math.max(1, Math.min(99, quality));
  const scale = factor < 50 ? Math.floor(5000 / factor) : 200 - factor * 2;
  const scaled = (table: Uint8Array): Uint8Array =>
    table.map((value) => Math.max(1, Math.min(255, Math.floor((value * scale + 50) / 100))));
  return { luma: scaled(LUMA), chroma: scaled(CHROMA) };
}

/** Huffman tables of T.81 annex K.3: how many codes of each length, and their values. */
const DC_LUMA = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CHROMA = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const DC_VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_LUMA = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
const AC_LUMA_VALUES = Buffer.from(
  '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  'hex',
);
const AC_CHROMA = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77];
const AC_CHROMA_VALUES = Buffer.from(
  '0001020311040521310612415107617113223281081442 91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa'.replace(
    ' ',
    '',
  ),
  'hex',
);
const HUFFMAN = Buffer.concat([
  huffman(0x00, DC_LUMA, DC_VALUES),
  huffman(0x10, AC_LUMA, AC_LUMA_VALUES),
  huffman(0x01, DC_CHROMA, DC_VALUES),
  huffman(0x11, AC_CHROMA, AC_CHROMA_VALUES),
]);

function huffman(id: number, lengths: readonly number[], values: ArrayLike<number>): Buffer {
  return segment(0xc4, [id, ...lengths, ...Array.from(values)]);
}

/** From the start of the image to the start of its scan. */
export function jpegHead({ width, height, subsampling, restart, luma, chroma }: JpegShape): Buffer {
  const table = (id: number, values: Uint8Array): Buffer =>
    segment(0xdb, [(values.length > 64 ? 0x10 : 0) | id, ...values]);
  const luminance = subsampling === '4:2:0' ? 0x22 : 0x21;
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    table(0, luma),
    table(1, chroma),
    restart > 0 ? segment(0xdd, [restart >> 8, restart & 0xff]) : Buffer.alloc(0),
    segment(0xc0, [
      8,
      height >> 8,
      height & 0xff,
      width >> 8,
      width & 0xff,
      3,
      1,
      luminance,
      0,
      2,
      0x11,
      1,
      3,
      0x11,
      1,
    ]),
    HUFFMAN,
    segment(0xda, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]),
  ]);
}

function segment(marker: number, body: readonly number[]): Buffer {
  const size = body.length + 2;
  return Buffer.from([0xff, marker, size >> 8, size & 0xff, ...body]);
}

/** RFC 6381: object type 0x6c of MPEG-4 systems is JPEG. No browser plays it. */
export function jpegVideoConfig(width: number, height: number): VideoConfig {
  return { codec: 'mjpeg', codecString: 'mp4v.6c', width, height, description: new Uint8Array(0) };
}
