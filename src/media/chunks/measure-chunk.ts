/** A look at a chunk: drawn once, coded small in one or several ways, to learn how many bits it needs and where. Inside of a chunk process. */
import type { Frame } from 'node-av/lib';
import { breathe } from '../codec/native.ts';
import type { Size } from '../codec/plan.ts';
import { Shrink } from '../overlay/shrink.ts';
import { ChunkPainter } from './chunk-painter.ts';
import type { Chunk } from './chunk-plan.ts';
import type { DrawnScene } from './drawn-scene.ts';
import { PartEncoder, shapeOf } from './encode-chunk.ts';

/** One way to look. */
export interface Look {
  readonly size: Size;
  /** Every so many frames of the scene are coded. */
  readonly step: number;
  /** Where the encoder's statistics are written; null: they are not needed. */
  readonly stats: string | null;
}

export interface MeasureTask {
  readonly chunk: Chunk;
  /** As in the second pass: x264 takes no statistics of another. */
  readonly preset: string;
  readonly crf: number;
  readonly looks: readonly Look[];
}

/** What came of a look. */
export interface Seen {
  readonly bytes: number;
  /** Mean over its pictures. */
  readonly qp: number;
}

/** @param beat called after each frame, with its number within the chunk @returns of each look, in order */
export async function measureChunk(
  scene: DrawnScene,
  { chunk, preset, crf, looks }: MeasureTask,
  beat: (frame: number) => void,
): Promise<Seen[]> {
  const painter = new ChunkPainter(scene.size);
  const sizes = new Sizes(scene.size);
  const encoders = new Map<Look, PartEncoder>();
  const encoderOf = (look: Look, sample: Frame): PartEncoder => {
    const { size, step, stats } = look;
    const rate = stats === null ? { crf } : { crf, pass: 1 as const, stats };
    const encoder = encoders.get(look) ?? new PartEncoder(shapeOf(scene, { size, step, preset, rate }, sample));
    encoders.set(look, encoder);
    return encoder;
  };
  try {
    const at = scene.from(chunk.first);
    for (let n = chunk.first; n < chunk.first + chunk.count; n++) {
      const seeing = looks.filter(({ step }) => n % step === 0);
      if (seeing.length === 0) continue;
      sizes.begin(painter.paint(at(n)));
      for (const look of seeing) {
        const picture = sizes.of(look.size);
        encoderOf(look, picture).write(picture);
      }
      beat(n - chunk.first);
      // Drawn pictures are only given back when the event loop turns.
      await breathe();
    }
    return looks.map((look) => {
      const { bytes, qp } = encoders.get(look)?.finish() ?? { bytes: 0, qp: 0 };
      return { bytes, qp };
    });
  } finally {
    // The statistics are whole after this only.
    for (const encoder of encoders.values()) encoder.close();
    sizes.close();
    painter.close();
  }
}

/** A picture in several sizes, each made once. */
class Sizes {
  private readonly whole: Size;
  private readonly shrinks = new Map<string, Shrink>();
  private readonly made = new Map<string, Frame>();
  private picture: Frame | undefined;

  constructor(whole: Size) {
    this.whole = whole;
  }

  begin(picture: Frame): void {
    this.picture = picture;
    this.made.clear();
  }

  of({ width, height }: Size): Frame {
    if (!this.picture) throw new Error('no picture has been drawn');
    if (width === this.whole.width && height === this.whole.height) return this.picture;
    const name = `${width}x${height}`;
    const shrink = this.shrinks.get(name) ?? new Shrink({ width, height });
    this.shrinks.set(name, shrink);
    const made = this.made.get(name) ?? shrink.shrink(this.picture);
    this.made.set(name, made);
    return made;
  }

  close(): void {
    for (const shrink of this.shrinks.values()) shrink.close();
  }
}
