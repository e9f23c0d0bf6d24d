/** One chunk of a drawn clip, coded by one thread: the same bits each time. Inside of a chunk process. */
import { type CodecContext, type Frame, Rational } from 'node-av/lib';
import { breathe, check, EAGAIN, EOF, newPacket } from '../codec/native.ts';
import type { FrameRate, Size } from '../codec/plan.ts';
import { openVideoEncoder, qpOf, type RateControl, type VideoShape } from '../codec/video-encoder.ts';
import { Shrink } from '../overlay/shrink.ts';
import type { ChunkPacket } from './chunk-file.ts';
import { ChunkPainter } from './chunk-painter.ts';
import type { Chunk } from './chunk-plan.ts';
import type { DrawnScene } from './drawn-scene.ts';

/** How the pictures of a file are coded; the same for all of its chunks. */
export interface PartShape {
  /** Smaller than the scene where a limit leaves too few bits. */
  readonly size: Size;
  /** Every so many frames of the scene are coded. */
  readonly step: number;
  readonly preset: string;
}

export interface PartTask extends PartShape {
  readonly chunk: Chunk;
  readonly rate: RateControl;
}

export interface CodedPart {
  readonly packets: readonly ChunkPacket[];
  readonly frames: number;
  readonly bytes: number;
  readonly qp: number;
  readonly extradata: string;
}

/** @param beat called after each frame, with its number within the chunk and its picture, which is valid until it returns */
export async function encodePart(
  scene: DrawnScene,
  task: PartTask,
  beat: (frame: number, picture: Frame) => void,
): Promise<CodedPart> {
  const { chunk, size, step } = task;
  const painter = new ChunkPainter(scene.size);
  const same = size.width === scene.size.width && size.height === scene.size.height;
  const shrink = same ? undefined : new Shrink(size);
  let encoder: PartEncoder | undefined;
  try {
    const at = scene.from(chunk.first);
    // Whichever frames of the whole clip are coded: the same ones in every cut.
    const skip = (step - (chunk.first % step)) % step;
    for (let n = chunk.first + skip; n < chunk.first + chunk.count; n += step) {
      const painted = painter.paint(at(n));
      const picture = shrink ? shrink.shrink(painted) : painted;
      encoder ??= new PartEncoder(shapeOf(scene, task, picture));
      encoder.write(picture);
      beat(n - chunk.first, picture);
      // Drawn pictures are only given back when the event loop turns.
      await breathe();
    }
    if (!encoder) throw new Error('a chunk without frames');
    return encoder.finish();
  } finally {
    encoder?.close();
    shrink?.close();
    painter.close();
  }
}

/** Of any chunk of the file: what differs between them is the bitrate alone. */
export function shapeOf(scene: Pick<DrawnScene, 'rate'>, task: Omit<PartTask, 'chunk'>, sample: Frame): VideoShape {
  const rate: FrameRate = { num: scene.rate.num, den: scene.rate.den * task.step };
  const coding = { codec: 'h264', rate: task.rate, preset: task.preset, keySeconds: 60, part: true } as const;
  return { size: task.size, rate, coding, sample };
}

/** One thread's worth of coded pictures, held until they are written down as a whole. */
export class PartEncoder {
  private readonly context: CodecContext;
  private readonly packet = newPacket();
  private readonly frameTime: { num: number; den: number };
  private readonly packets: ChunkPacket[] = [];
  private sent = 0n;
  private bytes = 0;
  private qpSum = 0;

  constructor(shape: VideoShape) {
    this.context = openVideoEncoder(shape);
    this.frameTime = { num: shape.rate.den, den: shape.rate.num };
  }

  write(frame: Frame): void {
    frame.pts = this.sent++;
    frame.duration = 1n;
    frame.timeBase = Rational.fromObject(this.frameTime);
    this.drain(frame);
  }

  finish(): CodedPart {
    this.drain(null);
    const frames = this.packets.length;
    return {
      packets: this.packets,
      frames,
      bytes: this.bytes,
      qp: this.qpSum / Math.max(1, frames),
      extradata: (this.context.extraData ?? Buffer.alloc(0)).toString('base64'),
    };
  }

  close(): void {
    this.context.freeContext();
    this.packet.free();
  }

  private drain(frame: Frame | null): void {
    check(this.context.sendFrameSync(frame), 'cannot encode a picture');
    for (;;) {
      const got = this.context.receivePacketSync(this.packet);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot encode a picture');
      const { pts, dts, isKeyframe: key } = this.packet;
      const data = Buffer.from(this.packet.data ?? Buffer.alloc(0));
      this.packets.push({ data, pts: Number(pts), dts: Number(dts), key });
      this.bytes += data.length;
      this.qpSum += qpOf(this.packet);
      this.packet.unref();
    }
  }
}
