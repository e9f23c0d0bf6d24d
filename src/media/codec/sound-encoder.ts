/**
 * Encodes sound to AAC (FFmpeg's own encoder) or FLAC, before the pictures, so that its size is known exactly.
 * The packets wait in a file of our own: each behind its length (4 bytes), time and duration (8 bytes each, in samples), little-endian.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
} from 'node-av/constants';
import { type CodecContext, CodecParameters, Frame, Rational } from 'node-av/lib';
import type { SoundPlan } from '../size/sound.ts';
import { check, EAGAIN, EOF, newPacket, openEncoder } from './native.ts';

/** Sound that is ready for a container. */
export interface SoundPackets {
  readonly path: string;
  readonly parameters: CodecParameters;
  readonly sampleRate: number;
  /** Sum of the packets. */
  readonly bytes: number;
  readonly count: number;
}

function openSound(codec: 'aac' | 'flac', plan: SoundPlan): CodecContext {
  return openEncoder(
    codec,
    (context) => {
      context.sampleRate = plan.sampleRate;
      context.sampleFormat = codec === 'flac' ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP;
      context.channelLayout = plan.channels === 1 ? AV_CHANNEL_LAYOUT_MONO : AV_CHANNEL_LAYOUT_STEREO;
      context.timeBase = new Rational(1, plan.sampleRate);
      if (codec === 'aac') context.bitRate = BigInt(plan.bitrate);
      context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    },
    {},
  );
}

function parametersOf(context: CodecContext): CodecParameters {
  const parameters = new CodecParameters();
  parameters.alloc();
  check(parameters.fromContext(context), 'no parameters of the sound');
  return parameters;
}

/** What {@link SoundEncoder} of another process says of its packets. */
export function aacParameters(plan: SoundPlan): CodecParameters {
  const context = openSound('aac', plan);
  try {
    return parametersOf(context);
  } finally {
    context.freeContext();
  }
}

export class SoundEncoder {
  private readonly context: CodecContext;
  private readonly plan: SoundPlan;
  private readonly lossless: boolean;
  private readonly path: string;
  private readonly file: number;
  private readonly frameSize: number;
  private held: Float32Array;
  private heldSamples = 0;
  private samples = 0n;
  private bytes = 0;
  private count = 0;

  constructor(codec: 'aac' | 'flac', plan: SoundPlan, path: string) {
    this.plan = plan;
    this.path = path;
    this.lossless = codec === 'flac';
    this.context = openSound(codec, plan);
    this.frameSize = this.context.frameSize || 4096;
    this.held = new Float32Array(this.frameSize * plan.channels);
    this.file = openSync(path, 'wx');
  }

  /** @param samples interleaved, -1 to 1 */
  write(samples: Float32Array): void {
    const { channels } = this.plan;
    for (let at = 0; at < samples.length; ) {
      const room = (this.frameSize - this.heldSamples) * channels;
      const part = samples.subarray(at, at + room);
      this.held.set(part, this.heldSamples * channels);
      this.heldSamples += part.length / channels;
      at += part.length;
      if (this.heldSamples === this.frameSize) this.encode();
    }
  }

  finish(): SoundPackets {
    if (this.heldSamples > 0) this.encode();
    this.drain(null);
    closeSync(this.file);
    const parameters = parametersOf(this.context);
    this.context.freeContext();
    return {
      path: this.path,
      parameters,
      sampleRate: this.plan.sampleRate,
      bytes: this.bytes,
      count: this.count,
    };
  }

  private encode(): void {
    const count = this.heldSamples;
    this.heldSamples = 0;
    using frame = Frame.fromAudioBuffer(this.pack(count), {
      nbSamples: count,
      format: this.lossless ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP,
      sampleRate: this.plan.sampleRate,
      channelLayout: this.plan.channels === 1 ? AV_CHANNEL_LAYOUT_MONO : AV_CHANNEL_LAYOUT_STEREO,
      timeBase: { num: 1, den: this.plan.sampleRate },
      pts: this.samples,
    });
    this.samples += BigInt(count);
    this.drain(frame);
  }

  /** As the encoder wants them: planes of floats for AAC, interleaved 16 bits for FLAC. */
  private pack(count: number): Buffer {
    const { channels } = this.plan;
    if (this.lossless) {
      const packed = new Int16Array(count * channels);
      for (let at = 0; at < packed.length; at++)
        packed[at] = Math.max(-32_768, Math.min(32_767, Math.round((this.held[at] ?? 0) * 32_767)));
      return Buffer.from(packed.buffer);
    }
    const planes = new Float32Array(count * channels);
    for (let channel = 0; channel < channels; channel++)
      for (let at = 0; at < count; at++) planes[channel * count + at] = this.held[at * channels + channel] ?? 0;
    return Buffer.from(planes.buffer);
  }

  private drain(frame: Frame | null): void {
    check(this.context.sendFrameSync(frame), 'cannot encode the sound');
    using packet = newPacket();
    for (;;) {
      const got = this.context.receivePacketSync(packet);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot encode the sound');
      const data = packet.data ?? Buffer.alloc(0);
      const head = Buffer.alloc(20);
      head.writeUInt32LE(data.length, 0);
      head.writeBigInt64LE(packet.pts, 4);
      head.writeBigInt64LE(packet.duration, 12);
      writeSync(this.file, head);
      writeSync(this.file, data);
      this.bytes += data.length;
      this.count++;
      packet.unref();
    }
  }
}

export interface SoundPacket {
  readonly data: Buffer;
  /** In samples. */
  readonly pts: bigint;
  readonly duration: bigint;
}

/** Reads the packets back, in order. */
export function* soundPackets(sound: SoundPackets): Generator<SoundPacket> {
  const file = openSync(sound.path, 'r');
  try {
    const head = Buffer.alloc(20);
    for (let index = 0; index < sound.count; index++) {
      if (readSync(file, head) !== head.length) return;
      const data = Buffer.alloc(head.readUInt32LE(0));
      readSync(file, data);
      yield { data, pts: head.readBigInt64LE(4), duration: head.readBigInt64LE(12) };
    }
  } finally {
    closeSync(file);
  }
}
