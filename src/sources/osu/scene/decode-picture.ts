/** Pictures of maps and skins, looked at before they are unpacked: a small file may claim a large one. */
import { Image } from '@napi-rs/canvas';
import { jpegSize } from '../../../media/bitstream/jpeg-size.ts';

const MOST_BYTES = 30_000_000;
const MOST_SIDE = 16_384;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** @throws Error with what is wrong, for a sentence @param mostPixels of the picture */
export function decodePicture(bytes: Buffer, mostPixels: number): Image {
  const { width, height } = sizeOf(bytes);
  if (width * height > mostPixels) throw new Error(`it is too large (${width} × ${height})`);
  const image = new Image();
  image.src = bytes;
  if (image.width !== width || image.height !== height) throw new Error('it is damaged');
  return image;
}

/** Of a PNG (section 11.2.2 of its specification), a JPEG, a GIF or a BMP; from its head. */
function sizeOf(bytes: Buffer): PictureSize {
  if (bytes.length > MOST_BYTES) throw new Error(`it has ${bytes.length} bytes`);
  const size = headSize(bytes);
  if (!size || size.width < 1 || size.height < 1) throw new Error('it is no picture that can be shown');
  if (size.width > MOST_SIDE || size.height > MOST_SIDE)
    throw new Error(`it is too large (${size.width} × ${size.height})`);
  return size;
}

function headSize(bytes: Buffer): PictureSize | undefined {
  if (bytes.length < 26) return undefined;
  const text = bytes.toString('latin1', 0, 6);
  if (text.startsWith('\x89PNG')) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (text.startsWith('\xff\xd8')) return jpegSize(bytes);
  if (text.startsWith('GIF8')) return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (text.startsWith('BM')) return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) };
  return undefined;
}
