/** From the packets of a session to access units on one time line. */
import { InputError } from '../../../base/errors.ts';
import { type MonotonicMs, mediaTime, VIDEO_TIMESCALE, type WallMs, wallMs } from '../../../base/units.ts';
import type { AccessUnit, StreamConfig, VideoConfig } from '../../../media/access-unit.ts';
import { jpegVideoConfig } from '../../../media/bitstream/jpeg.ts';
import { lengthPrefixed } from '../../../media/bitstream/nal.ts';
import { audioReader } from './audio-reader.ts';
import { AudioTrack } from './audio-track.ts';
import { chooseVideo } from './choose-tracks.ts';
import { JpegDepacketizer } from './jpeg-depacketizer.ts';
import { LIMITS } from './limits.ts';
import { MediaClock } from './media-clock.ts';
import type { NoteBook } from './notes.ts';
import { ParameterTracker } from './parameter-tracker.ts';
import { PictureTimer, type SequenceFacts } from './picture-times.ts';
import { readRtcp } from './rtcp.ts';
import { emptyPacket, Reception, type ReceptionSummary, readRtp } from './rtp.ts';
import { type Sdp, type SdpMedia, sdpParameterSets } from './sdp.ts';
import { TrackTime } from './track-time.ts';
import type { BlockPool } from './unit-memory.ts';
import { VideoDepacketizer, type VideoUnit, type VideoUnitSink } from './video-depacketizer.ts';

export interface StreamSink {
  onConfig(config: StreamConfig): void;
  onUnit(unit: AccessUnit): void;
}
/** What is known of pictures that are never reordered. */
const UNORDERED: SequenceFacts = { units: [], reorder: 0, fps: undefined };

export interface ChosenTrack {
  readonly kind: 'video' | 'audio';
  readonly media: SdpMedia;
}

export class StreamAssembler {
  /** What is to be set up: one video track, and one of sound when it can be used. */
  readonly tracks: readonly ChosenTrack[];
  readonly #sink: StreamSink;
  readonly #notes: NoteBook;
  readonly #packet = emptyPacket();
  readonly #depacketizer: VideoDepacketizer | JpegDepacketizer;
  readonly #parameters: ParameterTracker;
  readonly #videoTime: TrackTime;
  readonly #reception: Reception;
  readonly #clock = new MediaClock(VIDEO_TIMESCALE);
  readonly #rtpToTicks: number;
  #audio: AudioTrack | undefined;
  #videoChannel = -1;
  #audioChannel = -1;
  #timer: PictureTimer | undefined;
  #config: VideoConfig | undefined;
  #wall: WallMs = wallMs(0);
  #now = 0 as MonotonicMs;
  #received = 0;
  #receivedAtUnit = 0;
  #badPackets = 0;
  #goodbye = false;
  /** Since the last picture that was handed on. */
  #lost = 0;
  #damaged = 0;

  /**
   * @param track which of the video tracks, from 1; the best when not said
   * @param pool where the memory of pictures comes from, when units are held by who keeps them
   * @throws InputError when there is no video that we can read
   */
  constructor(sink: StreamSink, notes: NoteBook, sdp: Sdp, track?: number, pool?: BlockPool) {
    this.#sink = sink;
    this.#notes = notes;
    const { media: videoMedia, codec } = chooseVideo(sdp, track);
    const units: VideoUnitSink = {
      unit: (unit) => this.#unit(unit),
      damaged: (reason) => {
        this.#receivedAtUnit = this.#received;
        this.#damaged += 1;
        notes.add('damaged', `A picture was left out: ${reason}.`);
      },
    };
    this.#depacketizer =
      codec === 'mjpeg' ? new JpegDepacketizer(videoMedia, units, pool) : new VideoDepacketizer(codec, units, pool);
    // JPEG has none, and none are offered.
    this.#parameters = new ParameterTracker(codec === 'mjpeg' ? 'h264' : codec);
    if (codec !== 'mjpeg') this.#parameters.offerDescription(sdpParameterSets(videoMedia));
    this.#videoTime = new TrackTime(videoMedia.clockRate);
    this.#reception = new Reception(videoMedia.clockRate);
    this.#rtpToTicks = VIDEO_TIMESCALE / videoMedia.clockRate;
    const tracks: ChosenTrack[] = [{ kind: 'video', media: videoMedia }];
    for (const media of sdp.media) {
      if (media === videoMedia) continue;
      if (!this.#audio && media.kind === 'audio' && !media.receives) this.#audio = this.#tryAudio(media);
      if (this.#audio?.media === media) tracks.push({ kind: 'audio', media });
      else notes.add('skipped-track', `Not read: ${media.kind} ${media.encoding || `type ${media.payloadType}`}.`);
    }
    this.tracks = tracks;
  }

  /** RTCP BYE has come for the video. */
  get saidGoodbye(): boolean {
    return this.#goodbye;
  }

  /** Packets of a track come on this channel, its RTCP on the next. */
  listen(kind: ChosenTrack['kind'], channel: number): void {
    if (kind === 'video') this.#videoChannel = channel;
    else this.#audioChannel = channel;
  }

  dropAudio(): void {
    this.#audio = undefined;
  }

  /** Whether packets of this channel mean anything. @param second byte of the packet: RTP's payload type, or RTCP's */
  listensTo(channel: number, second?: number): boolean {
    const [video, audio] = [this.#videoChannel, this.#audioChannel];
    const isVideo = channel >> 1 === video >> 1 && video >= 0;
    if (!isVideo && (channel >> 1 !== audio >> 1 || audio < 0)) return false;
    if (second === undefined) return true;
    if (channel !== (isVideo ? video : audio)) return second >= 200 && second <= 207;
    return (second & 0x7f) === (isVideo ? this.tracks[0]?.media : this.#audio?.media)?.payloadType;
  }

  /** For a receiver report; undefined as long as nothing has come. */
  reception(kind: ChosenTrack['kind']): ReceptionSummary | undefined {
    const reception = kind === 'video' ? this.#reception : this.#audio?.reception;
    return reception?.summary(this.#now);
  }

  /** `RTP-Info` of the answer to PLAY (RFC 2326 section 12.33): the tracks' RTP times of one moment. */
  setRtpInfo(value: string | undefined): void {
    const infos = (value ?? '').split(',');
    const timeOf = (control: string | undefined): number | undefined => {
      const entry = infos.find((info) => control !== undefined && info.includes(control));
      const time = /rtptime=(\d+)/i.exec(entry ?? '')?.[1];
      return time === undefined ? undefined : Number(time) >>> 0;
    };
    this.#videoTime.playedAt = timeOf(this.tracks[0]?.media.control);
    if (this.#audio) this.#audio.time.playedAt = timeOf(this.#audio.media.control);
  }

  /** To be called before each chunk: when it came, and how many bytes have come with it. @throws InputError */
  arrived(wall: WallMs, now: MonotonicMs, received: number): void {
    this.#wall = wall;
    this.#now = now;
    this.#received = received;
    if (!this.#depacketizer.open) this.#receivedAtUnit = received;
    else if (received - this.#receivedAtUnit > LIMITS.unitSpan)
      throw new InputError('video track', `an access unit is not complete after ${LIMITS.unitSpan} bytes`);
  }

  /** @throws InputError */
  packet(channel: number, data: Buffer, start: number, end: number): void {
    if (channel === this.#videoChannel) this.#videoPacket(data, start, end);
    else if (channel === this.#audioChannel) this.#audio?.packet(data, start, end, this.#now, this.#wall);
    else if (channel === this.#videoChannel + 1) {
      const { report, goodbye } = readRtcp(data, start, end);
      if (report) {
        this.#videoTime.report = report;
        this.#reception.reported(report.ntp, this.#now);
      }
      this.#goodbye ||= goodbye;
    } else if (channel === this.#audioChannel + 1 && this.#audio) {
      const { report } = readRtcp(data, start, end);
      if (report) {
        this.#audio.time.report = report;
        this.#audio.reception.reported(report.ntp, this.#now);
      }
    }
  }

  #videoPacket(data: Buffer, start: number, end: number): void {
    const packet = this.#packet;
    if (!readRtp(data, start, end, packet)) {
      this.#badPackets += 1;
      this.#notes.add('packet', 'A packet on the video channel is not RTP.');
      if (this.#badPackets > LIMITS.badPackets)
        throw new InputError('video track', `${this.#badPackets} packets in a row that are not RTP`);
      return;
    }
    this.#badPackets = 0;
    if (packet.payloadType !== this.tracks[0]?.media.payloadType && !this.#knownType(packet.payloadType)) return;
    const reception = this.#reception;
    if (!reception.admits(packet.ssrc, this.#now)) {
      this.#notes.add('packet', 'Packets of another session than this one were left out.');
      return;
    }
    const lost = reception.next(packet.sequence);
    if (lost < 0) return;
    reception.timing(packet.timestamp, this.#now);
    if (lost > 0) {
      this.#lost += lost;
      this.#notes.add('loss', 'Packets of the video were lost.', lost);
    }
    this.#depacketizer.packet(data, packet, lost > 0);
  }

  /** Cameras that send another dynamic type than they describe exist; types of sound or old formats are not taken. */
  #knownType(type: number): boolean {
    return type >= 96;
  }

  #unit(unit: VideoUnit): void {
    this.#receivedAtUnit = this.#received;
    if (unit.picture) {
      const { width, height } = unit.picture;
      if (this.#config?.width !== width || this.#config.height !== height)
        this.#newConfig(jpegVideoConfig(width, height));
      this.#emit(unit, unit.pieces, unit.size);
      return;
    }
    const changed = unit.sets.filter((set) => this.#parameters.offer(set));
    if (changed.length > 0) this.#timer?.change(this.#parameters, false);
    let { pieces, size } = unit;
    if (unit.key) {
      const config = this.#parameters.config();
      if (!config) {
        this.#notes.add('parameters', 'Key frames come without usable parameter sets.');
        return;
      }
      if (config !== this.#config) this.#newConfig(config);
    } else if (changed.length > 0 && this.#config) {
      // Decoders need them here; the description holds them from the next key frame on.
      const ahead = changed.map((set) => lengthPrefixed(set.nal));
      pieces = [...ahead, ...pieces];
      size += ahead.reduce((sum, piece) => sum + piece.length, 0);
    }
    this.#emit(unit, pieces, size);
  }

  /** On the time line, and out. */
  #emit(unit: VideoUnit, data: readonly Uint8Array[], size: number): void {
    if (!this.#timer) return;
    const first = !this.#videoTime.started;
    if (first) this.#videoTime.begin(unit.rtp, this.#now);
    const time = Math.round(this.#clock.next(unit.rtp, this.#now) * this.#rtpToTicks);
    const { synthesised } = this.#clock;
    const { pts, dts } = this.#timer.next(unit.pieces, time, synthesised);
    if (this.#timer.stampsDecoding)
      this.#notes.add('time', 'The camera stamps its pictures with the times at which they are decoded.');
    if (synthesised) this.#notes.add('time', 'The time stamps of the camera stand still, jump or run wrong.');
    const picture: AccessUnit = {
      kind: 'video',
      data,
      size,
      memory: unit.memory,
      key: unit.key,
      pts: mediaTime(pts),
      dts: mediaTime(dts),
      arrival: this.#wall,
    };
    const [lost, damaged] = [this.#lost, this.#damaged];
    this.#lost = 0;
    this.#damaged = 0;
    if (!synthesised && lost === 0 && damaged === 0) this.#sink.onUnit(picture);
    else
      this.#sink.onUnit({
        ...picture,
        ...(synthesised ? { timing: 'arrival' } : {}),
        ...(lost > 0 || damaged > 0 ? { missing: { lost, damaged } } : {}),
      });
  }

  #newConfig(video: VideoConfig): void {
    this.#config = video;
    if (this.#timer) this.#timer.change(video.codec === 'mjpeg' ? UNORDERED : this.#parameters, true);
    else this.#timer = new PictureTimer(this.#parameters.codec, video.codec === 'mjpeg' ? UNORDERED : this.#parameters);
    const audio = this.#audio?.config;
    this.#sink.onConfig(audio ? { video, audio } : { video });
  }

  #tryAudio(media: SdpMedia): AudioTrack | undefined {
    const track = new AudioTrack(media, this.#videoTime, this.#notes, this.#sink);
    try {
      const create = audioReader(media);
      if (!create) return undefined;
      track.open(create);
      return track;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#notes.add('audio', `The sound is left out: ${error.message}.`);
      return undefined;
    }
  }
}
