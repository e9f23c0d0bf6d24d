/**
 * One stream's pictures, decoded. Native: only `../decoder.main.ts` and the probe load this.
 */
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG } from 'node-av/constants';
import { Codec, CodecContext, type Frame } from 'node-av/lib';
import type { VideoConfig } from '../../../media/access-unit.ts';
import { CodecError, check, EAGAIN, EOF, newFrame, newPacket, setOptions } from '../../../media/codec/native.ts';
import type { SentPicture } from './messages.ts';

/** 8K and a little: larger pictures are refused before memory is asked for. */
const MOST_PIXELS = 36_000_000;

const IDS = { h264: AV_CODEC_ID_H264, h265: AV_CODEC_ID_HEVC, mjpeg: AV_CODEC_ID_MJPEG } as const;

export class StreamFrames {
  #config: VideoConfig;
  #context: CodecContext | undefined;
  /** After the end was told a decoder takes nothing more. */
  #drained = true;
  #newest: Frame | undefined;
  #serial: number | undefined;
  readonly #packet = newPacket();

  constructor(config: VideoConfig) {
    this.#config = config;
  }

  get newest(): Frame | undefined {
    return this.#newest;
  }

  /** Of {@link newest}. */
  get serial(): number | undefined {
    return this.#serial;
  }

  /**
   * Decodes on top of what was decoded before.
   * @returns whether every new picture equals the one before exactly; undefined when nothing could be compared
   * @throws CodecError when not one picture came of a key frame
   */
  decode(config: VideoConfig, units: readonly SentPicture[], drain: boolean): boolean | undefined {
    this.#config = config;
    let same: boolean | undefined;
    let came = 0;
    let refused: unknown;
    const take = (): void => {
      for (;;) {
        const frame = newFrame();
        const got = this.#context?.receiveFrameSync(frame) ?? EOF;
        if (got < 0) {
          frame.free();
          if (got !== EAGAIN && got !== EOF) refused ??= got;
          return;
        }
        came += 1;
        if (this.#newest !== undefined) same = (same ?? true) && equalLuma(this.#newest, frame);
        this.#newest?.free();
        this.#newest = frame;
        this.#serial = Number(frame.pts);
      }
    };
    for (const unit of units) {
      if (this.#drained || this.#context === undefined) {
        if (!unit.key) continue;
        this.#open();
      }
      // The bytes are this process's own: they came by a message.
      this.#packet.data = Buffer.from(unit.data.buffer, unit.data.byteOffset, unit.data.length);
      this.#packet.isKeyframe = unit.key;
      this.#packet.pts = BigInt(unit.serial);
      this.#packet.dts = BigInt(unit.serial);
      const sent = this.#context?.sendPacketSync(this.#packet) ?? 0;
      this.#packet.unref();
      if (sent < 0 && sent !== EAGAIN) refused ??= sent;
      take();
    }
    if (drain && !this.#drained) {
      this.#context?.sendPacketSync(null);
      take();
      // Opening a decoder anew costs less than keeping the memory of one for each camera.
      this.#close();
    }
    if (came === 0 && drain && units.length > 0) {
      if (typeof refused === 'number') check(refused, 'the picture cannot be decoded');
      throw new CodecError('no picture comes out of it');
    }
    return same;
  }

  free(): void {
    this.#close();
    this.#newest?.free();
    this.#newest = undefined;
    this.#serial = undefined;
    this.#packet.free();
  }

  #open(): void {
    this.#close();
    const id = IDS[this.#config.codec];
    const codec = Codec.findDecoder(id);
    if (codec === null) throw new CodecError(`pictures coded as ${this.#config.codec} cannot be decoded`);
    const context = new CodecContext();
    context.allocContext3(codec);
    if (this.#config.description.length > 0) context.extraData = Buffer.from(this.#config.description);
    context.threadCount = 1;
    setOptions(context, { max_pixels: MOST_PIXELS });
    try {
      check(context.open2Sync(codec), 'the decoder does not take this stream');
    } catch (error) {
      context.freeContext();
      throw error;
    }
    this.#context = context;
    this.#drained = false;
  }

  #close(): void {
    this.#context?.freeContext();
    this.#context = undefined;
    this.#drained = true;
  }
}

/** Brightness alone: noise of a sensor always shows there. */
function equalLuma(a: Frame, b: Frame): boolean {
  if (a.width !== b.width || a.height !== b.height || a.format !== b.format) return false;
  const [one, other] = [a.data?.[0], b.data?.[0]];
  const [strideA = 0, strideB = 0] = [a.linesize[0], b.linesize[0]];
  if (one === undefined || other === undefined || one === null || other === null) return false;
  // What lies between the end of a row and the next is not part of the picture.
  for (let row = 0; row < a.height; row += 1) {
    const [from, to] = [row * strideA, row * strideB];
    if (one.compare(other, to, to + a.width, from, from + a.width) !== 0) return false;
  }
  return true;
}
