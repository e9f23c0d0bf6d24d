/** Chunks one after the other into a file, without coding anything again. Inside of a chunk process. */
import type { CodecContext, Packet } from 'node-av/lib';
import { ContainerFile } from '../codec/container-file.ts';
import { CodecError, newPacket } from '../codec/native.ts';
import type { SoundPackets } from '../codec/sound-encoder.ts';
import { openVideoEncoder } from '../codec/video-encoder.ts';
import { readChunk } from './chunk-file.ts';
import { ChunkPainter } from './chunk-painter.ts';
import type { DrawnScene } from './drawn-scene.ts';
import { type PartTask, shapeOf } from './encode-chunk.ts';

export interface JoinTask {
  /** Of all chunks, in order. */
  readonly parts: readonly { readonly path: string; readonly key: string }[];
  /** Of any of them. */
  readonly shape: Omit<PartTask, 'chunk'>;
  readonly output: string;
  readonly metadata: { readonly title?: string; readonly createdAt?: number };
}

/** @returns frames in the file */
export function joinChunks(scene: DrawnScene, task: JoinTask, sound: SoundPackets | undefined): number {
  const painter = new ChunkPainter(scene.size);
  const { step } = task.shape;
  const rate = { num: scene.rate.num, den: scene.rate.den * step };
  let encoder: CodecContext | undefined;
  let file: ContainerFile | undefined;
  const packet: Packet = newPacket();
  let frames = 0;
  try {
    // What the chunks' encoders say of their pictures: this one says the same.
    encoder = openVideoEncoder(shapeOf(scene, task.shape, painter.blank));
    const extradata = (encoder.extraData ?? Buffer.alloc(0)).toString('base64');
    const { output: path, metadata } = task;
    file = new ContainerFile({ path, container: 'mp4', rate, encoder, sound, metadata });
    for (const part of task.parts) {
      const chunk = readChunk(part.path, part.key);
      if (!chunk) throw new CodecError('a finished chunk has gone or was changed');
      if (chunk.head.extradata !== extradata) throw new CodecError('a chunk was coded in another way than the others');
      for (const { data, pts, dts, key } of chunk.packets) {
        packet.data = Buffer.from(data.buffer, data.byteOffset, data.length);
        packet.pts = BigInt(frames + pts);
        packet.dts = BigInt(frames + dts);
        packet.duration = 1n;
        packet.isKeyframe = key;
        file.write(packet);
        packet.unref();
      }
      frames += chunk.head.frames;
    }
    const finished = file;
    file = undefined;
    finished.finish();
    return frames;
  } finally {
    file?.close();
    packet.free();
    encoder?.freeContext();
    painter.close();
  }
}
