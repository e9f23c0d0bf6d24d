/**
 * A container with one track of coded pictures and the ready sound beside it: MP4 with its index in front, or Matroska for a master.
 */
import { AV_PKT_DATA_SPHERICAL } from 'node-av/constants';
import { type CodecContext, Dictionary, FormatContext, type Packet, Rational, type Stream } from 'node-av/lib';
import { check, newPacket, setOptions } from './native.ts';
import type { FrameRate } from './plan.ts';
import { type SoundPacket, type SoundPackets, soundPackets } from './sound-encoder.ts';

export interface ContainerShape {
  readonly path: string;
  readonly container: 'mp4' | 'matroska';
  readonly rate: FrameRate;
  /** An open encoder: what it says of its pictures is written down. */
  readonly encoder: CodecContext;
  readonly sound: SoundPackets | undefined;
  readonly metadata: { readonly title?: string; readonly createdAt?: number };
  /** An equirectangular picture all around: players let people look around in it. */
  readonly spherical?: boolean;
}

/** `AVSphericalMapping` (libavutil/spherical.h): nine numbers of 32 bits; all zero is equirectangular, straight ahead, uncut. */
const EQUIRECTANGULAR = Buffer.alloc(36);

export class ContainerFile {
  private readonly format: FormatContext;
  private readonly video: Stream;
  private readonly audio: Stream | undefined;
  private readonly frameTime: { num: number; den: number };
  private readonly sound: Iterator<SoundPacket> | undefined;
  private readonly soundRate: number;
  private nextSound: SoundPacket | undefined;

  constructor({ path, container, rate, encoder, sound, metadata, spherical }: ContainerShape) {
    this.frameTime = { num: rate.den, den: rate.num };
    this.format = new FormatContext();
    check(this.format.allocOutputContext2(null, container, path), 'cannot make the file');
    this.video = this.format.newStream();
    check(this.video.codecpar.fromContext(encoder), 'no parameters of the pictures');
    if (spherical)
      check(this.video.codecpar.addCodedSideData(AV_PKT_DATA_SPHERICAL, EQUIRECTANGULAR), 'cannot mark the picture');
    this.video.timeBase = Rational.fromObject(this.frameTime);
    this.video.avgFrameRate = new Rational(rate.num, rate.den);
    this.soundRate = sound?.sampleRate ?? 1;
    if (sound) {
      this.audio = this.format.newStream();
      check(sound.parameters.copy(this.audio.codecpar), 'no parameters of the sound');
      this.audio.timeBase = new Rational(1, this.soundRate);
      this.sound = soundPackets(sound)[Symbol.iterator]();
      this.nextSound = this.sound.next().value;
    }
    this.format.metadata = Dictionary.fromObject({
      ...(metadata.title ? { title: metadata.title } : {}),
      // The first is a field of the container, the second the tag that players show.
      ...(metadata.createdAt
        ? {
            creation_time: new Date(metadata.createdAt).toISOString(),
            date: new Date(metadata.createdAt).toISOString(),
          }
        : {}),
    });
    check(this.format.openOutputSync(), 'cannot write the file');
    setOptions(this.format, {
      ...(container === 'mp4' ? { movflags: '+faststart' } : {}),
      // The boxes of spherical video (Google's Spherical Video V2) are no part of the standard.
      ...(spherical ? { strict: 'unofficial' } : {}),
      fflags: '+bitexact',
    });
    check(this.format.writeHeaderSync(), 'cannot write the head of the file');
  }

  /** @param packet of pictures, in coding order; its times are in frames */
  write(packet: Packet): void {
    if (packet.duration <= 0n) packet.duration = 1n;
    this.writeSound((Number(packet.dts) * this.frameTime.num) / this.frameTime.den);
    packet.rescaleTs(this.frameTime, this.video.timeBase);
    packet.streamIndex = this.video.index;
    check(this.format.interleavedWriteFrameSync(packet), 'cannot write the file');
  }

  /** Writes the rest of the sound, and the index. */
  finish(): void {
    this.writeSound(Number.POSITIVE_INFINITY);
    check(this.format.writeTrailerSync(), 'cannot finish the file');
    this.close();
  }

  /** Lets go of everything; the file is of no use unless it was finished. */
  close(): void {
    this.sound?.return?.();
    this.format.closeOutputSync();
    this.format.freeContext();
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
