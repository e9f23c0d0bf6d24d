/** Pictures of a raw H.265 byte stream by their number. Only what is decoded next is in memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { AV_CODEC_ID_HEVC } from 'node-av/constants';
import { Codec, CodecContext, type Frame, type Packet } from 'node-av/lib';
import { InputError } from '../../base/errors.ts';
import { BadInput, MAX_PIXELS } from '../codec/input-file.ts';
import { check, EAGAIN, EOF, newFrame, newPacket, setOptions } from '../codec/native.ts';
import type { RenderInput } from '../codec/plan.ts';
import { type AnnexBIndex, indexAnnexB } from './annexb-index.ts';
import type { NumberedPictures, ShownPicture } from './numbered-pictures.ts';

export class AnnexBPictures implements NumberedPictures {
  readonly count: number;
  private readonly name: string;
  private readonly index: AnnexBIndex;
  private readonly file: number;
  private decoder: CodecContext | undefined;
  private readonly packet: Packet = newPacket();
  /** The picture to be given to the decoder next. */
  private fed = 0;
  private flushed = false;
  private current: Frame = newFrame();
  private currentNumber = -1;
  private next: Frame = newFrame();
  private nextNumber = -1;

  constructor(input: RenderInput) {
    this.name = input.name;
    this.index = indexed(input);
    this.count = this.index.pictures.length;
    this.file = openSync(input.path, 'r');
  }

  at(number: number): ShownPicture {
    const wanted = Math.min(number, this.count - 1);
    const key = this.keyBefore(wanted);
    if (!this.decoder || wanted < this.currentNumber || key > Math.max(this.fed, this.nextNumber)) this.start(key);
    for (;;) {
      if (this.nextNumber >= 0 && (this.nextNumber <= wanted || this.currentNumber < 0)) {
        [this.current, this.next] = [this.next, this.current];
        this.currentNumber = this.nextNumber;
        this.nextNumber = -1;
        if (this.currentNumber >= wanted) break;
      }
      if (this.nextNumber >= 0 || !this.advance()) break;
    }
    if (this.currentNumber >= 0) return { frame: this.current, number: this.currentNumber };
    // Nothing from this key picture on: an earlier one may still be decodable.
    if (key > 0) return this.at(key - 1);
    throw new BadInput(this.name, 'none of its pictures can be decoded');
  }

  close(): void {
    this.decoder?.freeContext();
    this.decoder = undefined;
    for (const frame of [this.current, this.next]) frame.free();
    this.packet.free();
    closeSync(this.file);
  }

  private keyBefore(number: number): number {
    const { pictures } = this.index;
    for (let at = number; at >= 0; at--) if (pictures[at]?.key) return at;
    return Math.max(
      0,
      pictures.findIndex((one) => one.key),
    );
  }

  private start(key: number): void {
    this.decoder?.freeContext();
    const codec = Codec.findDecoder(AV_CODEC_ID_HEVC);
    if (!codec) throw new BadInput(this.name, 'is H.265, which is not known here');
    const decoder = new CodecContext();
    decoder.allocContext3(codec);
    decoder.threadCount = 2;
    setOptions(decoder, { max_pixels: MAX_PIXELS });
    check(decoder.open2Sync(codec), 'no decoder for H.265');
    this.decoder = decoder;
    this.fed = key;
    this.flushed = false;
    this.currentNumber = -1;
    this.nextNumber = -1;
  }

  /** Decodes one more picture into `next`; false at the end. */
  private advance(): boolean {
    const { decoder } = this;
    if (!decoder) return false;
    for (;;) {
      this.next.unref();
      const got = decoder.receiveFrameSync(this.next);
      if (got >= 0) {
        // A picture that was decoded with errors, or without those it rests on, is no picture.
        if (this.next.decodeErrorFlags !== 0) continue;
        const number = Number(this.next.pts);
        if (number < this.currentNumber) continue;
        this.nextNumber = number;
        return true;
      }
      if (got === EOF) return false;
      if (got === EAGAIN && this.flushed) return false;
      this.feed(decoder);
    }
  }

  private feed(decoder: CodecContext): void {
    const place = this.index.pictures[this.fed];
    if (!place) {
      this.flushed = true;
      decoder.sendPacketSync(null);
      return;
    }
    const head = place.key ? this.index.parameterSets : Buffer.alloc(0);
    const bytes = Buffer.allocUnsafe(head.length + place.size);
    head.copy(bytes);
    readSync(this.file, bytes, head.length, place.size, place.offset);
    this.packet.unref();
    this.packet.data = bytes;
    this.packet.pts = BigInt(this.fed);
    this.packet.dts = BigInt(this.fed);
    // What it refuses is missing later on, and counted there.
    decoder.sendPacketSync(this.packet);
    this.fed++;
  }
}

function indexed(input: RenderInput): AnnexBIndex {
  try {
    return indexAnnexB(input.name, input.path);
  } catch (error) {
    if (error instanceof InputError) throw new BadInput(input.name, error.reason);
    throw error;
  }
}
