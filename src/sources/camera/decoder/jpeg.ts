/**
 * A decoded picture as JPEG, in the size that was asked for. Native: only `../decoder.main.ts` and the probe load this.
 */
import {
  AV_CODEC_FLAG_QSCALE,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_UNSPECIFIED,
} from 'node-av/constants';
import { type CodecContext, type Frame, type Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import { check, newPacket, newPicture, openEncoder } from '../../../media/codec/native.ts';
import { fit } from './fit.ts';
import type { PictureWish } from './messages.ts';

/** FF_QP2LAMBDA of libavutil/avutil.h: encoders count quality in these. */
const LAMBDA = 118;
/** Encoders and pictures of so many sizes are kept. */
const MOST_SIZES = 4;

interface Desk {
  readonly encoder: CodecContext;
  readonly picture: Frame;
  readonly scaler: SoftwareScaleContext;
}

export class JpegEncoder {
  readonly #desks = new Map<string, Desk>();
  readonly #packet: Packet = newPacket();
  #count = 0n;

  /** @returns bytes of its own @throws CodecError */
  encode(frame: Frame, wish: PictureWish): { data: Uint8Array; width: number; height: number } {
    const { width, height } = fit(frame, wish);
    const { encoder, picture, scaler } = this.#desk(width, height);
    // JFIF: full range, and the matrix of ITU-R BT.601. What a camera does not say of itself is taken for that matrix too.
    if (frame.colorRange !== AVCOL_RANGE_JPEG) frame.colorRange = rangeOf(frame);
    if (frame.colorSpace === AVCOL_SPC_UNSPECIFIED) frame.colorSpace = AVCOL_SPC_BT470BG;
    check(picture.makeWritable(), 'no memory for a picture');
    check(scaler.scaleFrameSync(picture, frame), 'cannot resize a picture');
    if (wish.mark === true) cross(picture);
    picture.pts = this.#count++;
    picture.quality = LAMBDA * quantiser(wish.quality);
    check(encoder.sendFrameSync(picture), 'cannot encode a picture');
    check(encoder.receivePacketSync(this.#packet), 'cannot encode a picture');
    const data = Uint8Array.from(this.#packet.data ?? []);
    this.#packet.unref();
    return { data, width, height };
  }

  #desk(width: number, height: number): Desk {
    const name = `${width}×${height}`;
    const found = this.#desks.get(name);
    if (found !== undefined) {
      this.#desks.delete(name);
      this.#desks.set(name, found);
      return found;
    }
    for (const [old, desk] of this.#desks) {
      if (this.#desks.size < MOST_SIZES) break;
      desk.encoder.freeContext();
      desk.picture.free();
      desk.scaler.freeContext();
      this.#desks.delete(old);
    }
    const encoder = openEncoder(
      'mjpeg',
      (context) => {
        context.width = width;
        context.height = height;
        context.pixelFormat = AV_PIX_FMT_YUVJ420P;
        context.timeBase = new Rational(1, 25);
        context.colorRange = AVCOL_RANGE_JPEG;
        context.threadCount = 1;
        context.setFlags(AV_CODEC_FLAG_QSCALE);
        context.globalQuality = LAMBDA * quantiser(80);
      },
      // Tables of its own for each picture save an eighth of the bytes and cost a fifth more time.
      { huffman: 'default' },
    );
    const picture = newPicture(width, height, AV_PIX_FMT_YUVJ420P);
    picture.colorRange = AVCOL_RANGE_JPEG;
    picture.colorSpace = AVCOL_SPC_BT470BG;
    const scaler = new SoftwareScaleContext();
    scaler.allocContext();
    const desk = { encoder, picture, scaler };
    this.#desks.set(name, desk);
    return desk;
  }
}

/** Half as bright, with both diagonals drawn through it. */
function cross(picture: Frame): void {
  const luma = picture.data?.[0];
  const stride = picture.linesize[0] ?? picture.width;
  if (!luma) return;
  const { width, height } = picture;
  const thick = Math.max(2, Math.round(height / 40));
  for (let row = 0; row < height; row += 1) {
    const line = luma.subarray(row * stride, row * stride + width);
    for (let column = 0; column < width; column += 1) line[column] = (line[column] ?? 0) >> 1;
    const at = Math.round((row / height) * (width - thick));
    line.fill(255, at, at + thick);
    line.fill(255, width - thick - at, width - at);
  }
}

function rangeOf(frame: Frame): typeof AVCOL_RANGE_JPEG | typeof AVCOL_RANGE_MPEG {
  return frame.format === AV_PIX_FMT_YUVJ420P ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

/**
 * FFmpeg's quantiser (2 is best, 31 smallest) for a quality of 1 to 100 as libjpeg counts it. FFmpeg's tables are those of MPEG-1 times
 * q / 8, whose mean is 0.058 q of the mean of annex K of ITU-T T.81; libjpeg scales annex K by 2 − Q / 50, and by 50 / Q below 50.
 */
function quantiser(quality: number): number {
  const scale = quality >= 50 ? 2 - quality / 50 : 50 / quality;
  return Math.min(31, Math.max(2, Math.round(scale / 0.058)));
}
