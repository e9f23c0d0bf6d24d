/**
 * Makes a file of a drawn clip, chunk by chunk over all cores. What was finished stays in a folder: after a crash the rest is made.
 */
import { renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ChunkMaker } from './chunk-maker.ts';
import { codeToSize, type Made } from './code-to-size.ts';

export interface ChunkedClip {
  /** The kind's entry file (`serveChunks`), and what it opens its scene with. */
  readonly entry: string;
  readonly work: unknown;
  /** How errors call what is drawn; never a path. */
  readonly name: string;
  /** Tells everything that the pictures depend on, versions of ourselves too. Where files lie does not matter. */
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
  /** Finished chunks are kept there between runs; made when it does not exist. On the file system of `output`. */
  readonly folder: string;
  /** The folder stays when the file is finished: the caller removes it when it is safe. */
  readonly keepFolder?: boolean;
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
/** How much of the work drawing is where nothing is looked at before, for the progress bar. */
const DRAWING = { from: 0, to: 0.98 };

/** @throws UserError when the limit cannot be met, InputError for what is drawn, the signal's reason when aborted */
export async function renderChunks(clip: ChunkedClip, options: ChunkedOptions): Promise<ChunkedResult> {
  options.signal.throwIfAborted();
  const maker = await ChunkMaker.open(clip, options);
  let result: ChunkedResult;
  try {
    const notes = [...maker.opened.notes, ...(await maker.encodeSound())];
    const { maxBytes, quality = DEFAULT_CRF } = clip.limits;
    const made = await (maxBytes === undefined ? codeByQuality(maker, quality) : codeToSize(maker, maxBytes, quality));
    result = resultOf(maker, made, notes);
  } finally {
    await maker.close();
  }
  if (!clip.keepFolder) await rm(clip.folder, { recursive: true, force: true });
  return result;
}

async function codeByQuality(maker: ChunkMaker, crf: number): Promise<Made> {
  const shape = { size: maker.opened.size, step: 1, preset: maker.preset };
  const pieces = maker.chunks.map((chunk) => ({ chunk, rate: { crf } }));
  const parts = await maker.code(shape, pieces, DRAWING);
  const { path, bytes, frames } = await maker.join(shape, pieces);
  renameSync(path, maker.clip.output);
  return { bytes, frames, rung: maker.full, step: 1, parts };
}

function resultOf(maker: ChunkMaker, made: Made, notes: readonly string[]): ChunkedResult {
  const { opened, full, chunks } = maker;
  const { bytes, frames, step, parts } = made;
  const { width, height } = made.rung;
  const fps = opened.rate.num / opened.rate.den / step;
  const smaller = `To meet the size limit the picture is ${width}×${height} at ${Math.round(fps)} a second.`;
  return {
    ...{ bytes, width, height, fps, frames },
    duration: maker.seconds,
    qp: parts.reduce((sum, { qp }) => sum + qp, 0) / Math.max(1, parts.length),
    chunks: chunks.length,
    resumed: maker.resumed,
    notes: width !== full.width || step !== 1 ? [...notes, smaller] : notes,
  };
}
