/** The pictures of a map's video by the time of the music. Inside of chunk processes. */
import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import { AV_PIX_FMT_RGBA } from 'node-av/constants';
import { type Frame, SoftwareScaleContext } from 'node-av/lib';
import { BadInput } from '../../../media/codec/input-file.ts';
import { type Measure, measureInput } from '../../../media/codec/measure.ts';
import { CodecError, check, newPicture } from '../../../media/codec/native.ts';
import { PictureReader } from '../../../media/codec/picture-reader.ts';
import type { RenderInput, Size } from '../../../media/codec/plan.ts';

/** A video of a map is seldom longer than ten minutes. */
const MOST_SECONDS = 3600;

export class VideoPictures {
  private readonly input: RenderInput;
  private readonly measure: Measure;
  /** Ms of the music at its first picture. */
  private readonly start: number;
  /** As it is drawn: the screen filled, what is left over cut away. */
  private readonly size: Size;
  private readonly canvas: Canvas;
  private readonly scaler = new SoftwareScaleContext();
  private readonly picture: Frame;
  private readonly pixels: ImageData;
  private reader: PictureReader | undefined;
  private serial = 0;
  private shownSerial = -1;
  private broken = false;

  /**
   * @param start ms of the music at its first picture
   * @throws BadInput where it cannot be shown, with the reason
   */
  constructor(input: RenderInput, start: number, screen: Size) {
    this.input = input;
    this.start = start;
    this.measure = measureInput(input, 0, MOST_SECONDS);
    const { width, height } = this.measure.shape;
    const scale = Math.max(screen.width / width, screen.height / height);
    const even = (value: number): number => Math.max(2, Math.round(value / 2) * 2);
    this.size = { width: even(width * scale), height: even(height * scale) };
    if (this.size.width > 4 * screen.width || this.size.height > 4 * screen.height)
      throw new BadInput(input.name, 'has pictures of a shape that fills no screen');
    this.scaler.allocContext();
    this.picture = newPicture(this.size.width, this.size.height, AV_PIX_FMT_RGBA);
    this.canvas = createCanvas(this.size.width, this.size.height);
    this.pixels = new ImageData(this.size.width, this.size.height);
    const reader = new PictureReader(input, this.measure);
    try {
      reader.at(0);
    } finally {
      reader.close();
    }
  }

  /** From now on pictures are read from the key frame before: so that they are the same ones wherever one begins. */
  restart(): void {
    this.reader?.close();
    this.reader = undefined;
    // Another reader counts its pictures from the beginning.
    this.shownSerial = -1;
    this.broken = false;
  }

  /** @param now ms of the music @returns which picture it is; undefined where the video has none */
  at(now: number): number | undefined {
    const seconds = (now - this.start) / 1000;
    if (this.broken || seconds < 0 || seconds >= this.measure.last + 1 / this.measure.rate) return undefined;
    try {
      this.reader ??= new PictureReader(this.input, this.measure);
      const { frame, serial } = this.reader.at(seconds + 1e-4);
      if (serial !== this.shownSerial) {
        this.shownSerial = serial;
        this.serial++;
        this.show(frame);
      }
      return this.serial;
    } catch (error) {
      // What is damaged in its middle ends there; the background takes its place.
      if (!(error instanceof BadInput || error instanceof CodecError)) throw error;
      this.broken = true;
      return undefined;
    }
  }

  /** Draws the picture of the newest `at` over the whole screen. */
  draw(context: SKRSContext2D, screen: Size): void {
    const { width, height } = this.size;
    context.drawImage(this.canvas, Math.round((screen.width - width) / 2), Math.round((screen.height - height) / 2));
  }

  private show(frame: Frame): void {
    check(this.picture.makeWritable(), 'no memory for a picture');
    check(this.scaler.scaleFrameSync(this.picture, frame), 'cannot scale a picture');
    const [data] = this.picture.data ?? [];
    const stride = this.picture.linesize[0] ?? 0;
    const { width, height } = this.size;
    if (!data) throw new CodecError('a picture has no planes');
    const { pixels } = this;
    for (let row = 0; row < height; row++)
      pixels.data.set(data.subarray(row * stride, row * stride + width * 4), row * width * 4);
    this.canvas.getContext('2d').putImageData(pixels, 0, 0);
  }
}
