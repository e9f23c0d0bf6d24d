import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fuzzImages } from '../../../../test/dashcam/fuzz.ts';

/** More of them: `npm run bench -- dashcam`. */
const INPUTS = Number(process.env.VIDETTE_FUZZ ?? 300);

for (const kind of ['fat32', 'exfat'] as const)
  test(`${INPUTS} random and mutated ${kind} images crash nothing and hold up nothing`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vidette-fuzz-'));
    try {
      const { files, slowest, slowestSeed } = await fuzzImages(kind, join(folder, 'image'), INPUTS);
      assert.ok(slowest < 2000, `seed ${slowestSeed} took ${slowest} ms`);
      // Most of them are still read: a reader that gives up at once would pass otherwise.
      assert.ok(files > INPUTS * 5, `only ${files} files were found`);
      assert.ok(process.resourceUsage().maxRSS < 300 * 1024, `${process.resourceUsage().maxRSS} kB of memory`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
