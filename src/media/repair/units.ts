/**
 * NAL units where they have to begin: by their length, their head, and bytes that cannot stand inside of one.
 */
import type { VideoCodec } from '../bitstream/nal.ts';
import { readTeslaSei } from '../bitstream/tesla-sei.ts';
import { impossibleInside, NAL_HEAD, type NalHead, nalHeadAt } from '../trail/nal-header.ts';
import type { Bytes } from './bytes.ts';
import { placesBetween, type SlicePlace, type SliceReader } from './parameters.ts';

export interface Unit {
  readonly head: NalHead;
  /** Where what comes next begins. */
  readonly next: number;
  /** Number of the telemetry in it. */
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
}

/** What the last telemetry and the last slice said. */
export interface Counters {
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
}

/** Pictures between two telemetry messages of one recording: five seconds. */
const MOST_SKIPPED = 180;
const SEI_WINDOW = 512;
/** Every byte may be looked at so often; a file that was made to take longer is left. */
const MOST_LOOKS = 40;
const FREE_LOOKS = 1 << 28;

export class UnitReader {
  readonly codec: VideoCodec;
  readonly reader: SliceReader | undefined;
  /** Telemetry was seen. */
  numbered = false;
  #looks: number;

  /** @param reader reads heads of slices, when the coding is known @param size bytes of the file */
  constructor(codec: VideoCodec, reader: SliceReader | undefined, size: number) {
    this.codec = codec;
    this.reader = reader;
    this.#looks = MOST_LOOKS * size + FREE_LOOKS;
  }

  /** Too much has been looked at already. */
  get tired(): boolean {
    return this.#looks < 0;
  }

  /** The NAL unit at a place where one has to begin; undefined when none does, or it reaches beyond the data. */
  at(view: Bytes, at: number): Unit | undefined {
    const unit = this.beginning(view, at);
    return unit && unit.next <= view.size ? unit : undefined;
  }

  /** The same, also when it reaches beyond the data. */
  beginning(view: Bytes, at: number): Unit | undefined {
    const head = nalHeadAt(this.codec, view.read(at, NAL_HEAD), 0);
    if (!head) return undefined;
    const next = at + 4 + head.length;
    let sequence: number | undefined;
    let place: SlicePlace | undefined;
    if (this.codec === 'h264' && head.type === 6 && head.length < SEI_WINDOW)
      sequence = readTeslaSei(view.read(at + 4, head.length))?.sequence;
    this.numbered ||= sequence !== undefined;
    if (head.slice && head.first && this.reader) {
      place = this.reader.place(view.read(at + 4, Math.min(head.length, 64)));
      if (!place || place.key !== head.key) return undefined;
    }
    return { head, next, sequence, place };
  }

  /** Where the bytes of a unit cannot be right; -1 when they can. */
  wrongInside(view: Bytes, at: number, unit: Unit): number {
    this.#looks -= unit.head.length;
    const bytes = view.read(at + 4, unit.head.length);
    const wrong = impossibleInside(bytes, 0, bytes.length);
    if (wrong >= 0) return at + 4 + wrong;
    // rbsp_trailing_bits end in a one (ITU-T H.264 section 7.4.1): a unit never ends in a zero byte.
    return bytes[bytes.length - 1] === 0 ? unit.next - 1 : -1;
  }

  /** The unit, if its bytes can all be right. */
  soundAt(view: Bytes, at: number): Unit | undefined {
    const unit = this.at(view, at);
    return unit && this.wrongInside(view, at, unit) < 0 ? unit : undefined;
  }

  /** Units without wrong bytes that follow each other from here, `most` at the most. The end of the data counts as all that are missing. */
  chain(view: Bytes, at: number, most: number): number {
    let next = at;
    for (let count = 0; count < most; count += 1) {
      if (next === view.size) return most;
      const unit = this.soundAt(view, next);
      if (!unit) return count;
      next = unit.next;
    }
    return most;
  }
}

/** Whether a unit can follow without a loss before it. */
export function belongs({ sequence, place }: Counters, unit: Unit): boolean {
  if (unit.sequence !== undefined && sequence !== undefined)
    if (unit.sequence <= sequence || unit.sequence > sequence + MOST_SKIPPED) return false;
  return !unit.place || !place || counts(place, unit.place);
}

/** Whether a slice can follow another without a loss between them (ITU-T H.264 section 7.4.3, frame_num); a key picture always can. */
export function counts(last: SlicePlace, next: SlicePlace): boolean {
  return next.key || placesBetween(last, next) <= 1;
}

export const after = (counters: Counters, unit: Unit): Counters => ({
  sequence: unit.sequence ?? counters.sequence,
  place: unit.place ?? counters.place,
});
