/**
 * FFmpeg's side of a reader child: opens an address and hands over what it holds. Only `../reader.main.ts` imports this.
 */
import { setTimeout as wait, setImmediate as yieldTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_FLAC,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_MJPEG,
  AV_LOG_QUIET,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_NEW_EXTRADATA,
  AVERROR_EOF,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_UNAUTHORIZED,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import {
  avGetCodecName,
  Dictionary,
  FFmpegError,
  FormatContext,
  InputFormat,
  Log,
  Packet,
  type Stream,
} from 'node-av/lib';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { AudioConfig } from '../../../media/access-unit.ts';
import { aacConfig, flacConfig, rawAac } from './audio-packets.ts';
import { JpegPackets } from './jpeg-packets.ts';
import type { OpenOrder, SentUnit } from './messages.ts';
import { Timeline } from './timeline.ts';
import { VideoPackets } from './video-packets.ts';

export interface DemuxSink {
  config(config: { video: NonNullable<VideoPackets['config']>; audio?: AudioConfig }): void;
  /** Resolves when more may be sent. */
  units(units: SentUnit[]): Promise<void>;
  note(kind: string, text: string): void;
}

/** Nothing came on the socket for this long (microseconds, as FFmpeg wants it). */
const SOCKET_TIMEOUT_US = '10000000';
const MAX_PACKETS_BEFORE_SOUND = 200;

/** What a network address may lead to: a playlist from outside must not open local files. */
const NETWORK_PROTOCOLS = 'http,https,httpproxy,tcp,tls,udp,rtp,rtmp,rtmps,rtmpt,srt,crypto,data,rtsp,rtsps,hls';

/**
 * Reads to the end; returns why it ended.
 *
 * @throws UserError (refused, or nothing that can be recorded), InputError, Unavailable
 */
export async function demux(order: OpenOrder, sink: DemuxSink): Promise<string> {
  Log.setLevel(AV_LOG_QUIET);
  const context = new FormatContext();
  context.allocContext();
  const target = targetOf(order);
  using options = Dictionary.fromObject(target.options);
  check(context.openInputSync(target.url, target.format, options), 'cannot be opened');
  try {
    check(context.findStreamInfoSync(null), 'has no streams that can be read');
    return await copy(context, target, sink);
  } finally {
    context.closeInputSync();
  }
}

async function copy(context: FormatContext, target: Target, sink: DemuxSink): Promise<string> {
  const streams = context.streams ?? [];
  const video = streams.find((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  if (video === undefined) throw new UserError('It holds no pictures.', 'Give the address of a video stream.');
  const codec = codecOf(video);
  const pictures = codec === 'mjpeg' ? new JpegPackets() : new VideoPackets(codec, video.codecpar.extradata);
  const audio = soundOf(streams, sink);
  // What has a known length is a recording, and is played at the speed at which it was made.
  const hasEnd = target.source === 'file' || (context.duration !== AV_NOPTS_VALUE && context.duration > 0n);
  const pacer = hasEnd && target.source !== 'device' ? new Pacer() : undefined;
  // JPEGs one after the other over HTTP say nothing of time; FFmpeg would make 25 a second of any of them.
  const untimed = target.source === 'network' && /^(mpjpeg|mjpeg)$/.test(context.iformat?.name ?? '');
  const timeBase = untimed ? { num: 1, den: 1000 } : video.timeBase;
  const videoTime = new Timeline(timeBase, VIDEO_TIMESCALE, VIDEO_TIMESCALE / 15);
  let audioTime: Timeline | undefined;
  let audioConfig: AudioConfig | undefined;
  let origin: number | undefined;
  let told: object | undefined;
  let packetsBefore = 0;
  let early: SentUnit[] = [];

  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const result = context.readFrameSync(packet);
    if (result === AVERROR_EOF) return 'the stream has ended';
    check(result, 'cannot be read any further');
    const data = packet.data;
    const units: SentUnit[] = [];
    if (data !== null && packet.streamIndex === video.index) {
      const renewed = packet.getSideData(AV_PKT_DATA_NEW_EXTRADATA);
      if (renewed !== null && renewed.length > 0) pictures.replaceExtradata(renewed);
      const picture = pictures.convert(data);
      const starts = origin !== undefined || (picture?.key === true && pictures.config !== undefined);
      if (picture !== undefined && starts) {
        origin ??= untimed ? performance.now() / 1000 : (videoTime.seconds(packet.pts, packet.dts) ?? 0);
        const placed = untimed ? arrived(videoTime, origin) : videoTime.place(packet.pts, packet.dts, origin);
        await pacer?.until(placed.dts / VIDEO_TIMESCALE);
        units.push({ kind: 'video', ...picture, ...placed });
      }
    } else if (data !== null && audio !== undefined && packet.streamIndex === audio.index) {
      audioConfig ??= configOf(audio, data);
      if (audioConfig !== undefined) audioTime ??= new Timeline(audio.timeBase, audioConfig.sampleRate, 1024);
      const at = audioTime?.seconds(packet.pts, packet.dts);
      if (audioTime !== undefined && origin !== undefined && at !== undefined && at >= origin) {
        const sound = audio.codecpar.codecId === AV_CODEC_ID_AAC ? rawAac(data) : data;
        units.push({
          kind: 'audio',
          data: Uint8Array.from(sound),
          key: true,
          ...audioTime.place(packet.pts, packet.dts, origin),
        });
      }
    }
    packet.unref();
    const { config } = pictures;
    packetsBefore += 1;
    // Sound that says how it is coded only inside itself (ADTS) may come a little after the first picture.
    const complete = audio === undefined || audioConfig !== undefined || packetsBefore > MAX_PACKETS_BEFORE_SOUND;
    if (config !== undefined && config !== told && complete) {
      told = config;
      sink.config({ video: config, ...(audioConfig ? { audio: audioConfig } : {}) });
    }
    if (told === undefined) {
      early.push(...units);
      continue;
    }
    const sending = early.length > 0 ? [...early, ...units] : units;
    early = [];
    if (sending.length > 0) await sink.units(sending);
    else await yieldTurn();
  }
}

/** A picture that has just come. @param origin seconds of the first one */
function arrived(line: Timeline, origin: number): { pts: number; dts: number } {
  const now = BigInt(Math.round(performance.now()));
  return line.place(now, now, origin);
}

/** @throws UserError for what cannot be recorded */
function codecOf(stream: Stream): 'h264' | 'h265' | 'mjpeg' {
  const { codecId } = stream.codecpar;
  if (codecId === AV_CODEC_ID_H264) return 'h264';
  if (codecId === AV_CODEC_ID_HEVC) return 'h265';
  if (codecId === AV_CODEC_ID_MJPEG) return 'mjpeg';
  throw new UserError(
    `Its pictures are coded as ${avGetCodecName(codecId) ?? 'something unknown'}.`,
    'Set the camera to H.264, H.265 or Motion JPEG.',
  );
}

function soundOf(streams: readonly Stream[], sink: DemuxSink): Stream | undefined {
  const sounds = streams.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
  const usable = sounds.find(
    ({ codecpar: { codecId } }) => codecId === AV_CODEC_ID_AAC || codecId === AV_CODEC_ID_FLAC,
  );
  const first = sounds[0];
  if (usable === undefined && first !== undefined)
    sink.note(
      'skipped-track',
      `sound coded as ${avGetCodecName(first.codecpar.codecId) ?? 'something unknown'} is left out`,
    );
  return usable;
}

function configOf(stream: Stream, packet: Uint8Array): AudioConfig | undefined {
  const { codecId, extradata, sampleRate, channels } = stream.codecpar;
  return codecId === AV_CODEC_ID_AAC ? aacConfig(extradata, packet) : flacConfig(extradata, sampleRate, channels);
}

interface Target {
  readonly url: string;
  readonly format: InputFormat | null;
  readonly options: Record<string, string>;
  readonly source: 'device' | 'file' | 'network';
}

function targetOf(order: OpenOrder): Target {
  const { url } = order;
  if (url.startsWith('/dev/video')) {
    const format = InputFormat.findInputFormat('video4linux2') ?? InputFormat.findInputFormat('v4l2');
    if (format === null)
      throw new UserError('This FFmpeg cannot read cameras at /dev/video.', 'Use the camera through RTSP.');
    return { url, format, options: { input_format: 'h264' }, source: 'device' };
  }
  if (url.startsWith('/') || url.startsWith('file:')) {
    const path = url.startsWith('file://') ? fileURLToPath(url) : url.replace(/^file:/, '');
    return { url: `file:${path}`, format: null, options: { protocol_whitelist: 'file,crypto,data' }, source: 'file' };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (!NETWORK_PROTOCOLS.split(',').includes(scheme))
    throw new UserError(
      `An address that begins with ${scheme || 'this'} cannot be read.`,
      'Use rtsp, http, https, rtmp, srt, udp, file or /dev/video.',
    );
  const isRtsp = scheme.startsWith('rtsp');
  return {
    url: withCredential(url, order.username, order.password),
    format: null,
    options: {
      protocol_whitelist: NETWORK_PROTOCOLS,
      ...(isRtsp ? { rtsp_transport: order.transport, timeout: SOCKET_TIMEOUT_US } : { rw_timeout: SOCKET_TIMEOUT_US }),
    },
    source: 'network',
  };
}

function withCredential(url: string, username: string | null, password: string | null): string {
  if (username === null) return url;
  const word = password === null ? '' : `:${encodeURIComponent(password)}`;
  return url.replace('://', `://${encodeURIComponent(username)}${word}@`);
}

function check(result: number, what: string): void {
  if (result >= 0) return;
  const reason = FFmpegError.strerror(result);
  if (result === AVERROR_HTTP_UNAUTHORIZED || result === AVERROR_HTTP_FORBIDDEN)
    throw new UserError('The camera refuses this name and password.', 'Check name and password of the camera.', {
      code: 'unauthorised',
    });
  if (/invalid data|bitstream not supported|could not find codec/i.test(reason))
    throw new InputError('stream', `${what} (${reason})`);
  throw new Unavailable(`The stream ${what}: ${reason}.`, 1000);
}

/** Lets a recording run no faster than it was made. */
class Pacer {
  readonly #began = performance.now();

  /** @param seconds after the first picture */
  async until(seconds: number): Promise<void> {
    const early = seconds * 1000 - (performance.now() - this.#began);
    if (early > 2) await wait(early);
  }
}
