/** A replay as a finished file in a few sizes and rates; all of them in `npm run bench -- osu-formats`. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { denseMap, denseReplay } from './dense.ts';
import { checkFormat, type Format, nameOf, renderFormat } from './formats.ts';

const FORMATS: readonly (Format & { readonly seconds: number })[] = [
  { width: 854, height: 480, fps: 30, preset: 'draft', seconds: 3 },
  { width: 608, height: 1080, fps: 60, preset: 'best', limit: 150_000, seconds: 1 },
  { width: 1920, height: 1080, fps: 120, preset: 'normal', seconds: 1 },
  { width: 3840, height: 2160, fps: 30, preset: 'draft', seconds: 0.5 },
];
const missing = spawnSync('ffprobe', ['-version']).error !== undefined;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-formats-'));
  const map = denseMap(12);
  await writeFile(join(folder, 'map.osu'), map);
  await writeFile(join(folder, 'replay.osr'), denseReplay(map));
});
after(() => rm(folder, { recursive: true, force: true }));

for (const { seconds, ...asked } of FORMATS)
  test(`a replay in ${nameOf(asked)}: every frame, at its time, in a file that any player takes`, {
    skip: missing && !process.env.CI ? 'ffprobe is not installed' : false,
  }, async () => {
    const path = await renderFormat(folder, asked, seconds);
    await checkFormat(path, asked, seconds);
  });
