/**
 * What a decoder says of pictures: whether their bytes are whole, and what they look like. Loads FFmpeg; for a process of its own.
 */
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_PIX_FMT_YUV444P } from 'node-av/constants';
import { Codec, CodecContext, type Frame, SoftwareScaleContext } from 'node-av/lib';
import { check, newFrame, newPacket, newPicture, setOptions } from '../codec/native.ts';
import type { Bytes } from './bytes.ts';
import { LOOK_HEIGHT, LOOK_WIDTH, type Look } from './look.ts';
import type { Coding } from './parameters.ts';
import type { Run } from './runs.ts';
import type { SeenRun } from './sort-out.ts';
import type { Piece } from './stitched.ts';

export interface Judged {
  /** The decoder found nothing wrong in it; pictures that it refers to may be missing. */
  readonly whole: boolean;
  /** Undefined when nothing came out. */
  readonly look: Look | undefined;
}

/** AVFrame.decode_error_flags: FF_DECODE_ERROR_INVALID_BITSTREAM, _CONCEALMENT_ACTIVE, _DECODE_SLICES; not _MISSING_REFERENCE. */
const BITS_WRONG = 1 | 4 | 8;
const MAX_PIXELS = 64_000_000;

export class PictureJudge implements Disposable {
  readonly #decoder: CodecContext;
  readonly #packet = newPacket();
  readonly #frame = newFrame();
  readonly #scaler = new SoftwareScaleContext();
  readonly #small: Frame;

  /** @throws CodecError when the coding is none that FFmpeg takes */
  constructor(coding: Coding) {
    const codec = Codec.findDecoder(coding.codec === 'h264' ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
    if (!codec) throw new Error(`this FFmpeg has no decoder for ${coding.codec}`);
    this.#decoder = new CodecContext();
    this.#decoder.allocContext3(codec);
    this.#decoder.extraData = Buffer.from(coding.description);
    // One thread: what goes wrong is then told of the picture with which it went wrong.
    this.#decoder.threadCount = 1;
    setOptions(this.#decoder, { max_pixels: MAX_PIXELS, flags: '+low_delay' });
    check(this.#decoder.open2Sync(codec), 'no decoder for it');
    this.#scaler.allocContext();
    this.#small = newPicture(LOOK_WIDTH, LOOK_HEIGHT, AV_PIX_FMT_YUV444P);
  }

  /** Decodes the next picture. Pictures of one group have to come in their order. */
  judge(sample: Buffer): Judged {
    this.#packet.unref();
    this.#packet.data = sample;
    const sent = this.#decoder.sendPacketSync(this.#packet);
    this.#frame.unref();
    const got = this.#decoder.receiveFrameSync(this.#frame);
    const whole = sent >= 0 && got >= 0 && (this.#frame.decodeErrorFlags & BITS_WRONG) === 0;
    return { whole, look: got >= 0 ? this.#look() : undefined };
  }

  [Symbol.dispose](): void {
    this.#decoder.freeContext();
    this.#packet.free();
    this.#frame.free();
    this.#small.free();
    this.#scaler.freeContext();
  }

  #look(): Look | undefined {
    if (this.#scaler.scaleFrameSync(this.#small, this.#frame) < 0) return undefined;
    const planes = this.#small.data ?? [];
    const out = new Uint8Array(LOOK_WIDTH * LOOK_HEIGHT * 3);
    for (const [plane, bytes] of planes.slice(0, 3).entries())
      for (let row = 0; row < LOOK_HEIGHT; row += 1) {
        const from = row * (this.#small.linesize[plane] ?? 0);
        out.set(bytes.subarray(from, from + LOOK_WIDTH), (plane * LOOK_HEIGHT + row) * LOOK_WIDTH);
      }
    return out;
  }
}

/** The coded bytes of a picture, as one sample. Holds until the next read where they are in one piece. */
export function sampleOf(bytes: Bytes, pieces: readonly Piece[]): Buffer {
  const [only, ...more] = pieces;
  if (only && more.length === 0) return bytes.read(only.at, only.end - only.at);
  return Buffer.concat(pieces.map(({ at, end }) => Buffer.from(bytes.read(at, end - at))));
}

/** Decodes all that was found, in its order. @param progress 0 to 1 */
export function lookAt(
  bytes: Bytes,
  runs: readonly Run[],
  coding: Coding,
  progress: (part: number) => void,
): SeenRun[] {
  using judge = new PictureJudge(coding);
  const all = runs.reduce((sum, run) => sum + run.pictures.length, 0);
  let done = 0;
  return runs.map(({ pictures }) => ({
    pictures: pictures.map((picture) => {
      done += 1;
      progress(done / all);
      return { ...picture, ...judge.judge(Buffer.from(sampleOf(bytes, picture.pieces))) };
    }),
  }));
}
