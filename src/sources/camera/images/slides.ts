/**
 * A folder of images as a video. Native; for a reader child.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanvas, type Image, loadImage } from '@napi-rs/canvas';
import type { Clock } from '../../../base/clock.ts';
import { messageOf, Unavailable } from '../../../base/errors.ts';
import { fit } from '../decoder/fit.ts';
import type { ImagesAddress } from '../pattern/address.ts';
import { LiveEncoder } from '../pattern/live-encoder.ts';
import { paced } from '../pattern/pace.ts';
import { sent } from '../pattern/test-pattern.ts';
import type { DemuxSink } from '../reader/demux.ts';
import { imagesIn, newestOf } from './folder.ts';

/** An image stays for long; the stream goes on all the while. */
const LEAST_FPS = 2;
/** In `newest`, how often the folder is looked at. */
const LOOK_MS = 1000;
const MOST_BYTES = 50_000_000;
/** Without a size of its own the video has that of the first image, up to this. */
const LARGEST = { width: 1920, height: 1920 };

/** Shows images for ever; a file that cannot be read is left out, with a note. @throws UserError, Unavailable */
export async function showImages(address: ImagesAddress, sink: DemuxSink, clock: Clock): Promise<never> {
  const slides = new Slides(address, sink);
  const first = await slides.next(0);
  if (first === undefined) throw new Unavailable('None of the images in the folder can be read.', 5000);
  const size = address.size ?? evenly(fit(first, LARGEST));
  const fps = Math.max(LEAST_FPS, address.fps);
  const canvas = createCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  const encoder = new LiveEncoder({
    codec: 'h264',
    ...size,
    fps,
    gop: Math.round(2 * fps),
    bitrate: Math.round(Math.max(500_000, size.width * size.height * Math.min(fps, 10) * 0.15)),
  });
  const draw = (image: Image): void => {
    const scale = Math.min(size.width / image.width, size.height / image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    context.fillStyle = '#000';
    context.fillRect(0, 0, size.width, size.height);
    context.drawImage(image, (size.width - width) / 2, (size.height - height) / 2, width, height);
    encoder.draw(canvas.data());
  };
  draw(first);
  sink.config({ video: encoder.config });
  let shown = 0;
  for await (const frame of paced(fps, clock)) {
    const due = Math.floor((frame / fps) * (address.show === 'loop' ? address.fps : 1000 / LOOK_MS));
    if (due > shown) {
      shown = due;
      const image = await slides.next(due);
      if (image !== undefined) draw(image);
    }
    await sink.units(encoder.encode(frame, clock.wall()).map(sent));
  }
  throw new Error('time has ended');
}

class Slides {
  readonly #address: ImagesAddress;
  readonly #sink: DemuxSink;
  #names: string[] = [];
  #shown = '';

  constructor(address: ImagesAddress, sink: DemuxSink) {
    this.#address = address;
    this.#sink = sink;
  }

  /** The next image to be shown; undefined when the one before stays. @param number of the slide */
  async next(number: number): Promise<Image | undefined> {
    const { folder, show } = this.#address;
    if (show === 'newest') return this.#open(await newestOf(folder, await imagesIn(folder)));
    // Once round, the folder is looked at again.
    if (this.#names.length === 0 || number % this.#names.length === 0) this.#names = await imagesIn(folder);
    return this.#open(this.#names[number % this.#names.length]);
  }

  async #open(name: string | undefined): Promise<Image | undefined> {
    if (name === undefined) return undefined;
    const path = join(this.#address.folder, name);
    try {
      const { mtimeMs, size } = await stat(path);
      const version = `${name}/${mtimeMs}/${size}`;
      if (version === this.#shown) return undefined;
      if (size > MOST_BYTES) throw new Error(`it has ${size} bytes`);
      const image = await loadImage(await readFile(path));
      this.#shown = version;
      return image;
    } catch (error) {
      // It may still be on its way, or gone by now.
      this.#sink.note('image', `an image was left out (${messageOf(error)})`);
      return undefined;
    }
  }
}

function evenly({ width, height }: { width: number; height: number }): { width: number; height: number } {
  return { width: Math.max(64, width - (width % 2)), height: Math.max(64, height - (height % 2)) };
}
