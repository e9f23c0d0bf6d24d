/** From RTP packets to access units: H.264 (RFC 6184) and H.265 (RFC 7798), non-interleaved modes. */
import { InputError } from '../../../base/errors.ts';
import type { Holdable } from '../../../media/access-unit.ts';
import { type NalRole, nalRole, nalType, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { LIMITS } from './limits.ts';
import type { RtpPacket } from './rtp.ts';
import { type BlockPool, UnitMemory } from './unit-memory.ts';

export type ParameterSetRole = 'vps' | 'sps' | 'pps';
export interface ParameterSet {
  readonly role: ParameterSetRole;
  /** With its header, a copy. */
  readonly nal: Uint8Array;
}

export interface VideoUnit {
  /** As they stand in an MP4 sample, each NAL unit beginning with a piece; parameter sets, delimiters and filler are left out. */
  readonly pieces: Uint8Array[];
  readonly size: number;
  /** What the pieces lie in, when it must be held by who keeps them. */
  readonly memory?: Holdable | undefined;
  readonly key: boolean;
  /** RTP time, 32 bits. */
  readonly rtp: number;
  /** Parameter sets that came with it, in order. */
  readonly sets: readonly ParameterSet[];
  /** Pixels, where each picture tells them itself (JPEG). */
  readonly picture?: { readonly width: number; readonly height: number };
}

export interface VideoUnitSink {
  unit(unit: VideoUnit): void;
  /** A unit was left out. */
  damaged(reason: string): void;
}

export class VideoDepacketizer {
  readonly #codec: VideoCodec;
  readonly #sink: VideoUnitSink;
  readonly #memory: UnitMemory;
  #sets: ParameterSet[] = [];
  /** Bytes of the sets, and packets, of the unit at hand. */
  #setBytes = 0;
  #packets = 0;
  #key = false;
  #hasSlice = false;
  #damage: string | undefined;
  #rtp = 0;
  /** Anything at all belongs to the unit at hand. */
  #open = false;
  /** Packets went missing just before this unit, and nothing shows yet that its beginning is here. */
  #suspect = false;
  /** What the fragmented NAL unit at hand is. */
  #fragment: NalRole | undefined;
  #lastMarked = -1;
  /** The camera sets the marker on every slice; units end by time only. */
  #markerLies = false;

  /** @param pool where the memory of the units comes from; without one it is left to garbage collection */
  constructor(codec: VideoCodec, sink: VideoUnitSink, pool?: BlockPool) {
    this.#codec = codec;
    this.#sink = sink;
    this.#memory = new UnitMemory(pool);
  }

  /** True while a unit is incomplete. */
  get open(): boolean {
    return this.#open || this.#memory.size > 0;
  }

  /** @param gap packets went missing just before this one. @throws InputError beyond a limit */
  packet(data: Buffer, packet: RtpPacket, gap: boolean): void {
    if (gap && this.#open) this.#damage = 'packets of it were lost';
    if (this.#open && packet.timestamp !== this.#rtp) this.#finish();
    if (!this.#open) {
      this.#rtp = packet.timestamp;
      this.#suspect = gap;
    }
    this.#open = true;
    if (packet.end - packet.start >= 2) this.#payload(data, packet.start, packet.end);
    this.#packets += 1;
    if (this.#memory.size + this.#setBytes > LIMITS.accessUnit)
      throw new InputError('video track', `an access unit of more than ${LIMITS.accessUnit} bytes`);
    if (this.#packets > LIMITS.packets)
      throw new InputError('video track', `an access unit in more than ${LIMITS.packets} packets`);
    if (packet.marker && !this.#markerLies && (this.#hasSlice || this.#damage !== undefined)) {
      this.#lastMarked = packet.timestamp;
      this.#finish();
    }
  }

  #payload(data: Buffer, start: number, end: number): void {
    const type = nalType(this.#codec, data[start] ?? 0);
    if (this.#codec === 'h264') {
      if (type >= 1 && type <= 23) this.#single(data, start, end, type);
      else if (type === 24) this.#aggregate(data, start + 1, end);
      else if (type === 25) this.#aggregate(data, start + 3, end);
      else if (type === 28) this.#fragmentH264(data, start, end);
      else this.#damage = `a packet of type ${type}, which is not supported`;
    } else if (type < 48) this.#single(data, start, end, type);
    else if (type === 48) this.#aggregate(data, start + 2, end);
    else if (type === 49) this.#fragmentH265(data, start, end);
    else this.#damage = `a packet of type ${type}, which is not supported`;
  }

  #single(data: Buffer, start: number, end: number, type: number): void {
    this.#endFragment();
    const role = nalRole(this.#codec, type);
    if (!this.#accept(role, data[start + (this.#codec === 'h264' ? 1 : 2)] ?? 0)) return;
    if (isSet(role)) {
      this.#addSet(role, Uint8Array.from(data.subarray(start, end)));
      return;
    }
    this.#addNal(data, start, end);
  }

  /** STAP and AP. */
  #aggregate(data: Buffer, start: number, end: number): void {
    this.#endFragment();
    let at = start;
    while (at + 2 < end) {
      const size = data.readUInt16BE(at);
      at += 2;
      if (size === 0) continue;
      if (at + size > end) {
        this.#damage = 'an aggregation packet is cut off';
        return;
      }
      const role = nalRole(this.#codec, nalType(this.#codec, data[at] ?? 0));
      if (this.#accept(role, data[at + (this.#codec === 'h264' ? 1 : 2)] ?? 0)) {
        if (isSet(role)) this.#addSet(role, Uint8Array.from(data.subarray(at, at + size)));
        else this.#addNal(data, at, at + size);
      }
      at += size;
    }
  }

  #fragmentH264(data: Buffer, start: number, end: number): void {
    const flags = data[start + 1] ?? 0;
    if (flags & 0x80) {
      data[start + 1] = ((data[start] ?? 0) & 0xe0) | (flags & 0x1f);
      this.#beginFragment(data, start + 1, end, flags & 0x1f, data[start + 2] ?? 0);
    } else this.#continueFragment(data, start + 2, end);
    if (flags & 0x40) this.#endFragment();
  }

  #fragmentH265(data: Buffer, start: number, end: number): void {
    const flags = data[start + 2] ?? 0;
    if (flags & 0x80) {
      const low = data[start + 1] ?? 0;
      data[start + 1] = ((data[start] ?? 0) & 0x81) | ((flags & 0x3f) << 1);
      data[start + 2] = low;
      this.#beginFragment(data, start + 1, end, flags & 0x3f, data[start + 3] ?? 0);
    } else this.#continueFragment(data, start + 3, end);
    if (flags & 0x40) this.#endFragment();
  }

  /** `start`: where the rebuilt NAL header stands. */
  #beginFragment(data: Buffer, start: number, end: number, type: number, firstByte: number): void {
    this.#endFragment();
    const role = nalRole(this.#codec, type);
    if (!this.#accept(role, firstByte)) return;
    this.#fragment = role;
    this.#memory.beginNal();
    this.#memory.add(data, start, end);
  }

  #continueFragment(data: Buffer, start: number, end: number): void {
    if (this.#fragment === undefined) this.#damage ??= 'a fragment without its beginning';
    else if (end > start) this.#memory.add(data, start, end);
  }

  /** Cameras that forget the end bit get here with the next NAL unit. */
  #endFragment(): void {
    const role = this.#fragment;
    if (role === undefined) return;
    this.#fragment = undefined;
    if (isSet(role)) this.#addSet(role, this.#memory.takeNal());
    else this.#memory.endNal();
  }

  #addNal(data: Buffer, start: number, end: number): void {
    this.#memory.beginNal();
    this.#memory.add(data, start, end);
    this.#memory.endNal();
  }

  #addSet(role: ParameterSetRole, nal: Uint8Array): void {
    this.#setBytes += nal.length;
    if (this.#sets.length < 64) this.#sets.push({ role, nal });
  }

  /** Notes what a NAL unit says of its access unit; false when it is not stored. `firstByte`: behind its header. */
  #accept(role: NalRole, firstByte: number): boolean {
    if (role === 'delimiter' || role === 'filler' || role === 'end') {
      this.#suspect = false;
      return false;
    }
    if (role === 'slice' || role === 'key-slice') {
      // first_mb_in_slice = ue(0) and first_slice_segment_in_pic_flag = 1 are both a leading one.
      const firstOfPicture = firstByte >= 0x80;
      if (this.#suspect && !firstOfPicture && !this.#hasSlice) this.#damage ??= 'its first packets were lost';
      if (!firstOfPicture && !this.#hasSlice && !this.#suspect && this.#lastMarked === this.#rtp)
        this.#markerLies = true;
      this.#hasSlice = true;
      if (role === 'key-slice') this.#key = true;
    }
    this.#suspect = false;
    return true;
  }

  #finish(): void {
    this.#endFragment();
    const whole = this.#hasSlice;
    const damage = this.#damage;
    if (!whole && damage === undefined) {
      // Parameter sets or SEI alone, under a marker or time of their own: they belong to what follows.
      this.#open = false;
      return;
    }
    const [key, rtp, sets] = [this.#key, this.#rtp, this.#sets];
    this.#sets = [];
    this.#setBytes = 0;
    this.#packets = 0;
    this.#key = false;
    this.#hasSlice = false;
    this.#damage = undefined;
    this.#open = false;
    if (damage === undefined)
      this.#memory.give(({ pieces, size, memory }) => this.#sink.unit({ pieces, size, memory, key, rtp, sets }));
    else {
      this.#memory.drop();
      this.#sink.damaged(damage);
    }
  }
}

function isSet(role: NalRole): role is ParameterSetRole {
  return role === 'sps' || role === 'pps' || role === 'vps';
}
