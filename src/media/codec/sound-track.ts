/**
 * The sound of a clip as one unbroken row of samples: pieces at their exact places, silence where there is none.
 */
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CHANNEL_ORDER_UNSPEC,
  AV_SAMPLE_FMT_FLT,
} from 'node-av/constants';
import { type CodecContext, type Frame, SoftwareResampleContext } from 'node-av/lib';
import type { SoundPlan } from '../size/sound.ts';
import { BadInput, InputFile, secondsOf } from './input-file.ts';
import type { Measure } from './measure.ts';
import { breathe, CodecError, check, EAGAIN, EOF, newFrame, newPacket } from './native.ts';
import type { RenderInput, RenderPlan } from './plan.ts';
import { SoundTempo } from './sound-tempo.ts';
import type { Timeline } from './timeline.ts';

/** Differences from the expected place that are only rounding of time stamps. */
const JITTER = 0.02;

/** Interleaved samples from -1 to 1. */
export type SoundSink = (samples: Float32Array) => void;

/**
 * Decodes the sound of the first source that has any, and gives it to `sink` in order: exactly `seconds` of it.
 * Sound that cannot be decoded is silence; it never stops a clip.
 * @param speed so many seconds of the inputs are one of the clip, at the same pitch
 * @returns how many pieces of sound were damaged
 */
export async function readSound(
  plan: Pick<RenderPlan, 'inputs' | 'sources'>,
  measures: readonly (Measure | undefined)[],
  timeline: Timeline,
  sound: SoundPlan,
  seconds: number,
  sink: SoundSink,
  speed = 1,
): Promise<number> {
  const source = plan.sources.findIndex((one) => one.pieces.some((piece) => measures[piece.input]?.sound));
  const total = Math.round(seconds * sound.sampleRate);
  const row = new SoundRow(sound, total, sink);
  let damaged = 0;
  for (const span of timeline.spans) {
    const first = Math.round(span.start * sound.sampleRate);
    const end = Math.round((span.start + span.length) * sound.sampleRate);
    row.silence(first);
    const shown = span.shows[source];
    const input = shown && plan.inputs[shown.input];
    const measure = shown && measures[shown.input];
    if (!shown || !input || !measure?.sound) continue;
    const { from } = shown;
    const until = from + span.length * speed;
    if (speed === 1) {
      const place: Place = (samples, at) => row.place(samples, first + (at - from) * sound.sampleRate, end);
      damaged += await readPiece(input, measure.firstPicture, sound, from, until, place);
    } else {
      const tempo = new SoundTempo(speed, sound, (samples) => row.place(samples, row.written, end));
      try {
        const whole = Math.round((until - from) * sound.sampleRate);
        const piece = new SoundRow(sound, whole, (samples) => tempo.write(samples));
        const place: Place = (samples, at) => piece.place(samples, (at - from) * sound.sampleRate, whole);
        damaged += await readPiece(input, measure.firstPicture, sound, from, until, place);
        piece.silence(whole);
        tempo.finish();
      } finally {
        tempo.close();
      }
    }
    row.silence(end);
  }
  row.silence(total);
  return damaged;
}

type Place = (samples: Float32Array, at: number) => void;

/** Samples one after the other, of which each knows where it belongs. */
class SoundRow {
  written = 0;
  private readonly sound: SoundPlan;
  private readonly total: number;
  private readonly sink: SoundSink;

  /** @param total samples; more are not taken */
  constructor(sound: SoundPlan, total: number, sink: SoundSink) {
    this.sound = sound;
    this.total = total;
    this.sink = sink;
  }

  silence(until: number): void {
    const { sampleRate, channels } = this.sound;
    while (this.written < Math.min(until, this.total))
      this.write(new Float32Array(Math.min(sampleRate, Math.min(until, this.total) - this.written) * channels));
  }

  /** @param at the sample where they belong @param end what comes after it is left out */
  place(samples: Float32Array, at: number, end: number): void {
    const { sampleRate, channels } = this.sound;
    const wanted = Math.round(at);
    if (wanted - this.written > JITTER * sampleRate) this.silence(Math.min(wanted, end));
    const late = this.written - wanted;
    const skip = late > JITTER * sampleRate ? Math.min(samples.length, late * channels) : 0;
    this.write(samples.subarray(skip, skip + Math.max(0, end - this.written) * channels));
  }

  private write(samples: Float32Array): void {
    const { channels } = this.sound;
    const room = (this.total - this.written) * channels;
    const part = samples.length > room ? samples.subarray(0, Math.max(0, room)) : samples;
    if (part.length > 0) this.sink(part);
    this.written += part.length / channels;
  }
}

/** @returns how often the decoder refused something; what cannot be decoded at all counts once and stays silent */
async function readPiece(
  input: RenderInput,
  zero: number,
  sound: SoundPlan,
  from: number,
  to: number,
  place: (samples: Float32Array, at: number) => void,
): Promise<number> {
  const reader = new SoundReader(new InputFile(input, { video: false, audio: true }), zero, sound);
  try {
    await reader.read(from, to, place);
    return reader.damaged;
  } catch (error) {
    if (error instanceof BadInput || error instanceof CodecError) return reader.damaged + 1;
    throw error;
  } finally {
    reader.close();
  }
}

class SoundReader {
  damaged = 0;
  private readonly file: InputFile;
  private readonly zero: number;
  private readonly sound: SoundPlan;
  private resampler: SoftwareResampleContext | undefined;
  private shape = '';

  constructor(file: InputFile, zero: number, sound: SoundPlan) {
    this.file = file;
    this.zero = zero;
    this.sound = sound;
  }

  /** Gives samples from `from` to `to`, in seconds after the first picture, each with its time. */
  async read(from: number, to: number, give: (samples: Float32Array, at: number) => void): Promise<void> {
    const stream = this.file.audio;
    if (!stream) return;
    const decoder = this.file.decoder(stream);
    using packet = newPacket();
    using frame = newFrame();
    if (from > 1) this.file.seek(stream, this.zero + from - 0.5);
    let turns = 0;
    let ended = false;
    try {
      for (;;) {
        const got = decoder.receiveFrameSync(frame);
        if (got >= 0) {
          const time = secondsOf(frame.bestEffortTimestamp, stream);
          if (time !== undefined && !this.pass(frame, time - this.zero, from, to, give)) break;
          frame.unref();
          if (++turns % 64 === 0) await breathe();
          continue;
        }
        if (got === EOF || ended) break;
        if (got !== EAGAIN) this.damaged++;
        ended = !this.feed(decoder, packet, stream.index);
      }
    } finally {
      decoder.freeContext();
    }
  }

  close(): void {
    this.resampler?.free();
    this.file.close();
  }

  private feed(decoder: CodecContext, packet: ReturnType<typeof newPacket>, index: number): boolean {
    while (this.file.read(packet)) {
      if (packet.streamIndex !== index) continue;
      if (decoder.sendPacketSync(packet) < 0) this.damaged++;
      return true;
    }
    decoder.sendPacketSync(null);
    return false;
  }

  /** False when what is wanted is complete. */
  private pass(
    frame: Frame,
    time: number,
    from: number,
    to: number,
    give: (samples: Float32Array, at: number) => void,
  ): boolean {
    if (time >= to) return false;
    if (time + frame.nbSamples / Math.max(1, frame.sampleRate) <= from) return true;
    const { samples, delay } = this.resample(frame);
    const at = time - delay;
    const skip = Math.max(0, Math.round((from - at) * this.sound.sampleRate));
    const part = samples.subarray(Math.min(samples.length, skip * this.sound.channels));
    if (part.length > 0) give(part, at + skip / this.sound.sampleRate);
    return true;
  }

  /** @returns samples, and how many seconds before the frame's own time they begin */
  private resample(frame: Frame): { samples: Float32Array; delay: number } {
    const { channels, sampleRate } = this.sound;
    const shape = `${frame.sampleRate}/${frame.format}/${frame.channels}`;
    if (this.shape !== shape || !this.resampler) {
      this.resampler?.free();
      this.resampler = new SoftwareResampleContext();
      const stated = frame.channelLayout;
      const unstated = stated.order === AV_CHANNEL_ORDER_UNSPEC && frame.channels === 2;
      const layout = frame.channels === 1 ? AV_CHANNEL_LAYOUT_MONO : unstated ? AV_CHANNEL_LAYOUT_STEREO : stated;
      check(
        this.resampler.allocSetOpts2(
          channels === 1 ? AV_CHANNEL_LAYOUT_MONO : AV_CHANNEL_LAYOUT_STEREO,
          AV_SAMPLE_FMT_FLT,
          sampleRate,
          layout,
          frame.format as never,
          frame.sampleRate,
        ),
        'cannot convert the sound',
      );
      check(this.resampler.init(), 'cannot convert the sound');
      this.shape = shape;
    }
    const delay = Number(this.resampler.getDelay(BigInt(sampleRate))) / sampleRate;
    const most = this.resampler.getOutSamples(frame.nbSamples) + 32;
    const out = Buffer.alloc(most * channels * 4);
    const count = check(
      this.resampler.convertSync([out], most, frame.extendedData ?? frame.data, frame.nbSamples),
      'cannot convert the sound',
    );
    return { samples: new Float32Array(out.buffer, out.byteOffset, count * channels), delay };
  }
}
