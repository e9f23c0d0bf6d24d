/** What a JPEG shows: decoded by another library than the one that has made it. */
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { type Pixels, readBars } from '../../src/media/barcode.ts';

/** @throws when it is torn, empty or no JPEG */
export async function pixelsOf(jpeg: Uint8Array): Promise<Pixels> {
  const image = await loadImage(Buffer.from(jpeg));
  const { width, height } = image;
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
}

/** The number of the picture that its bar code says; undefined when it cannot be read. */
export async function numberIn(picture: { readonly data: Uint8Array }): Promise<number | undefined> {
  const value = readBars(await pixelsOf(picture.data), 'frame');
  return value === undefined ? undefined : Number(value);
}
