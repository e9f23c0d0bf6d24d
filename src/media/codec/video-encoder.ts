/**
 * How pictures are coded: H.264 by quality, or by size in two passes; FFV1 for a master.
 */
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_PASS1,
  AV_CODEC_FLAG_PASS2,
  AV_PIX_FMT_YUV420P,
  AV_PKT_DATA_QUALITY_STATS,
} from 'node-av/constants';
import { type CodecContext, type Frame, type Packet, Rational } from 'node-av/lib';
import { CodecError, check, EAGAIN, EOF, newPacket, openEncoder } from './native.ts';
import type { FrameRate, Size } from './plan.ts';

/** What x264 is told of how many bits a picture may have. */
export type RateControl =
  | { readonly crf: number }
  /** Only to learn where the bits are needed: at this quality, written to the file `stats`. */
  | { readonly crf: number; readonly pass: 1; readonly stats: string }
  /** `bitrate` in bits a second, spent as `stats` says. The first pass may have had pictures of another size, but just as many. */
  | { readonly bitrate: number; readonly pass: 2; readonly stats: string };

export type VideoCoding =
  | {
      readonly codec: 'h264';
      readonly rate: RateControl;
      readonly preset: string;
      readonly keySeconds?: number;
      /** A part of a file: made by one thread, the same each time, with the same head as all others of the same size. */
      readonly part?: boolean;
    }
  | { readonly codec: 'ffv1' };

export interface VideoShape {
  readonly size: Size;
  readonly rate: FrameRate;
  readonly coding: VideoCoding;
  /** Colours are taken from this frame. */
  readonly sample: Frame;
}

/** Longest distance of key frames, in seconds: what a player must decode at most to seek. */
const KEY_DISTANCE = 8;
/** Below this nothing more is to be seen; bits that are left over are left. */
const LEAST_QP = 8;
/** How far x264 may stray from the bits it was given before it turns back: twice this many seconds' worth. Its own 1 is as much as a part is long. */
const PART_TOLERANCE = 0.05;
/** FFmpeg counts QP in units of lambda (`FF_QP2LAMBDA`). */
const QP_UNIT = 118;

/** x264 refuses a second pass whose bits are fewer than what it must write for each picture (`init_pass2`). */
export class TooFewBits extends Error {
  override readonly name = 'TooFewBits';
}

/** @throws TooFewBits of a second pass */
export function openVideoEncoder(shape: VideoShape): CodecContext {
  const { coding, size, rate, sample } = shape;
  const seconds = (coding.codec === 'h264' ? coding.keySeconds : undefined) ?? KEY_DISTANCE;
  const part = coding.codec === 'h264' && coding.part === true;
  const distance = Math.max(1, Math.min(part ? 1000 : 250, Math.round((seconds * rate.num) / rate.den)));
  const prepare = (context: CodecContext): void => {
    context.width = size.width;
    context.height = size.height;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.timeBase = new Rational(rate.den, rate.num);
    context.framerate = new Rational(rate.num, rate.den);
    context.colorRange = sample.colorRange;
    context.colorSpace = sample.colorSpace;
    context.colorPrimaries = sample.colorPrimaries;
    context.colorTrc = sample.colorTrc;
    context.sampleAspectRatio = new Rational(1, 1);
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    if (coding.codec !== 'h264') return;
    context.gopSize = distance;
    if (!('pass' in coding.rate)) return;
    context.setFlags(coding.rate.pass === 1 ? AV_CODEC_FLAG_PASS1 : AV_CODEC_FLAG_PASS2);
    if (coding.rate.pass === 2) {
      context.bitRate = BigInt(Math.round(coding.rate.bitrate));
      context.qMin = LEAST_QP;
    }
  };
  if (coding.codec === 'ffv1') return openEncoder('ffv1', prepare, { level: 3, slicecrc: 1, slices: 4, threads: 2 });
  try {
    return openEncoder('libx264', prepare, {
      preset: coding.preset,
      profile: 'high',
      threads: part ? 1 : 2,
      ...(part ? { 'x264-params': `stitchable=1:ratetol=${PART_TOLERANCE}` } : {}),
      ...('crf' in coding.rate ? { crf: coding.rate.crf.toFixed(3) } : {}),
      ...('pass' in coding.rate ? { stats: coding.rate.stats } : {}),
    });
  } catch (error) {
    // FFmpeg gives no other reason; the first pass opened the same encoder.
    if (!(error instanceof CodecError && 'bitrate' in coding.rate)) throw error;
    throw new TooFewBits('x264 has too few bits for these pictures', { cause: error });
  }
}

/** QP of a coded picture, or 0 where the encoder does not say. */
export function qpOf(packet: Packet): number {
  const stats = packet.getSideData(AV_PKT_DATA_QUALITY_STATS);
  return stats && stats.length >= 4 ? stats.readInt32LE(0) / QP_UNIT : 0;
}

/** The first of two passes: no file but the statistics. */
export class FirstPass {
  bytes = 0;
  coded = 0;
  private readonly encoder: CodecContext;
  private readonly packet: Packet = newPacket();
  private readonly frameTime: { num: number; den: number };
  private sent = 0n;

  constructor(shape: VideoShape) {
    this.encoder = openVideoEncoder(shape);
    this.frameTime = { num: shape.rate.den, den: shape.rate.num };
  }

  write(frame: Frame): void {
    frame.pts = this.sent++;
    frame.duration = 1n;
    frame.timeBase = Rational.fromObject(this.frameTime);
    this.drain(frame);
  }

  /** The statistics are whole after this only. */
  finish(): void {
    this.drain(null);
    this.close();
  }

  close(): void {
    this.encoder.freeContext();
    this.packet.free();
  }

  private drain(frame: Frame | null): void {
    check(this.encoder.sendFrameSync(frame), 'cannot encode a picture');
    for (;;) {
      const got = this.encoder.receivePacketSync(this.packet);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot encode a picture');
      this.bytes += this.packet.size;
      this.coded++;
    }
  }
}
