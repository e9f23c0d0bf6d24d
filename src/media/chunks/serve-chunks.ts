/** The inside of a chunk process. A kind of source has an entry file that calls this with how its scene is opened. */

import { serveTask } from '../codec/serve-task.ts';
import { aacParameters, SoundEncoder } from '../codec/sound-encoder.ts';
import type { SoundPlan } from '../size/sound.ts';
import { writeChunk } from './chunk-file.ts';
import { ChunkPainter } from './chunk-painter.ts';
import type { ChunkTask, Opened, PartDone, StoredSound } from './chunk-task.ts';
import type { DrawnScene } from './drawn-scene.ts';
import { encodePart } from './encode-chunk.ts';
import { joinChunks } from './join-chunks.ts';
import { measureChunk, type Seen } from './measure-chunk.ts';
import { writeMeasure } from './measure-file.ts';
import { ShownNow, writePicture } from './shown-now.ts';

/** Of JPEG, per cent. */
const PICTURE_QUALITY = 85;

export interface OpenScene {
  readonly scene: DrawnScene;
  /** Undefined: there is none. */
  readonly sound?: ChunkSound | undefined;
  readonly notes?: readonly string[];
}

export interface ChunkSound {
  readonly channels: number;
  /** Hertz. */
  readonly sampleRate: number;
  /** All of it, in order, as interleaved samples from -1 to 1 in the shape of `plan`. @param beat called often */
  write(plan: SoundPlan, sink: (samples: Float32Array) => void, beat: () => void): Promise<void>;
}

export function serveChunks<Work>(open: (work: Work) => Promise<OpenScene>): void {
  let opened: OpenScene | undefined;
  const shown = new ShownNow();
  serveTask<ChunkTask, Opened | PartDone | StoredSound | readonly Seen[] | number>(async (task, report) => {
    if (task.do === 'open') {
      // The process that sends it is of the same kind.
      opened = await open(task.work as Work);
      const { scene, sound, notes = [] } = opened;
      const { channels = 0, sampleRate = 0 } = sound ?? {};
      const { size, rate, frames } = scene;
      return { size, rate, frames, sound: sound ? { channels, sampleRate } : null, notes };
    }
    if (!opened) throw new Error('no scene has been opened');
    const { scene, sound } = opened;
    switch (task.do) {
      case 'part': {
        const { path, key, part, show } = task;
        const coded = await encodePart(scene, part, (frame, picture) => {
          report(frame / part.chunk.count, 'Drawing');
          if (show !== undefined) shown.look(picture, show);
        });
        const { packets, frames, bytes, qp, extradata } = coded;
        writeChunk(path, { key, frames, bytes, qp, extradata }, packets);
        return { bytes, qp, frames };
      }
      case 'measure': {
        const { measure, path, key } = task;
        const seen = await measureChunk(scene, measure, (frame) =>
          report(frame / measure.chunk.count, 'Looking where the bits are needed'),
        );
        writeMeasure(path, key, measure, seen);
        return seen;
      }
      case 'picture': {
        const painter = new ChunkPainter(scene.size);
        try {
          const n = Math.max(0, Math.min(scene.frames - 1, Math.floor(task.frame)));
          writePicture(
            painter.paint(scene.from(n)(n)),
            task.path,
            Math.max(scene.size.width, scene.size.height),
            PICTURE_QUALITY,
          );
        } finally {
          painter.close();
        }
        return scene.frames;
      }
      case 'sound': {
        if (!sound) throw new Error('this scene has no sound');
        const encoder = new SoundEncoder('aac', task.plan, task.path);
        await sound.write(
          task.plan,
          (samples) => encoder.write(samples),
          () => report(0, 'Encoding the sound'),
        );
        const { bytes, count } = encoder.finish();
        return { path: task.path, plan: task.plan, bytes, count };
      }
      case 'join': {
        const stored = task.sound;
        const packets = stored && {
          ...stored,
          parameters: aacParameters(stored.plan),
          sampleRate: stored.plan.sampleRate,
        };
        return joinChunks(scene, task.join, packets ?? undefined);
      }
    }
  });
}
