/** Frames of a replay that were drawn before, and coding them alone: the floor of `bench/osu.ts`. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { ChunkPainter } from '../src/media/chunks/chunk-painter.ts';
import type { Chunk } from '../src/media/chunks/chunk-plan.ts';
import type { DrawnScene } from '../src/media/chunks/drawn-scene.ts';
import { PartEncoder, shapeOf } from '../src/media/chunks/encode-chunk.ts';
import { breathe, newPicture } from '../src/media/codec/native.ts';
import type { Size } from '../src/media/codec/plan.ts';
import { serveTask } from '../src/media/codec/serve-task.ts';
import { openReplay } from '../src/sources/osu/clip/open-replay.ts';
import type { ReplayWork } from '../src/sources/osu/clip/work.ts';

export type PremadeTask =
  | { readonly do: 'draw'; readonly work: ReplayWork; readonly path: string }
  | {
      readonly do: 'code';
      readonly size: Size;
      readonly fps: number;
      readonly path: string;
      readonly chunk: Chunk;
      readonly preset: string;
    };

type CodeTask = PremadeTask & { readonly do: 'code' };

serveTask<PremadeTask, number>(async (task, report) =>
  task.do === 'draw' ? draw((await openReplay(task.work)).scene, task.path, () => report(0, '')) : code(task),
);

async function draw(drawn: DrawnScene, path: string, beat: () => void): Promise<number> {
  const painter = new ChunkPainter(drawn.size);
  const file = openSync(path, 'w');
  const at = drawn.from(0);
  for (let n = 0; n < drawn.frames; n++) {
    for (const rows of rowsOf(painter.paint(at(n)))) writeSync(file, rows);
    beat();
    await breathe();
  }
  closeSync(file);
  painter.close();
  return drawn.frames;
}

/** As a chunk is coded, with a read instead of drawing. */
async function code({ size, fps, path, chunk, preset }: CodeTask): Promise<number> {
  const picture = newPicture(size.width, size.height, AV_PIX_FMT_YUV420P);
  const file = openSync(path, 'r');
  const shape = { size, rate: { num: fps, den: 1 } };
  const encoder = new PartEncoder(shapeOf(shape, { size, step: 1, preset, rate: { crf: 23 } }, picture));
  const frameBytes = (size.width * size.height * 3) / 2;
  const planes = rowsOf(picture);
  for (let n = chunk.first; n < chunk.first + chunk.count; n++) {
    let position = n * frameBytes;
    for (const rows of planes) position += readSync(file, rows, 0, rows.length, position);
    encoder.write(picture);
    await breathe();
  }
  const { bytes } = encoder.finish();
  encoder.close();
  closeSync(file);
  picture.free();
  return bytes;
}

/** The planes, row by row where they have gaps. */
function rowsOf(frame: Frame): Uint8Array[] {
  return (frame.data ?? []).slice(0, 3).flatMap((plane, index) => {
    const width = index === 0 ? frame.width : frame.width >> 1;
    const height = index === 0 ? frame.height : frame.height >> 1;
    const stride = frame.linesize[index] ?? width;
    if (stride === width) return [plane.subarray(0, width * height)];
    return Array.from({ length: height }, (_, row) => plane.subarray(row * stride, row * stride + width));
  });
}
