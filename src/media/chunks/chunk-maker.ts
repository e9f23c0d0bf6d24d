/** Makes the pieces of a drawn clip in a folder: looks, chunks, sound, the file. What lies there finished is not made again. Loads nothing native. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RateControl } from '../codec/video-encoder.ts';
import type { Rung } from '../size/ladder.ts';
import { planSound } from '../size/sound.ts';
import { finishedPart } from './chunk-file.ts';
import { type Chunk, chunksOf } from './chunk-plan.ts';
import { ChunkPool } from './chunk-pool.ts';
import type { Opened, PartDone, StoredSound } from './chunk-task.ts';
import type { PartShape, PartTask } from './encode-chunk.ts';
import type { Look, MeasureTask, Seen } from './measure-chunk.ts';
import { readMeasure } from './measure-file.ts';
import type { ChunkedClip, ChunkedOptions } from './render-chunks.ts';

/** A chunk as it is to be coded. */
export interface Piece {
  readonly chunk: Chunk;
  readonly rate: RateControl;
  /** Of its file; by default that of a chunk that is coded for the first time. */
  readonly name?: string;
}

/** A part of the whole work, for the progress bar. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

export class ChunkMaker {
  readonly clip: ChunkedClip;
  readonly opened: Opened;
  readonly chunks: readonly Chunk[];
  /** Length of the clip. */
  readonly seconds: number;
  readonly full: Rung;
  sound: StoredSound | null = null;
  /** Chunks that lay there finished from an earlier run. */
  resumed = 0;
  private readonly options: ChunkedOptions;
  private readonly pool: ChunkPool;
  private done = 0;

  private constructor(clip: ChunkedClip, options: ChunkedOptions, pool: ChunkPool, opened: Opened) {
    this.clip = clip;
    this.options = options;
    this.pool = pool;
    this.opened = opened;
    this.chunks = chunksOf(opened.frames, opened.rate);
    this.seconds = (opened.frames * opened.rate.den) / opened.rate.num;
    this.full = { ...opened.size, rate: opened.rate, cost: 1 };
  }

  static async open(clip: ChunkedClip, options: ChunkedOptions): Promise<ChunkMaker> {
    mkdirSync(clip.folder, { recursive: true, mode: 0o700 });
    const { entry, work, name, width } = clip;
    const pool = new ChunkPool({
      entry,
      work,
      name,
      signal: options.signal,
      ...(width === undefined ? {} : { width }),
    });
    try {
      return new ChunkMaker(clip, options, pool, await pool.open());
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  /** Where the statistics of a chunk's look lie. */
  statsOf(chunk: Chunk, step: number): string {
    return join(this.clip.folder, `pass-${chunk.index}-${step}.log`);
  }

  secondsOf({ count }: Chunk): number {
    return (count * this.opened.rate.den) / this.opened.rate.num;
  }

  get preset(): string {
    return this.clip.preset ?? 'veryfast';
  }

  /** @param looksOf ways in which a chunk is looked at @returns what each look has shown, by chunk */
  async measure(crf: number, looksOf: (chunk: Chunk) => readonly Look[], part: Part): Promise<(readonly Seen[])[]> {
    return await this.sideBySide(this.chunks, part, 'Looking where the bits are needed', async (chunk, tell) => {
      const task: MeasureTask = { chunk, preset: this.preset, crf, looks: looksOf(chunk) };
      // Other steps are looks of their own.
      const path = join(this.clip.folder, `measure-${chunk.index}-${Math.max(...task.looks.map(({ step }) => step))}`);
      const key = this.keyOf({
        ...task,
        looks: task.looks.map(({ size, step, stats }) => [size, step, stats !== null]),
      });
      return readMeasure(path, key) ?? (await this.pool.run<Seen[]>({ do: 'measure', measure: task, path, key }, tell));
    });
  }

  /** @returns of each piece, in order */
  async code(shape: PartShape, pieces: readonly Piece[], part: Part): Promise<PartDone[]> {
    const { picture } = this.options;
    let shown: Piece | undefined;
    return await this.sideBySide(pieces, part, 'Drawing', async (piece, tell) => {
      const { path, key } = this.placeOf(shape, piece);
      const finished = finishedPart(path, key);
      if (finished) {
        this.resumed++;
        return finished;
      }
      // One at a time: who looks sees the clip go on, not two parts of it in turn.
      if (picture !== undefined) shown ??= piece;
      const show = picture !== undefined && shown === piece ? { show: picture } : {};
      const task: PartTask = { ...shape, chunk: piece.chunk, rate: piece.rate };
      const done = await this.pool.run<PartDone>({ do: 'part', part: task, path, key, ...show }, tell);
      if (shown === piece) shown = undefined;
      return done;
    });
  }

  /** Codes the sound, where there is any and room for it. @returns what the person should know */
  async encodeSound(): Promise<string[]> {
    const source = this.opened.sound;
    if (this.clip.sound === 'mute' || !source) return [];
    const plan = planSound(this.clip.limits.maxBytes, this.seconds, source);
    if (!plan) return ['The size limit leaves no room for sound, so there is none.'];
    const path = join(this.clip.folder, 'sound');
    rmSync(path, { force: true });
    this.sound = await this.pool.run<StoredSound>({ do: 'sound', plan, path });
    return [];
  }

  /** @param pieces of all chunks, in order */
  async join(shape: PartShape, pieces: readonly Piece[]): Promise<{ path: string; bytes: number; frames: number }> {
    const { folder, metadata } = this.clip;
    const parts = pieces.map((piece) => this.placeOf(shape, piece));
    const path = join(folder, 'joined.mp4');
    rmSync(path, { force: true });
    this.tell(0.99, 'Joining');
    // Quality or size: the file's head is the same.
    const task = { parts, shape: { ...shape, rate: { crf: 23 } }, output: path, metadata };
    const frames = await this.pool.run<number>({ do: 'join', join: task, sound: this.sound });
    return { path, bytes: statSync(path).size, frames };
  }

  private placeOf(shape: PartShape, { chunk, rate, name = 'chunk' }: Piece): { path: string; key: string } {
    const bits = 'stats' in rate ? { ...rate, stats: '' } : rate;
    return {
      path: join(this.clip.folder, `${name}-${chunk.index}`),
      // A chunk that was coded with other bits is another chunk.
      key: this.keyOf({ ...shape, chunk, rate: bits }),
    };
  }

  private keyOf(task: object): string {
    return createHash('sha256')
      .update(JSON.stringify([this.clip.key, task]))
      .digest('hex');
  }

  private async sideBySide<Item, Result>(
    items: readonly Item[],
    { from, to }: Part,
    stage: string,
    work: (item: Item, tell: (part: number) => void) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    const parts = new Map<number, number>();
    await this.pool.each([...items.entries()], async ([index, item]) => {
      const tell = (part: number): void => {
        parts.set(index, part);
        const whole = [...parts.values()].reduce((all, one) => all + one, 0) / items.length;
        this.tell(from + (to - from) * whole, stage);
      };
      results[index] = await work(item, tell);
      tell(1);
    });
    return results;
  }

  private tell(progress: number, stage: string): void {
    this.done = Math.max(this.done, Math.min(1, progress));
    this.options.onProgress?.(this.done, stage);
  }
}
