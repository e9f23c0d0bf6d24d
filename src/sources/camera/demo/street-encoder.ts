/**
 * Draws the street and encodes it as it happens, one picture a call. Native; for the demo camera's own process.
 */
import { type Canvas, createCanvas } from '@napi-rs/canvas';
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
import { annexBUnits, lengthPrefixed, nalRole, nalType } from '../../../media/bitstream/nal.ts';
import { videoConfigOfAnnexB } from '../../../media/bitstream/video-config.ts';
import { check, EAGAIN, newPacket, newPicture, openEncoder } from '../../../media/codec/native.ts';
import { createStreet, type Street } from './street.ts';

export const DEMO = { width: 1280, height: 720, fps: 15, bitrate: 1_200_000 } as const;

export class StreetEncoder {
  readonly config: VideoConfig;
  private readonly street: Street = createStreet();
  private readonly canvas: Canvas = createCanvas(DEMO.width, DEMO.height);
  private readonly drawn: Frame = newPicture(DEMO.width, DEMO.height, AV_PIX_FMT_RGBA);
  private readonly picture: Frame = newPicture(DEMO.width, DEMO.height, AV_PIX_FMT_YUV420P);
  private readonly scaler = new SoftwareScaleContext();
  private readonly packet: Packet = newPacket();
  private readonly encoder: CodecContext;

  constructor() {
    this.scaler.allocContext();
    this.picture.colorRange = AVCOL_RANGE_MPEG;
    this.picture.colorSpace = AVCOL_SPC_BT709;
    this.encoder = openEncoder(
      'libx264',
      (context) => {
        context.width = DEMO.width;
        context.height = DEMO.height;
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.timeBase = new Rational(1, VIDEO_TIMESCALE);
        context.framerate = new Rational(DEMO.fps, 1);
        context.colorRange = AVCOL_RANGE_MPEG;
        context.colorSpace = AVCOL_SPC_BT709;
        context.colorPrimaries = AVCOL_PRI_BT709;
        context.colorTrc = AVCOL_TRC_BT709;
        context.gopSize = DEMO.fps;
        context.maxBFrames = 0;
        context.bitRate = BigInt(DEMO.bitrate);
        context.rcMaxRate = BigInt(DEMO.bitrate * 1.5);
        context.rcBufferSize = DEMO.bitrate * 2;
        context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
      },
      { preset: 'superfast', tune: 'zerolatency', threads: 1, 'x264-params': 'scenecut=0:sliced-threads=0' },
    );
    this.config = videoConfigOfAnnexB('h264', this.encoder.extraData ?? Buffer.alloc(0));
  }

  /** The street as it is now; with zero latency there is one unit for each picture. @param frame its number */
  encode(frame: number, wall: WallMs): AccessUnit[] {
    this.street.draw(this.canvas, { wallMs: wall, frame });
    const stride = this.drawn.linesize[0] ?? DEMO.width * 4;
    const pixels = this.canvas.data();
    const target = this.drawn.data?.[0];
    if (!target) throw new Error('a picture without pixels');
    if (stride === DEMO.width * 4) pixels.copy(target);
    else
      for (let row = 0; row < DEMO.height; row++)
        pixels.copy(target, row * stride, row * DEMO.width * 4, (row + 1) * DEMO.width * 4);
    check(this.picture.makeWritable(), 'no memory for a picture');
    check(this.scaler.scaleFrameSync(this.picture, this.drawn), 'cannot convert a picture');
    this.picture.pts = BigInt(Math.round((frame * VIDEO_TIMESCALE) / DEMO.fps));
    check(this.encoder.sendFrameSync(this.picture), 'cannot encode a picture');
    const units: AccessUnit[] = [];
    for (;;) {
      const got = this.encoder.receivePacketSync(this.packet);
      if (got === EAGAIN) return units;
      check(got, 'cannot encode a picture');
      units.push(accessUnit(this.packet, wall));
      this.packet.unref();
    }
  }
}

function accessUnit(packet: Packet, arrival: WallMs): AccessUnit {
  const data: Uint8Array[] = [];
  let size = 0;
  for (const nal of annexBUnits(packet.data ?? Buffer.alloc(0))) {
    const role = nalRole('h264', nalType('h264', nal[0] ?? 0));
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
