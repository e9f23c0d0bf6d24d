/**
 * One attempt at a file: frames in, H.264 (or FFV1 for a master) with the ready sound beside it, a container out.
 */
import { type CodecContext, type Frame, type Packet, Rational } from 'node-av/lib';
import { ContainerFile, type ContainerShape } from './container-file.ts';
import { check, EAGAIN, EOF, newPacket } from './native.ts';
import { openVideoEncoder, qpOf, type VideoShape } from './video-encoder.ts';

export interface FileShape extends VideoShape, Omit<ContainerShape, 'container' | 'encoder'> {}

export class FileWriter {
  /** Bytes of coded pictures so far. */
  videoBytes = 0;
  /** Pictures that came out of the encoder so far. */
  coded = 0;
  /** Sum of their QP (H.264 section 7.4.3: 0 to 51), where the encoder tells it. */
  qpSum = 0;
  private readonly encoder: CodecContext;
  private readonly file: ContainerFile;
  private readonly packet: Packet = newPacket();
  private readonly frameTime: { num: number; den: number };
  private sent = 0n;

  constructor(shape: FileShape) {
    this.frameTime = { num: shape.rate.den, den: shape.rate.num };
    this.encoder = openVideoEncoder(shape);
    const container = shape.coding.codec === 'h264' ? 'mp4' : 'matroska';
    this.file = new ContainerFile({ ...shape, container, encoder: this.encoder });
  }

  write(frame: Frame): void {
    frame.pts = this.sent++;
    frame.duration = 1n;
    frame.timeBase = Rational.fromObject(this.frameTime);
    this.drain(frame);
  }

  /** Writes what is still held back, and the index. */
  finish(): void {
    this.drain(null);
    this.free();
    this.file.finish();
  }

  /** Lets go of everything; the file is of no use unless it was finished. */
  close(): void {
    this.free();
    this.file.close();
  }

  private free(): void {
    this.encoder.freeContext();
    this.packet.free();
  }

  private drain(frame: Frame | null): void {
    check(this.encoder.sendFrameSync(frame), 'cannot encode a picture');
    for (;;) {
      const got = this.encoder.receivePacketSync(this.packet);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot encode a picture');
      this.videoBytes += this.packet.size;
      this.coded++;
      this.qpSum += qpOf(this.packet);
      this.file.write(this.packet);
    }
  }
}
