/**
 * A drawn clip within a size: a cheap look at each chunk decides the size of the pictures and shares the bits out; each chunk is coded once, and at
 * most two are coded again so that the file is right. Every decision is a function of finished chunks, so a run that was killed goes on with the same.
 */
import { readFileSync, renameSync } from 'node:fs';
import { UserError } from '../../base/errors.ts';
import type { RateControl } from '../codec/video-encoder.ts';
import { ladder, type Rung } from '../size/ladder.ts';
import { leastBits } from '../size/least-bits.ts';
import type { ChunkMaker, Part, Piece } from './chunk-maker.ts';
import type { PartDone } from './chunk-task.ts';
import type { PartShape } from './encode-chunk.ts';
import type { Look, Seen } from './measure-chunk.ts';
import {
  AIM,
  bytesAt,
  type Coded,
  correct,
  grown,
  growthOf,
  lookSize,
  missOf,
  type Need,
  shareOut,
  stepOf,
  suits,
  wavesOf,
} from './size-plan.ts';

/** A finished file, and how it was made. */
export interface Made {
  readonly bytes: number;
  readonly frames: number;
  readonly rung: Rung;
  readonly step: number;
  /** Of each chunk. */
  readonly parts: readonly PartDone[];
}

/** The quality of a look: x264's CRF. */
const LOOK_CRF = 23;
/** A clip whose quality fits within this part of the limit is coded by quality. */
const EASY = 0.8;
/** The same when some of it is coded already. */
const STILL_EASY = 0.96;
/** So many chunks may be coded again. */
const MOST_AGAIN = 2;
/** What the container takes for each picture, each packet of sound and for itself; a little more than it does. */
const OVERHEAD = { frame: 14, sound: 16, file: 3000 };
/** Below so many bits for each pixel of each picture the look is as coarse as the file will be: x264 spends bits best near the quality it has seen. */
const TIGHT = 0.02;
const TIGHT_CRF = 33;
/** Below so many bits a second there may have to be fewer pictures: these are looked at too, in the same drawing. */
const SPARSE_BITRATE = 1_000_000;
/** How the work is divided, for the progress bar. */
const LOOKING: Part = { from: 0, to: 0.3 };
const CODING: Part = { from: 0.3, to: 0.93 };
const AGAIN: Part = { from: 0.93, to: 0.98 };

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** @throws UserError when the limit cannot be met */
export async function codeToSize(maker: ChunkMaker, limit: number, crf: number): Promise<Made> {
  const rungs = ladder(maker.opened.size, maker.opened.rate);
  const looks = new Looks(maker, limit);
  await looks.take(limit, rungs);
  for (const [index, rung] of rungs.entries()) {
    const step = stepOf(rung, maker.full);
    const frames = Math.ceil(maker.opened.frames / step);
    const fixed = (maker.sound?.bytes ?? 0) + (maker.sound?.count ?? 0) * OVERHEAD.sound + OVERHEAD.file;
    const budget = limit - fixed - frames * OVERHEAD.frame;
    const needs = await looks.needs(rung, step);
    if (!suits(needs, budget, index === rungs.length - 1)) continue;
    const made = await new Filling(maker, rung, needs, {
      limit,
      budget,
      crf: index === 0 ? crf : null,
      lookCrf: looks.crf,
    }).make();
    // Only where the look was far off: smaller pictures are the last way out.
    if (made) return made;
  }
  throw new UserError(
    `${(limit / 1_000_000).toFixed(2)} MB is too small for ${Math.round(maker.seconds)} s of this.`,
    'Ask for a larger file or a shorter range.',
    { code: 'limit-too-small' },
  );
}

/** What the looks at all chunks say. */
class Looks {
  private readonly maker: ChunkMaker;
  private readonly small: { readonly width: number; readonly height: number };
  /** Of each step: what was seen of each chunk. */
  private readonly seen = new Map<number, readonly Seen[]>();
  private growth = 0;
  /** The quality at which all are looked at. */
  readonly crf: number;

  constructor(maker: ChunkMaker, limit: number) {
    this.maker = maker;
    const { size, frames } = maker.opened;
    this.crf = (limit * 8) / (size.width * size.height * frames) < TIGHT ? TIGHT_CRF : LOOK_CRF;
    this.small = lookSize(size);
  }

  async take(limit: number, rungs: readonly Rung[]): Promise<void> {
    const { maker, small } = this;
    const sparse = (limit * 8) / maker.seconds < SPARSE_BITRATE;
    const steps = [...new Set(rungs.map((rung) => stepOf(rung, maker.full)))].filter((step) => step === 1 || sparse);
    // Two chunks, a third from either end, are looked at smaller too: how bits grow with pixels is not the same in every clip.
    const samples = [...new Set([1, 2].map((third) => Math.floor((third * maker.chunks.length) / 3)))];
    const smaller = { width: half(small.width), height: half(small.height) };
    const look: Look = { size: smaller, step: 1, stats: null };
    const all = await this.look(steps, (index) => (samples.includes(index) ? [look] : []));
    this.growth = growthOf(
      samples.flatMap((index) => {
        const [large, least] = [all[index]?.[0], all[index]?.[steps.length]];
        return large && least ? [{ small: least.bytes, large: large.bytes }] : [];
      }),
      { small: smaller.width * smaller.height, large: small.width * small.height },
    );
  }

  /** For pictures of a size. */
  async needs(rung: Rung, step: number): Promise<Need[]> {
    const { maker, small } = this;
    if (!this.seen.has(step)) await this.look([step], () => []);
    const scale = grown((rung.width * rung.height) / (small.width * small.height), this.growth);
    return maker.chunks.map((chunk, index) => {
      const { bytes = 0, qp = 0 } = this.seen.get(step)?.[index] ?? {};
      const least = leastBits(readFileSync(maker.statsOf(chunk, step), 'latin1'), rung) ?? 0;
      return { bytes: Math.max(1, bytes * scale), qp, leastBytes: least / 8, seconds: maker.secondsOf(chunk) };
    });
  }

  private async look(steps: readonly number[], more: (index: number) => readonly Look[]): Promise<(readonly Seen[])[]> {
    const { maker, small } = this;
    const all = await maker.measure(
      this.crf,
      (chunk) => [
        ...steps.map((step) => ({ size: small, step, stats: maker.statsOf(chunk, step) })),
        ...more(chunk.index),
      ],
      LOOKING,
    );
    for (const [at, step] of steps.entries())
      this.seen.set(
        step,
        all.map((seen) => seen[at] ?? { bytes: 0, qp: 0 }),
      );
    return all;
  }
}

/** A quarter of the pixels, in even sizes. */
const half = (length: number): number => Math.max(2, Math.round(length / 4) * 2);

interface Target {
  /** Bytes of the file. */
  readonly limit: number;
  /** Bytes of its pictures, about. */
  readonly budget: number;
  /** The quality that is enough where it fits; null: bits are counted in any case. */
  readonly crf: number | null;
  /** The quality of {@link Need.bytes}. */
  readonly lookCrf: number;
}

/** All chunks of one size of picture. */
class Filling {
  private readonly maker: ChunkMaker;
  private readonly rung: Rung;
  private readonly needs: readonly Need[];
  private readonly target: Target;
  private readonly shape: PartShape;
  private readonly pieces: Piece[] = [];
  private readonly parts: PartDone[] = [];
  private byQuality = true;

  constructor(maker: ChunkMaker, rung: Rung, needs: readonly Need[], target: Target) {
    this.maker = maker;
    this.rung = rung;
    this.needs = needs;
    this.target = target;
    const { width, height } = rung;
    this.shape = { size: { width, height }, step: stepOf(rung, maker.full), preset: maker.preset };
  }

  /** @returns undefined: it cannot be met with so large pictures */
  async make(): Promise<Made | undefined> {
    const { chunks } = this.maker;
    let coded = 0;
    for (const wave of wavesOf(chunks.length)) {
      const rates = this.ratesOf(wave);
      await this.code(
        wave.map((index, at) => ({ index, rate: rates[at] ?? { crf: LOOK_CRF } })),
        within(CODING, coded / chunks.length, (coded + wave.length) / chunks.length),
      );
      coded += wave.length;
    }
    let made = await this.join();
    for (let again = 0; ; ) {
      const pictures = this.spent;
      // What the container takes is known now.
      const budget = this.target.limit - (made.bytes - pictures);
      const enough = this.byQuality && pictures <= budget;
      const list = enough ? [] : correct(this.coded, budget, MOST_AGAIN - again);
      if (list === undefined) return undefined;
      if (list.length === 0) break;
      again += list.length;
      await this.code(
        list.map(({ index, bitrate }) => ({ index, rate: this.bits(index, bitrate), again })),
        AGAIN,
      );
      made = await this.join();
    }
    if (made.bytes > this.target.limit) return undefined;
    renameSync(made.path, this.maker.clip.output);
    const { bytes, frames } = made;
    return { bytes, frames, rung: this.rung, step: this.shape.step, parts: this.parts };
  }

  /** Of a wave, by what the waves before it took. */
  private ratesOf(wave: readonly number[]): RateControl[] {
    const { budget, crf, lookCrf } = this.target;
    const first = wave[0] ?? 0;
    const rest = this.needs.slice(first);
    if (crf !== null && this.byQuality) {
      const expected = bytesAt(this.needs.slice(0, first), lookCrf, crf);
      const factor = expected > 0 ? this.spent / expected : 1;
      const room = first === 0 ? budget * EASY : budget * STILL_EASY - this.spent;
      if (bytesAt(rest, lookCrf, crf) * factor <= room) return wave.map(() => ({ crf }));
    }
    this.byQuality = false;
    const miss = missOf(this.coded);
    const rates = shareOut(rest, budget * AIM - this.spent);
    return wave.map((index) => this.bits(index, (rates[index - first] ?? 0) / miss));
  }

  private async code(
    list: readonly { readonly index: number; readonly rate: RateControl; readonly again?: number }[],
    part: Part,
  ): Promise<void> {
    const { maker, rung } = this;
    // What a chunk was before it was corrected stays: who goes on after a crash comes to the same correction by it.
    const size = rung.width === maker.full.width && this.shape.step === 1 ? '' : `-${rung.height}-${this.shape.step}`;
    const pieces = list.flatMap(({ index, rate, again }): Piece[] => {
      const chunk = maker.chunks[index];
      return chunk ? [{ chunk, rate, name: again === undefined ? `chunk${size}` : `again${size}-${again}` }] : [];
    });
    const done = await maker.code(this.shape, pieces, part);
    for (const [at, piece] of pieces.entries()) {
      this.pieces[piece.chunk.index] = piece;
      const made = done[at];
      if (made) this.parts[piece.chunk.index] = made;
    }
  }

  private bits(index: number, bitrate: number): RateControl {
    const chunk = this.maker.chunks[index];
    if (!chunk) throw new Error('no such chunk');
    return { bitrate, pass: 2, stats: this.maker.statsOf(chunk, this.shape.step) };
  }

  private async join(): Promise<{ path: string; bytes: number; frames: number }> {
    return await this.maker.join(this.shape, this.pieces);
  }

  private get spent(): number {
    return sum(this.parts.map(({ bytes }) => bytes));
  }

  private get coded(): Coded[] {
    return this.parts.map(({ bytes, qp }, index) => {
      const rate = this.pieces[index]?.rate;
      return {
        ...{ bytes, qp },
        bitrate: rate && 'bitrate' in rate ? rate.bitrate : 0,
        seconds: this.needs[index]?.seconds ?? 1,
      };
    });
  }
}

const within = ({ from, to }: Part, a: number, b: number): Part => ({
  from: from + (to - from) * a,
  to: from + (to - from) * b,
});
