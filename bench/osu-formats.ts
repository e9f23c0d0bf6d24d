/**
 * A second or two of a generated replay as finished videos in all sizes and rates, each looked at with ffprobe: `--only=2,5` those numbers;
 * `--pictures=DIR` puts a picture of each there.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/base/errors.ts';
import { denseMap, denseReplay } from '../test/osu/dense.ts';
import { checkFormat, type Format, nameOf, renderFormat } from '../test/osu/formats.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, pictures: { type: 'string' } } });

const of = (
  width: number,
  height: number,
  fps: number,
  preset: Format['preset'] = 'normal',
  limit?: number,
): Format => ({
  ...{ width, height, fps, preset },
  ...(limit === undefined ? {} : { limit }),
});

const FORMATS: readonly (Format & { readonly seconds?: number })[] = [
  of(854, 480, 30),
  of(854, 480, 60, 'draft'),
  of(640, 480, 60),
  of(1280, 720, 30, 'best'),
  of(1280, 720, 60),
  of(1280, 720, 120, 'draft'),
  of(1920, 1080, 30, 'draft'),
  of(1920, 1080, 60, 'best'),
  of(1920, 1080, 120),
  of(2560, 1440, 60),
  { ...of(3840, 2160, 30), seconds: 1 },
  { ...of(3840, 2160, 60, 'draft'), seconds: 1 },
  of(1080, 1920, 60),
  of(608, 1080, 60),
  of(720, 1280, 30, 'draft'),
  of(1080, 1080, 60),
  of(2560, 1080, 60),
  of(1280, 720, 60, 'normal', 2_000_000),
  of(608, 1080, 60, 'best', 400_000),
];

const folder = await mkdtemp(join(tmpdir(), 'vidette-bench-osu-formats-'));
process.env.NODE_COMPILE_CACHE = join(folder, 'code');
const map = denseMap(60);
let failed = 0;
try {
  await writeFile(join(folder, 'map.osu'), map);
  await writeFile(join(folder, 'replay.osr'), denseReplay(map));
  if (values.pictures) await mkdir(values.pictures, { recursive: true });
  for (const [index, asked] of FORMATS.entries()) {
    if (values.only && !values.only.split(',').includes(String(index + 1))) continue;
    const { width, height, seconds = 2 } = asked;
    const before = performance.now();
    const output = await renderFormat(folder, asked, seconds);
    const took = ((performance.now() - before) / 1000).toFixed(1);
    const label = `${String(index + 1).padStart(2)} ${nameOf(asked)}`;
    try {
      const level = await checkFormat(output, asked, seconds);
      console.log(`  ${label}: level ${level / 10}, ${(await stat(output)).size} bytes, ${took} s`);
    } catch (error) {
      failed++;
      console.log(`  ${label}: FAILED: ${messageOf(error)}`);
    }
    if (values.pictures) {
      const picture = join(values.pictures, `${String(index + 1).padStart(2, '0')}-${width}x${height}.png`);
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-ss', '0.8', '-i', output, '-frames:v', '1', picture]);
    }
    await rm(output);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(failed === 0 ? '  all hold' : `  ${failed} do not hold`);
if (failed > 0) process.exitCode = 1;
