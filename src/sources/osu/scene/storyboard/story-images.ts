/** Pictures of a storyboard, read when they are first seen and kept as long as there is room. Inside of chunk processes. */
import { type Canvas, createCanvas, type Image } from '@napi-rs/canvas';
import { decodePicture } from '../decode-picture.ts';

/** Of all pictures that are kept. */
const MOST_BYTES = 96_000_000;
const MOST_PIXELS = 16_777_216;

export type StoryImage = Image | Canvas;

interface Held {
  readonly image: StoryImage | undefined;
  readonly bytes: number;
  /** Number of the frame that it was last used in. */
  used: number;
}

export class StoryImages {
  /** Those that were not used for the longest time first. */
  private readonly held = new Map<string, Held>();
  private readonly read: (file: string) => Buffer | undefined;
  private bytes = 0;
  private inFrame = 0;
  private frame = 0;

  /** @param read a file by the name that the storyboard has for it; undefined where there is none */
  constructor(read: (file: string) => Buffer | undefined) {
    this.read = read;
  }

  /** What a frame asks for is there together; what there is no room for is left out, whatever was asked for before. */
  begin(): void {
    this.frame++;
    this.inFrame = 0;
  }

  /** @param colour 0xRRGGBB that it is multiplied by @returns undefined where it cannot be shown */
  get(file: string, colour: number): StoryImage | undefined {
    const plain = this.hold(file, () => this.decode(file));
    if (!plain || colour === 0xff_ff_ff) return plain;
    return this.hold(`${file}\0${colour}`, () => tinted(plain, colour));
  }

  private hold(key: string, make: () => StoryImage | undefined): StoryImage | undefined {
    let held = this.held.get(key);
    if (!held) {
      const image = make();
      held = { image, bytes: image ? image.width * image.height * 4 : 0, used: 0 };
      this.bytes += held.bytes;
    } else this.held.delete(key);
    this.held.set(key, held);
    if (held.used !== this.frame) {
      if (this.inFrame + held.bytes > MOST_BYTES) return undefined;
      held.used = this.frame;
      this.inFrame += held.bytes;
    }
    for (const [old, { bytes, used }] of this.held) {
      if (this.bytes <= MOST_BYTES || used === this.frame) break;
      this.held.delete(old);
      this.bytes -= bytes;
    }
    return held.image;
  }

  private decode(file: string): Image | undefined {
    const bytes = this.read(file);
    if (!bytes) return undefined;
    try {
      return decodePicture(bytes, MOST_PIXELS);
    } catch (error) {
      // As in the game: what is no picture is not seen.
      if (error instanceof Error) return undefined;
      throw error;
    }
  }
}

function tinted(image: StoryImage, colour: number): Canvas {
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = 'multiply';
  context.fillStyle = `rgb(${colour >> 16} ${(colour >> 8) & 255} ${colour & 255})`;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = 'destination-in';
  context.drawImage(image, 0, 0);
  return canvas;
}
