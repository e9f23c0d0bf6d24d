/**
 * Makes a file of a drawn clip, chunk by chunk over all cores. What was finished stays in a folder: after a crash the rest is made.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { RateControl } from '../codec/video-encoder.ts';
import { ladder, type Rung } from '../size/ladder.ts';
import { planSound } from '../size/sound.ts';
import { firstPassSize } from '../size/two-pass.ts';
import { finishedPart } from './chunk-file.ts';
import { AIM, type Chunk, type Coded, chunksOf, correct, shareOut } from './chunk-plan.ts';
import { ChunkPool } from './chunk-pool.ts';
import { type Opened, type PartDone, type StoredSound, statisticsOf } from './chunk-task.ts';
import type { PartShape, PartTask } from './encode-chunk.ts';

export interface ChunkedClip {
  /** The kind's entry file (`serveChunks`), and what it opens its scene with. */
  readonly entry: string;
  readonly work: unknown;
  /** How errors call what is drawn; never a path. */
  readonly name: string;
  /** Tells everything that the pictures depend on, versions of ourselves too. */
  readonly key: string;
  readonly limits: {
    /** The file is never larger; wins over `quality`. */
    readonly maxBytes?: number;
    /** x264 CRF; 23 when absent. */
    readonly quality?: number;
  };
  /** x264's name of how much time it takes; `veryfast` when absent. */
  readonly preset?: string;
  readonly sound: 'keep' | 'mute';
  /** Written to the container. */
  readonly metadata: { readonly title?: string; readonly createdAt?: number };
  /** Path of the MP4 to make. */
  readonly output: string;
  /** Finished chunks are kept there between runs; made when it does not exist, and removed at the end. On the file system of `output`. */
  readonly folder: string;
  readonly width?: number;
}

export interface ChunkedOptions {
  readonly signal: AbortSignal;
  /** @param progress 0 to 1, never falling @param stage in words */
  readonly onProgress?: (progress: number, stage: string) => void;
  /** Where what is being drawn is put now and then, as a small JPEG. It is never half there. */
  readonly picture?: string;
}

export interface ChunkedResult {
  readonly bytes: number;
  /** Seconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Mean QP of the pictures. */
  readonly qp: number;
  readonly chunks: number;
  /** Chunks that lay there finished from an earlier run. */
  readonly resumed: number;
  readonly notes: readonly string[];
}

const DEFAULT_CRF = 23;
/** Of the look at how much each chunk needs. */
const MEASURE_CRF = 23;
/** Above this smaller pictures look better. */
const SMEARED_QP = 44;
/** A file whose quality fits within this part of the limit needs no counting. */
const EASY = 0.8;
const MOST_CORRECTIONS = 4;
/** What the container takes for each picture and for itself, about. */
const FRAME_OVERHEAD = 14;
const FILE_OVERHEAD = 4000;
/** How the work is divided, for the progress bar. */
const PARTS = { measure: 0.3, code: 0.6 };

/** @throws UserError when the limit cannot be met, InputError for what is drawn, the signal's reason when aborted */
export async function renderChunks(clip: ChunkedClip, options: ChunkedOptions): Promise<ChunkedResult> {
  options.signal.throwIfAborted();
  await mkdir(clip.folder, { recursive: true, mode: 0o700 });
  const { entry, work, name, width } = clip;
  const pool = new ChunkPool({ entry, work, name, signal: options.signal, ...(width === undefined ? {} : { width }) });
  let result: ChunkedResult;
  try {
    const opened = await pool.open();
    result = await new ChunkedRender(clip, options, pool, opened).make();
  } finally {
    await pool.close();
  }
  await rm(clip.folder, { recursive: true, force: true });
  return result;
}

class ChunkedRender {
  private readonly clip: ChunkedClip;
  private readonly options: ChunkedOptions;
  private readonly pool: ChunkPool;
  private readonly opened: Opened;
  private readonly chunks: readonly Chunk[];
  private readonly seconds: number;
  private sound: StoredSound | null = null;
  private resumed = 0;
  private done = 0;

  constructor(clip: ChunkedClip, options: ChunkedOptions, pool: ChunkPool, opened: Opened) {
    this.clip = clip;
    this.options = options;
    this.pool = pool;
    this.opened = opened;
    this.chunks = chunksOf(opened.frames, opened.rate);
    this.seconds = (opened.frames * opened.rate.den) / opened.rate.num;
  }

  async make(): Promise<ChunkedResult> {
    const notes = [...this.opened.notes];
    await this.encodeSound(notes);
    const { maxBytes } = this.clip.limits;
    return maxBytes === undefined ? await this.byQuality(notes) : await this.bySize(maxBytes, notes);
  }

  private async byQuality(notes: string[]): Promise<ChunkedResult> {
    const rate: RateControl = { crf: this.clip.limits.quality ?? DEFAULT_CRF };
    const shape = this.shapeOf(this.full, rate);
    const coded = await this.codeAll(() => shape, 0, 1);
    return await this.join(shape, coded, this.full, notes);
  }

  private async bySize(limit: number, notes: string[]): Promise<ChunkedResult> {
    const { size, rate, frames } = this.opened;
    const rungs = ladder(size, rate);
    const small = firstPassSize(size, Math.max(...this.chunks.map(({ count }) => count)));
    const measured = await this.measure(small, 1);
    const area = (small.width * small.height) / (size.width * size.height);
    const fixed = (this.sound?.bytes ?? 0) + FILE_OVERHEAD;
    const crf = this.clip.limits.quality ?? DEFAULT_CRF;
    const total = measured.reduce((sum, { bytes }) => sum + bytes, 0) / area ** 0.8;
    if (total * 2 ** ((MEASURE_CRF - crf) / 6) + fixed + frames * FRAME_OVERHEAD < limit * EASY) {
      const shape = this.shapeOf(this.full, { crf });
      const coded = await this.codeAll(() => shape, PARTS.measure, PARTS.code);
      const result = await this.join(shape, coded, this.full, notes);
      if (result.bytes <= limit) return result;
    }
    let step = 1;
    let sizes = measured;
    for (const [index, rung] of rungs.entries()) {
      const budget = limit - fixed - Math.ceil(frames / this.stepOf(rung)) * FRAME_OVERHEAD;
      // The QP at which so much smaller a picture would fill the budget; x264 halves the bits with each six.
      const qp = MEASURE_CRF + 6 * Math.log2((total * rung.cost) / Math.max(1, budget));
      if (budget <= 0 || (qp > SMEARED_QP - 3 && index < rungs.length - 1)) continue;
      if (this.stepOf(rung) !== step) {
        step = this.stepOf(rung);
        sizes = await this.measure(small, step);
      }
      const result = await this.fill(rung, sizes, limit, budget, notes);
      if (result) return result;
    }
    throw new UserError(
      `${(limit / 1_000_000).toFixed(2)} MB is too small for ${Math.round(this.seconds)} s of this.`,
      'Ask for a larger file or a shorter range.',
      { code: 'limit-too-small' },
    );
  }

  /** Codes all chunks to fill the budget; then again one or two of them until the file is right. @returns undefined: smaller pictures are needed */
  private async fill(
    rung: Rung,
    measured: readonly PartDone[],
    limit: number,
    budget: number,
    notes: readonly string[],
  ): Promise<ChunkedResult | undefined> {
    const seconds = this.chunks.map((chunk) => this.secondsOf(chunk));
    const sizes = measured.map(({ bytes }) => bytes);
    let aim = AIM;
    let rates = shareOut(sizes, seconds, budget * aim);
    const coded: Coded[] = [];
    const wanted = (index: number): RateControl => ({
      bitrate: rates[index] ?? 0,
      pass: 2,
      stats: statisticsOf(this.clip.folder, index),
    });
    let again: readonly number[] = this.chunks.map(({ index }) => index);
    const corrected = new Set<number>();
    for (let round = 0; ; round++) {
      const list = new Set(again);
      const parts = await this.codeAll(
        (index) => this.shapeOf(rung, wanted(index)),
        PARTS.measure,
        PARTS.code * (1 - 0.5 ** (round + 1)),
        list,
      );
      for (const index of list)
        coded[index] = {
          bitrate: rates[index] ?? 0,
          seconds: seconds[index] ?? 0,
          bytes: parts[index]?.bytes ?? 0,
          qp: parts[index]?.qp ?? 0,
        };
      const qp = coded.reduce((sum, one) => sum + one.qp * one.seconds, 0) / this.seconds;
      if (qp > SMEARED_QP && rung.height > 144) return undefined;
      const next = correct(coded, budget, corrected);
      if (next?.length === 0) {
        const shape = this.shapeOf(rung, wanted(0));
        const result = await this.join(shape, coded, rung, notes, rates);
        if (result.bytes <= limit) return result;
        budget -= result.bytes - limit + 1000;
      }
      if (round >= MOST_CORRECTIONS) return undefined;
      if (next === undefined || next.length === 0) {
        const got = coded.reduce((sum, { bytes }) => sum + bytes, 0);
        aim = Math.max(0.3, Math.min(3, (aim * budget * AIM) / Math.max(1, got)));
        rates = shareOut(sizes, seconds, budget * aim);
        again = this.chunks.map(({ index }) => index);
      } else {
        rates = rates.map((rate, index) => next.find((one) => one.index === index)?.bitrate ?? rate);
        again = next.map(({ index }) => index);
        for (const index of again) corrected.add(index);
      }
    }
  }

  /** Each chunk once, small, at one quality: what it needs, and where in it. */
  private async measure(size: { width: number; height: number }, step: number): Promise<PartDone[]> {
    const rate = (index: number): RateControl => ({
      crf: MEASURE_CRF,
      pass: 1,
      stats: statisticsOf(this.clip.folder, index),
    });
    return await this.codeAll(
      (index) => ({ size, step, preset: 'veryfast', rate: rate(index) }),
      0,
      PARTS.measure,
      undefined,
      'measure',
    );
  }

  /** @returns of every chunk in the list (by default all), by index */
  private async codeAll(
    taskOf: (index: number) => PartShape & { readonly rate: RateControl },
    from: number,
    part: number,
    list?: ReadonlySet<number>,
    prefix = 'chunk',
  ): Promise<PartDone[]> {
    const results: PartDone[] = [];
    const chunks = this.chunks.filter(({ index }) => list?.has(index) ?? true);
    const parts = new Map<number, number>();
    const { picture } = this.options;
    let shown: number | undefined;
    const tell = (index: number, progress: number): void => {
      parts.set(index, progress);
      const sum = [...parts.values()].reduce((all, one) => all + one, 0) / chunks.length;
      this.tell(from + part * sum, prefix === 'measure' ? 'Looking where the bits are needed' : 'Drawing');
    };
    await this.pool.each(chunks, async (chunk) => {
      const task: PartTask = { ...taskOf(chunk.index), chunk };
      const path = this.pathOf(prefix, chunk.index);
      const key = this.keyOf(task);
      const finished = finishedPart(path, key);
      if (finished) this.resumed++;
      // One at a time: who looks sees the clip go on, not two parts of it in turn.
      if (!finished && picture !== undefined) shown ??= chunk.index;
      const show = picture !== undefined && shown === chunk.index ? { show: picture } : {};
      results[chunk.index] =
        finished ??
        (await this.pool.run<PartDone>({ do: 'part', part: task, path, key, ...show }, (now) =>
          tell(chunk.index, now),
        ));
      if (shown === chunk.index) shown = undefined;
      tell(chunk.index, 1);
    });
    return results;
  }

  private async encodeSound(notes: string[]): Promise<void> {
    const source = this.opened.sound;
    if (this.clip.sound === 'mute' || !source) return;
    const plan = planSound(this.clip.limits.maxBytes, this.seconds, source);
    if (!plan) {
      notes.push('The size limit leaves no room for sound, so there is none.');
      return;
    }
    const path = this.pathOf('sound', 0);
    await rm(path, { force: true });
    this.sound = await this.pool.run<StoredSound>({ do: 'sound', plan, path });
  }

  private async join(
    shape: PartShape & { readonly rate: RateControl },
    coded: readonly { readonly qp: number }[],
    rung: Rung,
    notes: readonly string[],
    rates?: readonly number[],
  ): Promise<ChunkedResult> {
    const { output, folder, metadata } = this.clip;
    const { rate } = this.opened;
    const parts = this.chunks.map((chunk) => ({
      path: this.pathOf('chunk', chunk.index),
      key: this.keyOf({ ...shape, rate: this.rateOf(shape.rate, chunk.index, rates), chunk }),
    }));
    const joined = join(folder, 'joined.mp4');
    await rm(joined, { force: true });
    this.tell(0.99, 'Joining');
    // Quality or size: the file's head is the same.
    const task = { parts, shape: { ...shape, rate: { crf: DEFAULT_CRF } }, output: joined, metadata };
    const frames = await this.pool.run<number>({ do: 'join', join: task, sound: this.sound });
    const { size: bytes } = await stat(joined);
    const fps = rate.num / rate.den / shape.step;
    const smaller = rung.width !== this.opened.size.width || shape.step !== 1;
    const { maxBytes } = this.clip.limits;
    if (maxBytes === undefined || bytes <= maxBytes) await rename(joined, output);
    return {
      bytes,
      duration: this.seconds,
      width: rung.width,
      height: rung.height,
      fps,
      frames,
      qp: coded.reduce((sum, { qp }) => sum + qp, 0) / Math.max(1, coded.length),
      chunks: this.chunks.length,
      resumed: this.resumed,
      notes: smaller
        ? [
            ...notes,
            `To meet the size limit the picture is ${rung.width}×${rung.height} at ${Math.round(fps)} a second.`,
          ]
        : notes,
    };
  }

  private rateOf(rate: RateControl, index: number, rates: readonly number[] | undefined): RateControl {
    if (!rates) return rate;
    return { bitrate: rates[index] ?? 0, pass: 2, stats: statisticsOf(this.clip.folder, index) };
  }

  /** A chunk that was coded with other bits is another chunk. */
  private keyOf(task: PartTask): string {
    const { rate, ...rest } = task;
    const bits = 'stats' in rate ? { ...rate, stats: '' } : rate;
    return createHash('sha256')
      .update(JSON.stringify([this.clip.key, this.clip.work, rest, bits]))
      .digest('hex');
  }

  private shapeOf(rung: Rung, rate: RateControl): PartShape & { rate: RateControl } {
    const { width, height } = rung;
    return { size: { width, height }, step: this.stepOf(rung), preset: this.clip.preset ?? 'veryfast', rate };
  }

  private get full(): Rung {
    return { ...this.opened.size, rate: this.opened.rate, cost: 1 };
  }

  private stepOf(rung: Rung): number {
    return Math.max(1, Math.round(rung.rate.den / this.opened.rate.den));
  }

  private secondsOf({ count }: Chunk): number {
    return (count * this.opened.rate.den) / this.opened.rate.num;
  }

  private pathOf(prefix: string, index: number): string {
    return join(this.clip.folder, `${prefix}-${index}`);
  }

  private tell(progress: number, stage: string): void {
    this.done = Math.max(this.done, Math.min(1, progress));
    this.options.onProgress?.(this.done, stage);
  }
}
