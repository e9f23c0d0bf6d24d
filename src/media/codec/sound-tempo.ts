/** Sound that plays faster or slower at the same pitch, by FFmpeg's `atempo`. */
import { AV_CHANNEL_LAYOUT_MONO, AV_CHANNEL_LAYOUT_STEREO, AV_SAMPLE_FMT_FLT } from 'node-av/constants';
import { Filter, type FilterContext, FilterGraph, Frame } from 'node-av/lib';
import type { SoundPlan } from '../size/sound.ts';
import { CodecError, check, EAGAIN, EOF, newFrame } from './native.ts';

/** Beyond, `atempo` leaves samples out instead of joining what is alike. */
const MOST = 2;
/** Seconds of silence behind the end. */
const TAIL = 0.5;

/** Factors between 0.5 and 2 that make a speed. */
export function tempoSteps(speed: number): number[] {
  const count = Math.max(1, Math.ceil(Math.abs(Math.log2(speed)) / Math.log2(MOST) - 1e-9));
  return Array.from({ length: count }, () => speed ** (1 / count));
}

export class SoundTempo {
  private readonly graph = new FilterGraph();
  private readonly source: FilterContext;
  private readonly sink: FilterContext;
  private readonly result: Frame = newFrame();
  private readonly sound: SoundPlan;
  private readonly give: (samples: Float32Array) => void;
  private readonly speed: number;
  private pushed = 0n;
  private given = 0;
  private most = Number.POSITIVE_INFINITY;

  /** @param give gets what has become of the samples: interleaved, in order */
  constructor(speed: number, sound: SoundPlan, give: (samples: Float32Array) => void) {
    this.speed = speed;
    this.sound = sound;
    this.give = give;
    this.graph.alloc();
    const layout = sound.channels === 1 ? 'mono' : 'stereo';
    this.source = this.make(
      'abuffer',
      'in',
      `sample_fmt=flt:sample_rate=${sound.sampleRate}:channel_layout=${layout}:time_base=1/${sound.sampleRate}`,
    );
    let last = this.source;
    for (const [index, step] of tempoSteps(speed).entries()) {
      const tempo = this.make('atempo', `tempo${index}`, step.toFixed(6));
      check(last.link(0, tempo, 0), 'cannot prepare the sound');
      last = tempo;
    }
    this.sink = this.make('abuffersink', 'out', '');
    check(last.link(0, this.sink, 0), 'cannot prepare the sound');
    check(this.graph.configSync(), 'cannot prepare the sound');
  }

  /** @param samples interleaved, -1 to 1 */
  write(samples: Float32Array): void {
    const { channels, sampleRate } = this.sound;
    const count = samples.length / channels;
    if (count === 0) return;
    using frame = Frame.fromAudioBuffer(Buffer.from(samples.slice().buffer), {
      nbSamples: count,
      format: AV_SAMPLE_FMT_FLT,
      sampleRate,
      channelLayout: channels === 1 ? AV_CHANNEL_LAYOUT_MONO : AV_CHANNEL_LAYOUT_STEREO,
      timeBase: { num: 1, den: sampleRate },
      pts: this.pushed,
    });
    this.pushed += BigInt(count);
    check(this.source.buffersrcAddFrameSync(frame), 'cannot change the speed of the sound');
    this.drain();
  }

  /** Gives what was held back: exactly as much as the speed makes of it. */
  finish(): void {
    this.most = Math.round(Number(this.pushed) / this.speed);
    // Of what is slowed, atempo keeps the last window back.
    this.write(new Float32Array(Math.round(TAIL * this.sound.sampleRate) * this.sound.channels));
    check(this.source.buffersrcAddFrameSync(null), 'cannot change the speed of the sound');
    this.drain();
  }

  close(): void {
    this.graph.free();
    this.result.free();
  }

  private make(filter: string, name: string, args: string): FilterContext {
    const found = Filter.getByName(filter);
    const context = found && this.graph.createFilter(found, name, args);
    if (!context) throw new CodecError(`this FFmpeg has no filter "${filter}"`);
    return context;
  }

  private pass(samples: Float32Array): void {
    const { channels } = this.sound;
    const part = samples.subarray(0, Math.max(0, this.most - this.given) * channels);
    this.given += part.length / channels;
    if (part.length > 0) this.give(part);
  }

  private drain(): void {
    for (;;) {
      const got = this.sink.buffersinkGetFrameSync(this.result);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot change the speed of the sound');
      const [plane] = this.result.data ?? [];
      const bytes = this.result.nbSamples * this.sound.channels * 4;
      // A copy: the filter uses its memory again.
      if (plane) this.pass(new Float32Array(Uint8Array.from(plane.subarray(0, bytes)).buffer));
      this.result.unref();
    }
  }
}
