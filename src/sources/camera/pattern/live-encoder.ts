/**
 * Encodes pictures as they happen, one unit for each. Native; for processes of their own only.
 */
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from 'node-av/constants';
import { type CodecContext, type Frame, type Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import { mediaTime, VIDEO_TIMESCALE, type WallMs } from '../../../base/units.ts';
import type { AccessUnit, VideoConfig } from '../../../media/access-unit.ts';
import { annexBUnits, lengthPrefixed, nalRole, nalType, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { videoConfigOfAnnexB } from '../../../media/bitstream/video-config.ts';
import { check, EAGAIN, newPacket, newPicture, openEncoder } from '../../../media/codec/native.ts';

export interface LiveEncoding {
  readonly codec: VideoCodec;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Pictures from key frame to key frame. */
  readonly gop: number;
  /** Bits per second. */
  readonly bitrate: number;
}

/** Planes of a picture that may be drawn into. */
export interface Plane {
  readonly data: Buffer;
  readonly stride: number;
}

const X264 = { preset: 'superfast', tune: 'zerolatency', threads: 1, 'x264-params': 'scenecut=0:sliced-threads=0' };
const X265 = {
  preset: 'ultrafast',
  tune: 'zerolatency',
  threads: 1,
  'x265-params': 'log-level=none:scenecut=0:open-gop=0:bframes=0:pools=1:frame-threads=1:repeat-headers=0',
};

export class LiveEncoder {
  readonly config: VideoConfig;
  readonly #shape: LiveEncoding;
  readonly #picture: Frame;
  readonly #packet: Packet = newPacket();
  readonly #encoder: CodecContext;
  #drawn: Frame | undefined;
  #scaler: SoftwareScaleContext | undefined;

  constructor(shape: LiveEncoding) {
    this.#shape = shape;
    this.#picture = newPicture(shape.width, shape.height, AV_PIX_FMT_YUV420P);
    this.#picture.colorRange = AVCOL_RANGE_MPEG;
    this.#picture.colorSpace = AVCOL_SPC_BT709;
    this.#encoder = openEncoder(
      shape.codec === 'h264' ? 'libx264' : 'libx265',
      (context) => {
        context.width = shape.width;
        context.height = shape.height;
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.timeBase = new Rational(1, VIDEO_TIMESCALE);
        context.framerate = new Rational(Math.max(1, Math.round(shape.fps)), 1);
        context.colorRange = AVCOL_RANGE_MPEG;
        context.colorSpace = AVCOL_SPC_BT709;
        context.colorPrimaries = AVCOL_PRI_BT709;
        context.colorTrc = AVCOL_TRC_BT709;
        context.gopSize = shape.gop;
        context.maxBFrames = 0;
        context.bitRate = BigInt(shape.bitrate);
        context.rcMaxRate = BigInt(Math.round(shape.bitrate * 1.5));
        context.rcBufferSize = shape.bitrate * 2;
        context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
      },
      shape.codec === 'h264' ? X264 : X265,
    );
    this.config = videoConfigOfAnnexB(shape.codec, this.#encoder.extraData ?? Buffer.alloc(0));
  }

  /** Y, U and V of the next picture; what was drawn before still stands in them. */
  planes(): readonly [Plane, Plane, Plane] {
    check(this.#picture.makeWritable(), 'no memory for a picture');
    const { data, linesize } = this.#picture;
    const plane = (index: number): Plane => {
      const bytes = data?.[index];
      const stride = linesize[index];
      if (!bytes || stride === undefined) throw new Error('a picture without pixels');
      return { data: bytes, stride };
    };
    return [plane(0), plane(1), plane(2)];
  }

  /** Takes over a whole picture: RGBA, rows without a gap. */
  draw(pixels: Buffer): void {
    const { width, height } = this.#shape;
    this.#drawn ??= newPicture(width, height, AV_PIX_FMT_RGBA);
    if (this.#scaler === undefined) {
      this.#scaler = new SoftwareScaleContext();
      this.#scaler.allocContext();
    }
    const stride = this.#drawn.linesize[0] ?? width * 4;
    const target = this.#drawn.data?.[0];
    if (!target) throw new Error('a picture without pixels');
    if (stride === width * 4) pixels.copy(target);
    else
      for (let row = 0; row < height; row++) pixels.copy(target, row * stride, row * width * 4, (row + 1) * width * 4);
    check(this.#picture.makeWritable(), 'no memory for a picture');
    check(this.#scaler.scaleFrameSync(this.#picture, this.#drawn), 'cannot convert a picture');
  }

  /** What was drawn, as picture number `frame`; with zero latency there is one unit for each picture. */
  encode(frame: number, arrival: WallMs): AccessUnit[] {
    this.#picture.pts = BigInt(Math.round((frame * VIDEO_TIMESCALE) / this.#shape.fps));
    check(this.#encoder.sendFrameSync(this.#picture), 'cannot encode a picture');
    const units: AccessUnit[] = [];
    for (;;) {
      const got = this.#encoder.receivePacketSync(this.#packet);
      if (got === EAGAIN) return units;
      check(got, 'cannot encode a picture');
      units.push(accessUnit(this.#shape.codec, this.#packet, arrival));
      this.#packet.unref();
    }
  }
}

function accessUnit(codec: VideoCodec, packet: Packet, arrival: WallMs): AccessUnit {
  const data: Uint8Array[] = [];
  let size = 0;
  for (const nal of annexBUnits(packet.data ?? Buffer.alloc(0))) {
    const role = nalRole(codec, nalType(codec, nal[0] ?? 0));
    if (role !== 'slice' && role !== 'key-slice') continue;
    const piece = lengthPrefixed(nal);
    data.push(piece);
    size += piece.length;
  }
  return {
    kind: 'video',
    data,
    size,
    key: packet.isKeyframe,
    pts: mediaTime(Number(packet.pts)),
    dts: mediaTime(Number(packet.dts)),
    arrival,
  };
}
