/** What a chunk process is drawing just now, as small JPEGs for who waits. Native. */
import { renameSync, writeFileSync } from 'node:fs';
import { createCanvas, ImageData } from '@napi-rs/canvas';
import { AV_PIX_FMT_RGBA } from 'node-av/constants';
import { type Frame, SoftwareScaleContext } from 'node-av/lib';
import { check, newPicture } from '../codec/native.ts';

/** A picture takes 4 to 8 ms (720p to 4K, a loaded machine): one in some hundreds, of one process alone. */
const EVERY_MS = 2000;
/** Of its longer side. */
const SIDE = 480;
const QUALITY = 70;

export class ShownNow {
  #next = 0;

  /** Shows it at `path`, unless it has only just shown another. @param frame as it is coded */
  look(frame: Frame, path: string): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + EVERY_MS;
    writePicture(frame, path, SIDE, QUALITY);
  }
}

/**
 * Writes a JPEG, never half of it.
 * @param side pixels of the longer side, at most
 * @param quality per cent
 */
export function writePicture(frame: Frame, path: string, side: number, quality: number): void {
  const scale = Math.min(1, side / Math.max(frame.width, frame.height));
  const [width, height] = [frame.width, frame.height].map((length) =>
    Math.max(2, Math.round((length * scale) / 2) * 2),
  );
  const jpeg = jpegOf(frame, width ?? 2, height ?? 2, quality);
  writeFileSync(`${path}.part`, jpeg);
  renameSync(`${path}.part`, path);
}

function jpegOf(frame: Frame, width: number, height: number, quality: number): Buffer {
  const scaler = new SoftwareScaleContext();
  const picture = newPicture(width, height, AV_PIX_FMT_RGBA);
  try {
    scaler.allocContext();
    check(scaler.scaleFrameSync(picture, frame), 'cannot scale a picture');
    const [rgba, stride] = [picture.data?.[0] ?? Buffer.alloc(0), picture.linesize[0] ?? width * 4];
    const pixels = new Uint8ClampedArray(width * height * 4);
    for (let row = 0; row < height; row++)
      pixels.set(rgba.subarray(row * stride, row * stride + width * 4), row * width * 4);
    const canvas = createCanvas(width, height);
    canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
    return canvas.toBuffer('image/jpeg', quality);
  } finally {
    picture.free();
    scaler.freeContext();
  }
}
