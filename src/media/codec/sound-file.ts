/**
 * The sound of a file as one row of samples in the shape that is wanted, faster and higher where that is asked for. Inside of codec processes.
 */
import { AV_SAMPLE_FMT_FLT } from 'node-av/constants';
import { type CodecContext, Filter, type FilterContext, FilterGraph, type Frame } from 'node-av/lib';
import { InputFile } from './input-file.ts';
import { CodecError, check, EAGAIN, EOF, newFrame, newPacket } from './native.ts';
import type { RenderInput } from './plan.ts';

export interface SoundShape {
  readonly channels: 1 | 2;
  /** Hertz. */
  readonly sampleRate: number;
  /** As of a record: 1.5 is half as fast and half as high again. */
  readonly record?: number;
}

/** Interleaved samples from -1 to 1, in order, from the first that the file has. */
export class SoundFile {
  private readonly file: InputFile;
  private readonly shape: SoundShape;
  private readonly packet = newPacket();
  private readonly frame = newFrame();
  private readonly filtered = newFrame();
  private decoder: CodecContext | undefined;
  private graph: Graph | undefined;
  private graphShape = '';
  private ended = false;
  private drained = false;

  /** @throws BadInput when it is nothing that can be read */
  constructor(input: RenderInput, shape: SoundShape) {
    this.shape = shape;
    this.file = new InputFile(input, { video: false, audio: true });
    if (this.file.audio) this.decoder = this.file.decoder(this.file.audio);
  }

  get hasSound(): boolean {
    return this.decoder !== undefined;
  }

  /** The next samples, some hundreds to some thousands; undefined at the end. What is damaged is left out. */
  read(): Float32Array | undefined {
    while (this.decoder) {
      const ready = this.graph?.take(this.filtered);
      if (ready) return samplesOf(ready, this.shape.channels);
      if (this.drained) return undefined;
      const got = this.decoder.receiveFrameSync(this.frame);
      if (got >= 0) this.give(this.frame);
      else if (got === EOF || (got !== EAGAIN && this.ended)) this.drain();
      else if (!this.ended) this.feed(this.decoder);
      else this.drain();
    }
    return undefined;
  }

  close(): void {
    this.graph?.close();
    this.decoder?.freeContext();
    this.decoder = undefined;
    for (const frame of [this.frame, this.filtered]) frame.free();
    this.packet.free();
    this.file.close();
  }

  private feed(decoder: CodecContext): void {
    while (this.file.read(this.packet)) {
      if (this.packet.streamIndex !== this.file.audio?.index) continue;
      decoder.sendPacketSync(this.packet);
      return;
    }
    this.ended = true;
    decoder.sendPacketSync(null);
  }

  private give(frame: Frame): void {
    const { sampleRate, format, channels } = {
      sampleRate: frame.sampleRate,
      format: frame.format,
      channels: frame.channels,
    };
    const shape = `${sampleRate} ${format} ${channels}`;
    if (sampleRate <= 0 || channels <= 0) return;
    if (shape !== this.graphShape) {
      this.graph?.close();
      this.graph = new Graph(frame, this.shape);
      this.graphShape = shape;
    }
    this.graph?.give(frame);
    frame.unref();
  }

  private drain(): void {
    this.drained = true;
    this.graph?.give(null);
  }
}

class Graph {
  private readonly graph = new FilterGraph();
  private readonly source: FilterContext;
  private readonly sink: FilterContext;
  private readonly inputRate: number;
  private samples = 0n;

  constructor(sample: Frame, { channels, sampleRate, record = 1 }: SoundShape) {
    this.inputRate = sample.sampleRate;
    this.graph.alloc();
    const layout = sample.channels === 1 ? 'mono' : sample.channels === 2 ? 'stereo' : `${sample.channels}c`;
    this.source = this.make(
      'abuffer',
      `sample_rate=${sample.sampleRate}:sample_fmt=${sample.format}:channel_layout=${layout}:time_base=1/${sample.sampleRate}`,
    );
    const chain: FilterContext[] = [this.source];
    if (record !== 1) chain.push(this.make('asetrate', `${Math.round(sample.sampleRate * record)}`));
    chain.push(this.make('aresample', `${sampleRate}`));
    chain.push(
      this.make(
        'aformat',
        `sample_fmts=flt:channel_layouts=${channels === 1 ? 'mono' : 'stereo'}:sample_rates=${sampleRate}`,
      ),
    );
    this.sink = this.make('abuffersink', '');
    chain.push(this.sink);
    for (const [index, filter] of chain.entries()) {
      const next = chain[index + 1];
      if (next) check(filter.link(0, next, 0), 'cannot prepare the sound');
    }
    check(this.graph.configSync(), 'cannot prepare the sound');
  }

  give(frame: Frame | null): void {
    if (frame === null) {
      check(this.source.buffersrcAddFrameSync(null), 'cannot change the sound');
      return;
    }
    // Times of a damaged file may jump; the samples are one row.
    frame.pts = this.samples;
    frame.timeBase = { num: 1, den: this.inputRate } as Frame['timeBase'];
    this.samples += BigInt(frame.nbSamples);
    check(this.source.buffersrcAddFrameSync(frame), 'cannot change the sound');
  }

  take(frame: Frame): Frame | undefined {
    frame.unref();
    const got = this.sink.buffersinkGetFrameSync(frame);
    if (got >= 0) return frame;
    if (got === EAGAIN || got === EOF) return undefined;
    check(got, 'cannot change the sound');
    return undefined;
  }

  close(): void {
    this.graph.free();
  }

  private make(name: string, args: string): FilterContext {
    const filter = Filter.getByName(name);
    const context = filter && this.graph.createFilter(filter, name, args);
    if (!context) throw new CodecError(`this FFmpeg has no filter "${name}"`);
    return context;
  }
}

function samplesOf(frame: Frame, channels: number): Float32Array {
  if (frame.format !== AV_SAMPLE_FMT_FLT) throw new CodecError('the sound has another shape than was asked for');
  const bytes = frame.data?.[0] ?? Buffer.alloc(0);
  const copy = new Float32Array(frame.nbSamples * channels);
  new Uint8Array(copy.buffer).set(bytes.subarray(0, copy.byteLength));
  return copy;
}
