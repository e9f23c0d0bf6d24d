/**
 * One attempt at a file: frames in, H.264 (or FFV1 for a master) with the ready sound beside it, a container out.
 */
import { AV_PKT_DATA_SPHERICAL } from 'node-av/constants';
import {
  type CodecContext,
  Dictionary,
  FormatContext,
  type Frame,
  type Packet,
  Rational,
  type Stream,
} from 'node-av/lib';
import { check, EAGAIN, EOF, newPacket, setOptions } from './native.ts';
import type { FrameRate, Size } from './plan.ts';
import { type SoundPacket, type SoundPackets, soundPackets } from './sound-encoder.ts';
import { openVideoEncoder, qpOf, type VideoCoding } from './video-encoder.ts';

export interface FileShape {
  readonly path: string;
  readonly size: Size;
  readonly rate: FrameRate;
  readonly coding: VideoCoding;
  readonly sound: SoundPackets | undefined;
  readonly metadata: { readonly title?: string; readonly createdAt?: number };
  /** Colours are taken from this frame. */
  readonly sample: Frame;
  /** An equirectangular picture all around: players let people look around in it. */
  readonly spherical?: boolean;
}

/** `AVSphericalMapping` (libavutil/spherical.h): nine numbers of 32 bits; all zero is equirectangular, straight ahead, uncut. */
const EQUIRECTANGULAR = Buffer.alloc(36);

export class FileWriter {
  /** Bytes of coded pictures so far. */
  videoBytes = 0;
  /** Pictures that came out of the encoder so far. */
  coded = 0;
  /** Sum of their QP (H.264 section 7.4.3: 0 to 51), where the encoder tells it. */
  qpSum = 0;
  private readonly encoder: CodecContext;
  private readonly format: FormatContext;
  private readonly video: Stream;
  private readonly audio: Stream | undefined;
  private readonly packet: Packet = newPacket();
  private readonly frameTime: { num: number; den: number };
  private readonly sound: Iterator<SoundPacket> | undefined;
  private readonly soundRate: number;
  private nextSound: SoundPacket | undefined;
  private sent = 0n;

  constructor(shape: FileShape) {
    this.frameTime = { num: shape.rate.den, den: shape.rate.num };
    this.encoder = openVideoEncoder(shape);
    this.format = new FormatContext();
    const container = shape.coding.codec === 'h264' ? 'mp4' : 'matroska';
    check(this.format.allocOutputContext2(null, container, shape.path), 'cannot make the file');
    this.video = this.format.newStream();
    check(this.video.codecpar.fromContext(this.encoder), 'no parameters of the pictures');
    if (shape.spherical)
      check(this.video.codecpar.addCodedSideData(AV_PKT_DATA_SPHERICAL, EQUIRECTANGULAR), 'cannot mark the picture');
    this.video.timeBase = Rational.fromObject(this.frameTime);
    this.video.avgFrameRate = new Rational(shape.rate.num, shape.rate.den);
    this.soundRate = shape.sound?.sampleRate ?? 1;
    if (shape.sound) {
      this.audio = this.format.newStream();
      check(shape.sound.parameters.copy(this.audio.codecpar), 'no parameters of the sound');
      this.audio.timeBase = new Rational(1, this.soundRate);
      this.sound = soundPackets(shape.sound)[Symbol.iterator]();
      this.nextSound = this.sound.next().value;
    }
    this.format.metadata = Dictionary.fromObject({
      ...(shape.metadata.title ? { title: shape.metadata.title } : {}),
      // The first is a field of the container, the second the tag that players show.
      ...(shape.metadata.createdAt
        ? {
            creation_time: new Date(shape.metadata.createdAt).toISOString(),
            date: new Date(shape.metadata.createdAt).toISOString(),
          }
        : {}),
    });
    check(this.format.openOutputSync(), 'cannot write the file');
    setOptions(this.format, {
      ...(container === 'mp4' ? { movflags: '+faststart' } : {}),
      // The boxes of spherical video (Google's Spherical Video V2) are no part of the standard.
      ...(shape.spherical ? { strict: 'unofficial' } : {}),
      fflags: '+bitexact',
    });
    check(this.format.writeHeaderSync(), 'cannot write the head of the file');
  }

  write(frame: Frame): void {
    frame.pts = this.sent++;
    frame.duration = 1n;
    frame.timeBase = Rational.fromObject(this.frameTime);
    this.drain(frame);
  }

  /** Writes what is still held back, and the index. */
  finish(): void {
    this.drain(null);
    this.writeSound(Number.POSITIVE_INFINITY);
    check(this.format.writeTrailerSync(), 'cannot finish the file');
    this.close();
  }

  /** Lets go of everything; the file is of no use unless it was finished. */
  close(): void {
    this.sound?.return?.();
    this.encoder.freeContext();
    this.packet.free();
    this.format.closeOutputSync();
    this.format.freeContext();
  }

  private drain(frame: Frame | null): void {
    check(this.encoder.sendFrameSync(frame), 'cannot encode a picture');
    for (;;) {
      const got = this.encoder.receivePacketSync(this.packet);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot encode a picture');
      this.videoBytes += this.packet.size;
      this.coded++;
      this.qpSum += qpOf(this.packet);
      if (this.packet.duration <= 0n) this.packet.duration = 1n;
      this.writeSound((Number(this.packet.dts) * this.frameTime.num) / this.frameTime.den);
      this.packet.rescaleTs(this.frameTime, this.video.timeBase);
      this.packet.streamIndex = this.video.index;
      check(this.format.interleavedWriteFrameSync(this.packet), 'cannot write the file');
    }
  }

  /** Sound up to a moment, so that a player finds pictures and sound side by side. */
  private writeSound(seconds: number): void {
    while (this.audio && this.sound && this.nextSound && Number(this.nextSound.pts) / this.soundRate <= seconds) {
      using packet = newPacket();
      packet.data = this.nextSound.data;
      packet.pts = this.nextSound.pts;
      packet.dts = this.nextSound.pts;
      packet.duration = this.nextSound.duration;
      packet.isKeyframe = true;
      packet.rescaleTs({ num: 1, den: this.soundRate }, this.audio.timeBase);
      packet.streamIndex = this.audio.index;
      check(this.format.interleavedWriteFrameSync(packet), 'cannot write the sound');
      const next = this.sound.next();
      this.nextSound = next.done ? undefined : next.value;
    }
  }
}
