/**
 * The pictures of one input, by time. Decodes forward from the key frame before; what lies before is dropped.
 */
import type { CodecContext, Frame, Packet } from 'node-av/lib';
import { BadInput, InputFile, secondsOf } from './input-file.ts';
import type { Measure } from './measure.ts';
import { EAGAIN, EOF, newFrame, newPacket } from './native.ts';
import type { RenderInput } from './plan.ts';

/** Jumps forward that are longer than this look for a key frame instead of decoding all between. */
const WORTH_SEEKING = 4;

export class PictureReader {
  /** Packets that the decoder refused. */
  damaged = 0;
  private readonly input: RenderInput;
  private readonly measure: Measure;
  private file: InputFile | undefined;
  private decoder: CodecContext | undefined;
  private readonly packet: Packet = newPacket();
  private current: Frame = newFrame();
  private currentTime = Number.NEGATIVE_INFINITY;
  private next: Frame = newFrame();
  private nextTime = Number.NEGATIVE_INFINITY;
  private hasCurrent = false;
  private hasNext = false;
  private ended = false;
  /** Until this key frame packets are not decoded. */
  private skipTo = Number.NEGATIVE_INFINITY;
  private decoded = 0;
  /** Counts pictures, so that a caller knows whether it has the same one again. */
  private serial = 0;

  constructor(input: RenderInput, measure: Measure) {
    this.input = input;
    this.measure = measure;
  }

  /**
   * The last picture that starts at or before `time` (seconds after the first picture), or the first one of all, and its own time.
   * The frame stays valid until the next call.
   * @throws BadInput when not one picture can be decoded
   */
  at(time: number): { frame: Frame; serial: number; time: number } {
    if (!this.file || time < this.currentTime - 1e-6 || this.farAhead(time)) this.start(time);
    for (;;) {
      if (this.hasNext && (this.nextTime <= time || !this.hasCurrent)) {
        [this.current, this.next] = [this.next, this.current];
        this.currentTime = this.nextTime;
        this.hasCurrent = true;
        this.hasNext = false;
        this.serial++;
      }
      if (this.hasNext || !this.advance()) break;
    }
    if (!this.hasCurrent)
      throw new BadInput(
        this.input.name,
        this.decoded > 0 ? 'has no picture there' : 'none of its pictures can be decoded',
      );
    return { frame: this.current, serial: this.serial, time: this.currentTime };
  }

  close(): void {
    this.decoder?.freeContext();
    this.file?.close();
    this.decoder = undefined;
    this.file = undefined;
    for (const frame of [this.current, this.next]) frame.free();
    this.packet.free();
  }

  private farAhead(time: number): boolean {
    if (this.ended || time - Math.max(this.currentTime, this.nextTime) < WORTH_SEEKING) return false;
    const key = this.keyBefore(time);
    return key > Math.max(this.currentTime, this.nextTime);
  }

  private keyBefore(time: number): number {
    let best = Number.NEGATIVE_INFINITY;
    for (const key of this.measure.keys) if (key <= time) best = key;
    return best;
  }

  private start(time: number): void {
    this.reopen();
    const { file } = this;
    const video = file?.video;
    if (!file || !video) throw new BadInput(this.input.name, 'has no pictures');
    this.skipTo = this.keyBefore(time);
    if (this.skipTo < 0.5) return;
    // A container without an index cannot seek, or lands too late: then all of it is read, and only what is needed decoded.
    const landed = file.seek(video, this.measure.firstPicture + this.skipTo) ? this.peek() : undefined;
    if (landed === undefined || landed > this.skipTo + 1e-4) this.reopen();
    this.skipTo = this.keyBefore(time);
  }

  private reopen(): void {
    this.decoder?.freeContext();
    this.file?.close();
    this.file = new InputFile(this.input, { video: true, audio: false });
    if (!this.file.video) throw new BadInput(this.input.name, 'has no pictures');
    this.decoder = this.file.decoder(this.file.video);
    this.currentTime = Number.NEGATIVE_INFINITY;
    this.nextTime = Number.NEGATIVE_INFINITY;
    this.hasCurrent = false;
    this.hasNext = false;
    this.ended = false;
    this.held = false;
  }

  /** A packet that was read to see where a seek landed. */
  private held = false;

  private peek(): number | undefined {
    const video = this.file?.video;
    while (video && this.file?.read(this.packet)) {
      if (this.packet.streamIndex !== video.index) continue;
      this.held = true;
      return this.timeOf(this.packet);
    }
    return undefined;
  }

  private timeOf(packet: Packet): number | undefined {
    const video = this.file?.video;
    const stamp = video && (secondsOf(packet.pts, video) ?? secondsOf(packet.dts, video));
    return stamp === undefined ? undefined : stamp - this.measure.firstPicture;
  }

  /** Decodes one more picture into `next`; false at the end. */
  private advance(): boolean {
    const { decoder, file } = this;
    const video = file?.video;
    if (!decoder || !file || !video) return false;
    for (;;) {
      this.next.unref();
      const got = decoder.receiveFrameSync(this.next);
      if (got >= 0) {
        this.decoded++;
        const time = secondsOf(this.next.bestEffortTimestamp, video);
        this.nextTime =
          time === undefined ? this.currentTime + 1 / this.measure.rate : time - this.measure.firstPicture;
        this.hasNext = true;
        return true;
      }
      if (got === EOF || this.ended) return false;
      if (got !== EAGAIN) this.damaged++;
      this.feed(decoder, file, video.index);
    }
  }

  private feed(decoder: CodecContext, file: InputFile, index: number): void {
    for (;;) {
      if (!this.held && !file.read(this.packet)) {
        this.ended = true;
        decoder.sendPacketSync(null);
        return;
      }
      this.held = false;
      if (this.packet.streamIndex !== index) continue;
      if (this.skipTo > Number.NEGATIVE_INFINITY) {
        const time = this.timeOf(this.packet);
        if (time !== undefined && (time < this.skipTo - 1e-4 || !this.packet.isKeyframe)) continue;
        this.skipTo = Number.NEGATIVE_INFINITY;
      }
      const sent = decoder.sendPacketSync(this.packet);
      if (sent < 0 && sent !== EAGAIN) this.damaged++;
      return;
    }
  }
}
