/**
 * Decodes one stream, makes it smaller, and encodes it as H.264 that every browser plays. Native: only `transcode.main.ts` loads this.
 */
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_MJPEG,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from 'node-av/constants';
import { Codec, CodecContext, type Frame, type Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import type { VideoConfig } from '../access-unit.ts';
import { annexBUnits, lengthPrefixed, nalRole, nalType } from '../bitstream/nal.ts';
import { videoConfigOfAnnexB } from '../bitstream/video-config.ts';
import {
  CodecError,
  check,
  EAGAIN,
  EOF,
  newFrame,
  newPacket,
  newPicture,
  openEncoder,
  setOptions,
} from '../codec/native.ts';
import { fitted } from './fitted.ts';
import type { CodedPicture, CodedStream, TranscodeShape } from './messages.ts';

/** 8K and a little: larger pictures are refused before memory is asked for. */
const MOST_PIXELS = 36_000_000;
const GOP_TICKS = 2 * VIDEO_TIMESCALE;
const IDS = { h264: AV_CODEC_ID_H264, h265: AV_CODEC_ID_HEVC, mjpeg: AV_CODEC_ID_MJPEG } as const;
const X264 = {
  preset: 'veryfast',
  tune: 'zerolatency',
  threads: 1,
  'forced-idr': 1,
  'x264-params': 'scenecut=0:sliced-threads=0',
};

interface Encoding {
  /** Of what comes in. */
  readonly width: number;
  readonly height: number;
  readonly encoder: CodecContext;
  readonly picture: Frame;
  lastKey: number | undefined;
}

export class Transcoder {
  readonly #stream: CodedStream;
  readonly #shape: TranscodeShape;
  readonly #packet: Packet = newPacket();
  readonly #out: Packet = newPacket();
  readonly #scaler = new SoftwareScaleContext();
  #decoder: CodecContext;
  #encoding: Encoding | undefined;
  /** Pictures before this time are left out: more a second than are wanted. */
  #due = Number.NEGATIVE_INFINITY;
  #lastPts = Number.NEGATIVE_INFINITY;

  constructor(stream: CodedStream, shape: TranscodeShape) {
    this.#stream = stream;
    this.#shape = shape;
    this.#scaler.allocContext();
    this.#decoder = this.#openDecoder();
  }

  /** @throws CodecError when nothing can go on; a single damaged picture is passed over */
  take(picture: CodedPicture, reset: boolean): { config?: VideoConfig; pictures: CodedPicture[] } {
    if (reset) {
      this.#decoder.freeContext();
      this.#decoder = this.#openDecoder();
    }
    this.#packet.data = Buffer.from(picture.data.buffer, picture.data.byteOffset, picture.data.length);
    this.#packet.isKeyframe = picture.key;
    this.#packet.pts = BigInt(picture.pts);
    this.#packet.dts = BigInt(picture.pts);
    this.#decoder.sendPacketSync(this.#packet);
    this.#packet.unref();
    const made: { config?: VideoConfig; pictures: CodedPicture[] } = { pictures: [] };
    for (;;) {
      const frame = newFrame();
      try {
        const got = this.#decoder.receiveFrameSync(frame);
        // What is damaged is the camera's; the next key frame mends it.
        if (got < 0) return made;
        const config = this.#encode(frame, made.pictures);
        if (config) made.config = config;
      } finally {
        frame.free();
      }
    }
  }

  free(): void {
    this.#decoder.freeContext();
    this.#freeEncoding();
    this.#packet.free();
    this.#out.free();
    this.#scaler.freeContext();
  }

  /** @returns the coding, where it is a new one */
  #encode(frame: Frame, into: CodedPicture[]): VideoConfig | undefined {
    const pts = Number(frame.pts);
    const step = VIDEO_TIMESCALE / this.#shape.fps;
    // A quarter of a picture early is in time: cameras are not exact.
    if (pts <= this.#lastPts || pts < this.#due - step / 4) return undefined;
    this.#due = Math.max(this.#due + step, pts + step / 2);
    this.#lastPts = pts;
    let config: VideoConfig | undefined;
    if (this.#encoding?.width !== frame.width || this.#encoding.height !== frame.height) {
      this.#freeEncoding();
      this.#encoding = this.#openEncoder(frame);
      config = videoConfigOfAnnexB('h264', this.#encoding.encoder.extraData ?? Buffer.alloc(0));
    }
    const encoding = this.#encoding;
    const { picture, encoder } = encoding;
    check(picture.makeWritable(), 'no memory for a picture');
    check(this.#scaler.scaleFrameSync(picture, frame), 'cannot scale a picture');
    const key = encoding.lastKey === undefined || pts - encoding.lastKey >= GOP_TICKS;
    if (key) encoding.lastKey = pts;
    picture.pictType = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    picture.pts = BigInt(pts);
    check(encoder.sendFrameSync(picture), 'cannot encode a picture');
    for (;;) {
      const got = encoder.receivePacketSync(this.#out);
      if (got === EAGAIN || got === EOF) return config;
      check(got, 'cannot encode a picture');
      into.push({ key: this.#out.isKeyframe, pts: Number(this.#out.pts), data: sampleOf(this.#out) });
      this.#out.unref();
    }
  }

  #openDecoder(): CodecContext {
    const codec = Codec.findDecoder(IDS[this.#stream.codec]);
    if (codec === null) throw new CodecError(`pictures coded as ${this.#stream.codec} cannot be decoded`);
    const context = new CodecContext();
    context.allocContext3(codec);
    if (this.#stream.description.length > 0) context.extraData = Buffer.from(this.#stream.description);
    context.threadCount = 2;
    try {
      setOptions(context, { max_pixels: MOST_PIXELS });
      check(context.open2Sync(codec), 'the decoder does not take this stream');
    } catch (error) {
      context.freeContext();
      throw error;
    }
    return context;
  }

  #openEncoder(frame: Frame): Encoding {
    const { width, height } = fitted(frame, this.#shape);
    const { fps, bitrate } = this.#shape;
    const encoder = openEncoder(
      'libx264',
      (context) => {
        context.width = width;
        context.height = height;
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.timeBase = new Rational(1, VIDEO_TIMESCALE);
        context.framerate = new Rational(Math.max(1, Math.round(fps)), 1);
        context.colorRange = AVCOL_RANGE_MPEG;
        context.colorSpace = AVCOL_SPC_BT709;
        context.colorPrimaries = AVCOL_PRI_BT709;
        context.colorTrc = AVCOL_TRC_BT709;
        // Key frames are asked for by time; this is only a bound.
        context.gopSize = Math.round(4 * fps);
        context.maxBFrames = 0;
        context.bitRate = BigInt(bitrate);
        context.rcMaxRate = BigInt(Math.round(bitrate * 1.5));
        context.rcBufferSize = bitrate * 2;
        context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
      },
      X264,
    );
    const picture = newPicture(width, height, AV_PIX_FMT_YUV420P);
    picture.colorRange = AVCOL_RANGE_MPEG;
    picture.colorSpace = AVCOL_SPC_BT709;
    return { width: frame.width, height: frame.height, encoder, picture, lastKey: undefined };
  }

  #freeEncoding(): void {
    this.#encoding?.encoder.freeContext();
    this.#encoding?.picture.free();
    this.#encoding = undefined;
  }
}

/** Slices alone, each behind its length: parameter sets stand in the init segment. */
function sampleOf(packet: Packet): Buffer {
  const pieces: Uint8Array[] = [];
  for (const nal of annexBUnits(packet.data ?? Buffer.alloc(0))) {
    const role = nalRole('h264', nalType('h264', nal[0] ?? 0));
    if (role === 'slice' || role === 'key-slice') pieces.push(lengthPrefixed(nal));
  }
  return Buffer.concat(pieces);
}
