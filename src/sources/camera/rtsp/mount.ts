/** One stream of the server: its description, and the clients that play it. */
import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { parameterSets } from '../../../media/bitstream/video-config.ts';
import { type PacketBatch, packetizeAac, packetizeVideo, type RtpSender } from './packetizer.ts';
import { buildSenderReport } from './rtcp.ts';

/** A client with more unsent bytes than this gets no more until a key frame finds it below a quarter. */
const MOST_UNSENT = 4_000_000;
const REPORT_EVERY_MS = 5_000;

export type TrackKind = 'video' | 'audio';

/** How a track reaches one client: on a channel of its connection, or in datagrams. */
export type Route = { readonly channel: number } | { readonly datagrams: Datagrams };
interface Datagrams {
  sendRtp(packet: Buffer): void;
  sendRtcp(packet: Buffer): void;
}

/** One playing session of one client on this mount. */
export interface Player {
  readonly socket: Socket;
  /** Of each track that was set up. */
  readonly routes: ReadonlyMap<TrackKind, Route>;
  /** Tracks of which it has got a sender report. */
  readonly reported: Set<TrackKind>;
  /** Gets nothing until the next key frame. */
  waiting: boolean;
}

interface Track {
  readonly sender: RtpSender;
  readonly clockRate: number;
  /** RTP time of media time 0. */
  readonly base: number;
  /** Wall time of the last sender report. */
  reportedAt: number;
}

export interface Mount {
  readonly name: string;
  /** Sends one unit to all who play. Times are those of the unit; key frames get the parameter sets ahead. */
  push(unit: AccessUnit): void;
  /** From the next key frame on; who connects sees the new description at once. */
  setConfig(config: StreamConfig): void;
  /** How many play now. */
  readonly clients: number;
  /** How many units were not sent to a client, because it was too slow. */
  readonly skipped: number;
  /** Called whenever a client begins or stops to play. */
  onClients: ((clients: number) => void) | undefined;
  /** Faults for tests. */
  readonly faults: {
    /** Leaves out the packets for which it says true; their sequence numbers stay used. */
    dropPacket: (() => boolean) | undefined;
    /** What becomes of the packets of one unit on their way in datagrams: another order, some of them twice. */
    rearrange: ((packets: readonly Buffer[]) => readonly Buffer[]) | undefined;
    /** Changes the description that is given out. */
    describe: ((sdp: string) => string) | undefined;
    /** Sends these bytes to all who play, between packets. */
    inject(bytes: Uint8Array): void;
    /** Breaks every connection that plays, with a TCP reset. */
    reset(): void;
    /** Sends nothing at all, connections stay open: a frozen camera. */
    silent: boolean;
  };
}

export class StreamMount implements Mount {
  readonly name: string;
  onClients: ((clients: number) => void) | undefined = undefined;
  readonly faults: Mount['faults'];
  readonly #players = new Set<Player>();
  readonly #tracks: Record<TrackKind, Track>;
  #config: StreamConfig;
  #sets: readonly Uint8Array[];
  #skipped = 0;

  constructor(name: string, config: StreamConfig) {
    this.name = name;
    this.#config = config;
    this.#sets = setsOf(config);
    this.#tracks = { video: newTrack(96, 90_000), audio: newTrack(97, config.audio?.sampleRate ?? 48_000) };
    this.faults = {
      dropPacket: undefined,
      rearrange: undefined,
      describe: undefined,
      silent: false,
      inject: (bytes) => {
        for (const player of this.#players) player.socket.write(bytes);
      },
      reset: () => {
        for (const player of this.#players) player.socket.resetAndDestroy();
      },
    };
  }

  get clients(): number {
    return this.#players.size;
  }

  get skipped(): number {
    return this.#skipped;
  }

  setConfig(config: StreamConfig): void {
    this.#config = config;
    this.#sets = setsOf(config);
  }

  /** Tracks that can be set up. FLAC has no RTP format, so such sound is not offered. */
  get trackKinds(): readonly TrackKind[] {
    return this.#config.audio?.codec === 'aac' ? ['video', 'audio'] : ['video'];
  }

  add(player: Player): void {
    this.#players.add(player);
    this.onClients?.(this.#players.size);
  }

  remove(player: Player): void {
    if (this.#players.delete(player)) this.onClients?.(this.#players.size);
  }

  /** Sequence number that a track goes on with, for `RTP-Info`. Its time comes with the first sender report. */
  sequence(kind: TrackKind): number {
    return this.#tracks[kind].sender.sequence;
  }

  describe(): string {
    const { video, audio } = this.#config;
    const { vps, sps, pps } = parameterSets(video);
    const base64 = (units: readonly Uint8Array[]): string =>
      units.map((nal) => Buffer.from(nal).toString('base64')).join(',');
    const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', `s=${this.name}`, 'c=IN IP4 0.0.0.0', 't=0 0', 'a=control:*'];
    lines.push('m=video 0 RTP/AVP 96', `a=rtpmap:96 ${video.codec.toUpperCase()}/90000`);
    if (video.codec === 'h264') {
      const profile = Buffer.from(video.description.subarray(1, 4)).toString('hex');
      const units = base64([...sps, ...pps]);
      lines.push(`a=fmtp:96 packetization-mode=1; profile-level-id=${profile}; sprop-parameter-sets=${units}`);
    } else lines.push(`a=fmtp:96 sprop-vps=${base64(vps)}; sprop-sps=${base64(sps)}; sprop-pps=${base64(pps)}`);
    lines.push('a=control:track=video');
    if (audio?.codec === 'aac') {
      const config = Buffer.from(audio.description).toString('hex');
      lines.push(
        'm=audio 0 RTP/AVP 97',
        `a=rtpmap:97 MPEG4-GENERIC/${audio.sampleRate}/${audio.channels}`,
        `a=fmtp:97 streamtype=5; profile-level-id=1; mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=${config}`,
        'a=control:track=audio',
      );
    }
    const text = `${lines.join('\r\n')}\r\n`;
    return this.faults.describe?.(text) ?? text;
  }

  push(unit: AccessUnit): void {
    const track = this.#tracks[unit.kind];
    if (this.#players.size === 0 || this.faults.silent) return;
    const timestamp = (track.base + unit.pts) >>> 0;
    const { codec } = this.#config.video;
    if (codec === 'mjpeg') throw new RangeError('this server does not send JPEG');
    const batch =
      unit.kind === 'audio'
        ? packetizeAac(track.sender, unit, timestamp)
        : packetizeVideo(codec, track.sender, unit, unit.key ? this.#sets : [], timestamp);
    const data = this.faults.dropPacket ? thinned(batch, this.faults.dropPacket) : batch.data;
    const due = this.#reportDue(track, unit);
    // Most clients ask for the same channel; each channel's bytes are made once.
    const byChannel = new Map<number, Buffer>([[0, data]]);
    let single: readonly Buffer[] | undefined;
    for (const player of this.#players) {
      const route = player.routes.get(unit.kind);
      if (route === undefined || !this.#ready(player, unit)) continue;
      if (due || !player.reported.has(unit.kind)) {
        player.reported.add(unit.kind);
        const { ssrc, packets, octets } = track.sender;
        const report = buildSenderReport(ssrc, unit.arrival, track.base + unit.pts, packets, octets);
        if ('channel' in route) player.socket.write(framed(route.channel + 1, report));
        else route.datagrams.sendRtcp(report);
      }
      if ('datagrams' in route) {
        single ??= this.faults.rearrange?.(packetsOf(data)) ?? packetsOf(data);
        for (const packet of single) route.datagrams.sendRtp(packet);
        continue;
      }
      let bytes = byChannel.get(route.channel);
      if (!bytes) {
        bytes = onChannel(data, route.channel);
        byChannel.set(route.channel, bytes);
      }
      player.socket.write(bytes);
    }
  }

  #ready(player: Player, unit: AccessUnit): boolean {
    const unsent = player.socket.writableLength;
    if (unsent > MOST_UNSENT) player.waiting = true;
    else if (player.waiting && unit.kind === 'video' && unit.key && unsent < MOST_UNSENT / 4) player.waiting = false;
    if (player.waiting) this.#skipped += 1;
    return !player.waiting;
  }

  /** Sender reports are for all every few seconds, and for each player ahead of its first unit. */
  #reportDue(track: Track, unit: AccessUnit): boolean {
    const since = unit.arrival - track.reportedAt;
    if (since >= 0 && since < REPORT_EVERY_MS) return false;
    track.reportedAt = unit.arrival;
    return true;
  }
}

function newTrack(payloadType: number, clockRate: number): Track {
  const sender = { payloadType, ssrc: randomInt(2 ** 32), sequence: randomInt(65_536), packets: 0, octets: 0 };
  return { sender, clockRate, base: randomInt(2 ** 32), reportedAt: Number.NEGATIVE_INFINITY };
}

function setsOf(config: StreamConfig): readonly Uint8Array[] {
  const { vps, sps, pps } = parameterSets(config.video);
  return [...vps, ...sps, ...pps];
}

function framed(channel: number, packet: Buffer): Buffer {
  const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
  return Buffer.concat([head, packet]);
}

function onChannel(data: Buffer, channel: number): Buffer {
  const copy = Buffer.from(data);
  for (let at = 0; at < copy.length; at += 4 + copy.readUInt16BE(at + 2)) copy[at + 1] = channel;
  return copy;
}

/** The packets of a batch, without their `$` headers. */
function packetsOf(data: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 4 + data.readUInt16BE(at + 2);
    packets.push(data.subarray(at + 4, end));
    at = end;
  }
  return packets;
}

function thinned(batch: PacketBatch, drop: () => boolean): Buffer {
  const kept: Buffer[] = [];
  for (const [i, start] of batch.offsets.entries())
    if (!drop()) kept.push(batch.data.subarray(start, batch.offsets[i + 1] ?? batch.data.length));
  return Buffer.concat(kept);
}
