/**
 * Coded pictures as FFmpeg hands them over, in either of the two forms, to the form of an MP4 sample.
 */
import { InputError } from '../../../base/errors.ts';
import type { VideoConfig } from '../../../media/access-unit.ts';
import { annexBUnits, nalRole, nalType, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { type ParameterSets, parameterSets, videoConfig } from '../../../media/bitstream/video-config.ts';

export interface VideoPacket {
  /** NAL units, each behind a 4-byte big-endian length. */
  readonly data: Uint8Array;
  /** Decoding can start here, by the NAL units themselves. */
  readonly key: boolean;
}

const MAX_PACKET_BYTES = 16_000_000;

/**
 * Follows one stream. Two forms are told apart by the extradata: a configuration record (`avcC`, `hvcC`; first byte 1),
 * with lengths before the NAL units; or an Annex B byte stream, with start codes and parameter sets in between.
 */
export class VideoPackets {
  readonly #codec: VideoCodec;
  /** Bytes of the length before each NAL unit; 0: Annex B. */
  #lengthSize: number;
  #sets: ParameterSets;
  #config: VideoConfig | undefined;

  /** @throws InputError */
  constructor(codec: VideoCodec, extradata: Uint8Array | null) {
    this.#codec = codec;
    this.#lengthSize = 0;
    this.#sets = { vps: [], sps: [], pps: [] };
    if (extradata !== null && extradata.length > 0) this.replaceExtradata(extradata);
  }

  /** Undefined until the parameter sets are known. */
  get config(): VideoConfig | undefined {
    return this.#config;
  }

  /** FFmpeg has found new parameter sets beside the packets. @throws InputError */
  replaceExtradata(extradata: Uint8Array): void {
    if (extradata[0] !== 1) {
      this.#learn([...annexBUnits(extradata)]);
      return;
    }
    this.#sets = parameterSets({ codec: this.#codec, description: extradata });
    // lengthSizeMinusOne: ISO/IEC 14496-15 section 5.3.3.1 (avcC) and 8.3.3.1 (hvcC).
    this.#lengthSize = ((extradata[this.#codec === 'h264' ? 4 : 21] ?? 3) & 3) + 1;
    this.#config = videoConfig(this.#codec, this.#sets);
  }

  /** One packet is one picture. Returns undefined when nothing of it is left. @throws InputError */
  convert(packet: Uint8Array): VideoPacket | undefined {
    if (packet.length > MAX_PACKET_BYTES) throw new InputError('stream', `a picture of ${packet.length} bytes`);
    const units = this.#lengthSize === 0 ? [...annexBUnits(packet)] : [...prefixedUnits(packet, this.#lengthSize)];
    this.#learn(units);
    const kept = units.filter((unit) => unit.length > 0 && !this.#isNoise(unit));
    if (kept.length === 0) return undefined;
    const data = Buffer.allocUnsafe(kept.reduce((sum, unit) => sum + 4 + unit.length, 0));
    let at = 0;
    let key = false;
    for (const unit of kept) {
      at = data.writeUInt32BE(unit.length, at);
      data.set(unit, at);
      at += unit.length;
      key ||= this.#role(unit) === 'key-slice';
    }
    return { data, key };
  }

  #role(unit: Uint8Array): ReturnType<typeof nalRole> {
    return nalRole(this.#codec, nalType(this.#codec, unit[0] ?? 0));
  }

  #isNoise(unit: Uint8Array): boolean {
    const role = this.#role(unit);
    return role === 'delimiter' || role === 'filler' || role === 'end';
  }

  /** Takes over parameter sets that stand in the stream; one kind replaces what was known of that kind. */
  #learn(units: readonly Uint8Array[]): void {
    const found = {
      vps: units.filter((unit) => this.#role(unit) === 'vps'),
      sps: units.filter((unit) => this.#role(unit) === 'sps'),
      pps: units.filter((unit) => this.#role(unit) === 'pps'),
    };
    if (found.vps.length + found.sps.length + found.pps.length === 0) return;
    const sets = {
      vps: found.vps.length > 0 ? found.vps.map(copy) : this.#sets.vps,
      sps: found.sps.length > 0 ? found.sps.map(copy) : this.#sets.sps,
      pps: found.pps.length > 0 ? found.pps.map(copy) : this.#sets.pps,
    };
    if (sets.sps.length === 0 || sets.pps.length === 0 || (this.#codec === 'h265' && sets.vps.length === 0)) {
      this.#sets = sets;
      return;
    }
    if (this.#config !== undefined && sameSets(sets, this.#sets)) return;
    this.#sets = sets;
    this.#config = videoConfig(this.#codec, sets);
  }
}

/** NAL units behind lengths of 1, 2 or 4 bytes. */
function* prefixedUnits(packet: Uint8Array, lengthSize: number): Generator<Uint8Array> {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  for (let at = 0; at < view.length; ) {
    if (at + lengthSize > view.length) throw new InputError('stream', 'a NAL unit without its length', { offset: at });
    const size = view.readUIntBE(at, lengthSize);
    at += lengthSize;
    if (size > view.length - at)
      throw new InputError('stream', `a NAL unit of ${size} bytes reaches beyond its picture`, { offset: at });
    yield view.subarray(at, at + size);
    at += size;
  }
}

function copy(unit: Uint8Array): Uint8Array {
  return Uint8Array.from(unit);
}

function sameSets(a: ParameterSets, b: ParameterSets): boolean {
  return same(a.vps, b.vps) && same(a.sps, b.sps) && same(a.pps, b.pps);
}

function same(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((unit, index) => Buffer.compare(unit, b[index] ?? Buffer.alloc(0)) === 0);
}
