/**
 * One file from outside, opened for reading. It may be hostile: only plain container formats, no playlists that name
 * other files, no network, bounded probing, bounded picture sizes.
 */
import {
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_FLAG_BACKWARD,
} from 'node-av/constants';
import { Codec, CodecContext, FormatContext, type Packet, type Stream } from 'node-av/lib';
import { check, setOptions } from './native.ts';
import type { RenderInput } from './plan.ts';

/** Containers that hold their own bytes. HLS, concat, SDP and image sequences point elsewhere and stay out. */
const FORMATS =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,h264,hevc,m4v,mjpeg,mp3,aac,flac,wav,y4m,yuv4mpegpipe,ivf,nut';
/** 8K. Larger pictures are refused by the decoder. */
export const MAX_PIXELS = 7680 * 4352;

/** Something is wrong with one input, in words. The parent turns it into an InputError of that name. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
  readonly input: string;
  constructor(input: string, reason: string) {
    super(reason);
    this.input = input;
  }
}

export class InputFile {
  readonly name: string;
  readonly video: Stream | undefined;
  readonly audio: Stream | undefined;
  private readonly format: FormatContext;

  constructor(input: RenderInput, want: { video: boolean; audio: boolean }) {
    this.name = input.name;
    const format = new FormatContext();
    format.allocContext();
    try {
      setOptions(format, {
        protocol_whitelist: 'file',
        format_whitelist: FORMATS,
        probesize: 5_000_000,
        analyzeduration: 5_000_000,
        max_streams: 64,
      });
      check(format.openInputSync(`file:${input.path}`), 'cannot be opened');
      check(format.findStreamInfoSync(), 'cannot be understood');
    } catch (error) {
      throw new BadInput(input.name, error instanceof Error ? error.message : String(error));
    }
    this.format = format;
    const find = (type: number): Stream | undefined => {
      const index = format.findBestStream(type as never);
      return index < 0 ? undefined : format.streams[index];
    };
    this.video = find(AVMEDIA_TYPE_VIDEO);
    this.audio = find(AVMEDIA_TYPE_AUDIO);
    for (const stream of format.streams) {
      const wanted =
        (want.video && stream.index === this.video?.index) || (want.audio && stream.index === this.audio?.index);
      if (!wanted) stream.discard = AVDISCARD_ALL;
    }
  }

  get formatName(): string {
    return this.format.iformat?.name ?? 'unknown';
  }

  /** Seconds as the container says, or NaN. */
  get duration(): number {
    const duration = this.format.duration;
    return duration === AV_NOPTS_VALUE ? Number.NaN : Number(duration) / 1_000_000;
  }

  /** @returns false at the end of the file, or where it is damaged beyond reading. */
  read(packet: Packet): boolean {
    packet.unref();
    return this.format.readFrameSync(packet) >= 0;
  }

  /** To the key frame at or before `seconds` of the stream's own time; false when the container cannot. */
  seek(stream: Stream, seconds: number): boolean {
    const ticks = BigInt(Math.floor((seconds * stream.timeBase.den) / stream.timeBase.num));
    return this.format.seekFrameSync(stream.index, ticks, AVSEEK_FLAG_BACKWARD) >= 0;
  }

  decoder(stream: Stream): CodecContext {
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    if (!codec) throw new BadInput(this.name, 'is coded in a way that is not known here');
    const context = new CodecContext();
    context.allocContext3(codec);
    check(context.parametersToContext(stream.codecpar), 'bad stream parameters');
    context.pktTimebase = stream.timeBase;
    context.threadCount = 2;
    try {
      setOptions(context, { max_pixels: MAX_PIXELS });
      check(context.open2Sync(codec), 'no decoder for it');
    } catch (error) {
      throw new BadInput(this.name, error instanceof Error ? error.message : String(error));
    }
    return context;
  }

  close(): void {
    this.format.closeInputSync();
  }
}

/** Seconds of a time stamp in its stream's time base, or undefined where it has none. */
export function secondsOf(stamp: bigint, stream: Stream): number | undefined {
  return stamp === AV_NOPTS_VALUE ? undefined : (Number(stamp) * stream.timeBase.num) / stream.timeBase.den;
}
