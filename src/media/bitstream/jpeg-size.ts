/** Size of a JPEG, from its frame header (ITU-T T.81 section B.2.2): of any JPEG, also one with other tables than ours. */
import { InputError } from '../../base/errors.ts';

const MOST_PIXELS = 65_500;

/** @throws InputError when it is no JPEG, or has no frame header */
export function jpegSize(jpeg: Uint8Array): { width: number; height: number } {
  const view = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  if (view.length < 4 || view.readUInt16BE(0) !== 0xffd8)
    throw new InputError('picture', 'it is no JPEG', { offset: 0 });
  let at = 2;
  while (at + 9 <= view.length && view[at] === 0xff) {
    const marker = view[at + 1] ?? 0;
    // Fill bytes (section B.1.1.2).
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // SOF0 to SOF15, without DHT, JPG and DAC which lie between them.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const [height, width] = [view.readUInt16BE(at + 5), view.readUInt16BE(at + 7)];
      if (width === 0 || height === 0 || width > MOST_PIXELS || height > MOST_PIXELS) break;
      return { width, height };
    }
    at += 2 + view.readUInt16BE(at + 2);
  }
  throw new InputError('picture', 'it is a JPEG without a frame header', { offset: at });
}
