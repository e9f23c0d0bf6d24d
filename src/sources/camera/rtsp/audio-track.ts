/** The sound of a session. Whatever goes wrong here, the video goes on. */
import { InputError } from '../../../base/errors.ts';
import { type MonotonicMs, mediaTime, type WallMs } from '../../../base/units.ts';
import type { AccessUnit, AudioConfig } from '../../../media/access-unit.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import { MediaClock } from './media-clock.ts';
import type { NoteBook } from './notes.ts';
import { emptyPacket, Reception, readRtp } from './rtp.ts';
import type { SdpMedia } from './sdp.ts';
import { TrackTime } from './track-time.ts';

/** After so many faults in a row the track is given up. */
const MOST_FAULTS = 50;

export class AudioTrack {
  readonly media: SdpMedia;
  readonly time: TrackTime;
  readonly #video: TrackTime;
  readonly #notes: NoteBook;
  readonly #sink: { onUnit(unit: AccessUnit): void };
  readonly #packet = emptyPacket();
  readonly reception: Reception;
  readonly #clock: MediaClock;
  #depacketizer: AudioDepacketizer | undefined;
  #config: AudioConfig | undefined;
  /** Ticks from the start of the run to the first packet. */
  #offset = 0;
  /** Ticks from the first packet to the one at hand. */
  #packetTime = 0;
  #lastPts = -1;
  #wall: WallMs = 0 as WallMs;
  #faults = 0;

  constructor(media: SdpMedia, video: TrackTime, notes: NoteBook, sink: { onUnit(unit: AccessUnit): void }) {
    this.media = media;
    this.#video = video;
    this.#notes = notes;
    this.#sink = sink;
    this.time = new TrackTime(media.clockRate || 8000);
    this.reception = new Reception(this.time.rate);
    this.#clock = new MediaClock(this.time.rate);
  }

  /** @throws InputError when the description cannot be used */
  open(create: (sink: AudioSink) => AudioDepacketizer): void {
    this.#depacketizer = create({ frame: (data, offset) => this.#frame(data, offset) });
    this.#config = this.#depacketizer.config;
  }

  /** Stays as it was promised at the start, also when the track is given up later. */
  get config(): AudioConfig | undefined {
    return this.#config;
  }

  packet(data: Buffer, start: number, end: number, now: MonotonicMs, wall: WallMs): void {
    // The time line begins with the first picture.
    if (!this.#depacketizer || !this.#video.started) return;
    const packet = this.#packet;
    if (!readRtp(data, start, end, packet) || packet.payloadType !== this.media.payloadType) return;
    if (!this.reception.admits(packet.ssrc, now)) return;
    const lost = this.reception.next(packet.sequence);
    if (lost < 0) return;
    this.reception.timing(packet.timestamp, now);
    if (lost > 0) this.#notes.add('loss', 'Packets of the sound were lost.', lost);
    this.#wall = wall;
    if (!this.time.started) this.#begin(packet.timestamp, now);
    this.#packetTime = this.#clock.next(packet.timestamp, now);
    try {
      this.#depacketizer.packet(data, packet, lost > 0);
      this.#faults = 0;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#faults += 1;
      this.#notes.add('audio', error.message);
      if (this.#faults >= MOST_FAULTS) this.#depacketizer = undefined;
    }
  }

  #begin(rtp: number, now: MonotonicMs): void {
    this.time.begin(rtp, now);
    const { seconds, by } = this.time.offsetTo(this.#video);
    this.#offset = Math.round(seconds * this.time.rate);
    this.#notes.add('rtcp', `Sound is placed ${Math.round(seconds * 1000)} ms after the first picture, by ${by}.`);
  }

  #frame(data: Uint8Array, offset: number): void {
    const pts = this.#offset + this.#packetTime + offset;
    if (pts < 0 || pts <= this.#lastPts) return;
    this.#lastPts = pts;
    const time = mediaTime(pts);
    this.#sink.onUnit({
      kind: 'audio',
      data: [Buffer.from(data)],
      size: data.length,
      key: true,
      pts: time,
      dts: time,
      arrival: this.#wall,
    });
  }
}
