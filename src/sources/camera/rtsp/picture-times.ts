/**
 * Presentation and decoding times of the pictures of one stream: from the camera's time of each, and from the bitstream where pictures may
 * be reordered. A stream without reordering is not looked into.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import { nalRole, nalType, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { type OrderReader, orderReader } from '../../../media/bitstream/picture-order.ts';
import { DecodeOrder, type PictureTimes } from './decode-order.ts';

/** What parameter sets say. */
export interface SequenceFacts {
  /** As NAL units. */
  readonly units: readonly Uint8Array[];
  readonly reorder: number | undefined;
  readonly fps: number | undefined;
}

export class PictureTimer {
  readonly #codec: VideoCodec;
  #order: DecodeOrder;
  #reader: OrderReader | undefined;
  #facts: SequenceFacts;

  constructor(codec: VideoCodec, facts: SequenceFacts) {
    this.#codec = codec;
    this.#facts = facts;
    this.#order = this.#begin();
  }

  /** The camera stamps its pictures with decoding times, which are set right here. */
  get stampsDecoding(): boolean {
    return this.#order.stampsDecoding;
  }

  /** Parameter sets have changed. @param anew a new sequence begins with them */
  change(facts: SequenceFacts, anew: boolean): void {
    this.#facts = facts;
    if (anew) this.#order = this.#begin();
    if (this.#reader) for (const nal of facts.units) this.#reader.learn(nal);
  }

  /**
   * To be called for each picture in decoding order.
   * @param pieces NAL units behind their lengths, each beginning with a piece
   * @param time 90 kHz
   * @param doubtful `time` is when it arrived, or pictures before it were lost
   */
  next(pieces: readonly Uint8Array[], time: number, doubtful: boolean): PictureTimes {
    if (!this.#order.wantsOrder) return this.#order.next({ time, order: undefined });
    this.#reader ??= this.#read();
    return this.#order.next({ time, order: this.#reader.read(sliceHeads(this.#codec, pieces)), doubtful });
  }

  #begin(): DecodeOrder {
    const { reorder, fps } = this.#facts;
    const frameTicks = fps === undefined ? undefined : VIDEO_TIMESCALE / fps;
    return new DecodeOrder({ depth: reorder, frameTicks, countStep: this.#codec === 'h264' ? 2 : 1 });
  }

  #read(): OrderReader {
    const reader = orderReader(this.#codec);
    for (const nal of this.#facts.units) reader.learn(nal);
    return reader;
  }
}

/** The beginnings of the slices of an access unit: as much of each as its first piece holds. */
function* sliceHeads(codec: VideoCodec, pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  let left = 0;
  for (const piece of pieces) {
    if (left > 0) {
      left -= piece.length;
      continue;
    }
    if (piece.length < 6) return;
    const [a = 0, b = 0, c = 0, d = 0, header = 0] = piece;
    left = 4 + (a * 2 ** 24 + (b << 16) + (c << 8) + d) - piece.length;
    const role = nalRole(codec, nalType(codec, header));
    if (role === 'slice' || role === 'key-slice') yield piece.subarray(4);
  }
}
