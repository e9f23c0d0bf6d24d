/**
 * The size target, case by case: at or under the limit always, and at least 95 % used where the same frames at CRF 18 exceed it.
 * `node bench/size.ts` runs all 30, `--six` the six quick ones, `--only 3,7` those numbers.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/base/errors.ts';
import { renderVideo } from '../src/media/codec/codec.ts';
import type { RenderPlan } from '../src/media/codec/plan.ts';
import { makeFootage } from '../test/media/footage.ts';
import { type SizeCase, sizeCases } from './size-cases.ts';

export interface SizeOutcome {
  readonly number: number;
  readonly one: SizeCase;
  readonly limit: number;
  readonly bytes: number;
  /** The same frames at CRF 18 are larger than the limit. */
  readonly hard: boolean;
  readonly ok: boolean;
  readonly passes: number;
  /** Seconds of wall time, without making the footage. */
  readonly seconds: number;
  readonly picture: string;
}

const ENOUGH = 0.95;

/** Runs one case in a folder of its own. */
export async function runSizeCase(one: SizeCase, number: number): Promise<SizeOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-size-'));
  try {
    const limit = Math.round(one.megabytes * 1_000_000);
    const input = join(folder, 'input.mp4');
    await makeFootage({ ...one, path: input, plain: true });
    const plan = (name: string, limits: RenderPlan['limits']): RenderPlan => ({
      inputs: [{ name: 'drawn', path: input }],
      sources: [{ name: 'drawn', pieces: [{ input: 0, from: 0, to: one.seconds, wallStart: 0 }] }],
      layout: 'main',
      overlay: { clock: false, timeZone: 'UTC' },
      limits,
      sound: 'keep',
      metadata: { title: 'size' },
      output: join(folder, name),
      scratch: folder,
    });
    const before = performance.now();
    const result = await renderVideo(plan('clip.mp4', { maxBytes: limit }));
    const seconds = (performance.now() - before) / 1000;
    const bytes = (await stat(join(folder, 'clip.mp4'))).size;
    // When the clip itself is at CRF 18 and whole, it is the proof; otherwise the frames are encoded once more to see.
    const whole = result.crf <= 18 && result.height === one.height && Math.abs(result.fps - one.fps) < 0.01;
    const hard = !whole && (await renderVideo(plan('crf18.mp4', { quality: 18 }))).bytes > limit;
    const length = Math.abs(result.duration - one.seconds) <= 1 / result.fps + 1e-6;
    const ok = bytes <= limit && bytes === result.bytes && length && (!hard || bytes >= ENOUGH * limit);
    const picture = `${result.width}×${result.height}@${Math.round(result.fps * 10) / 10} crf ${result.crf.toFixed(1)}`;
    return { number, one, limit, bytes, hard, ok, passes: result.passes, seconds, picture };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const row = (cells: readonly (string | number)[]): string =>
  [3, 7, 12, 6, 10, 10, 8, 5, 6, 7, 26, 5]
    .map((width, index) =>
      index === 1 || index === 10 ? String(cells[index]).padEnd(width) : String(cells[index]).padStart(width),
    )
    .join(' ');

async function main(): Promise<void> {
  const only = process.argv.includes('--only')
    ? (process.argv[process.argv.indexOf('--only') + 1] ?? '').split(',').map(Number)
    : undefined;
  const chosen = [...sizeCases.entries()].filter(([index, one]) =>
    only ? only.includes(index + 1) : process.argv.includes('--six') ? one.quick === true : true,
  );
  console.log(row(['#', 'what', 'size@fps', 's', 'limit', 'bytes', 'used', 'hard', 'passes', 'time', 'result', '']));
  let good = 0;
  let hard = 0;
  for (const [index, one] of chosen) {
    const what = [
      index + 1,
      one.content,
      `${one.width}×${one.height}@${one.fps}`,
      one.seconds,
      one.megabytes * 1_000_000,
    ];
    try {
      const got = await runSizeCase(one, index + 1);
      if (got.ok) good++;
      if (got.hard) hard++;
      const used = `${((100 * got.bytes) / got.limit).toFixed(2)}%`;
      const rest = [got.bytes, used, got.hard ? 'hard' : '', got.passes, `${got.seconds.toFixed(1)}s`, got.picture];
      console.log(row([...what, ...rest, got.ok ? 'ok' : 'FAIL']));
    } catch (error) {
      console.log(row([...what, '-', '-', '', '-', '-', messageOf(error), 'FAIL']));
    }
  }
  console.log(`${good} of ${chosen.length} hold; ${hard} are hard.`);
  process.exitCode = good === chosen.length ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
