/**
 * A car on a simulated clock, with the power going every five minutes: every finished minute is stored, once. The long form is `npm run bench -- car`.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeRun, type RunOptions, runDrive } from './driven/drive-run.ts';

const MINUTES = 30;

for (const mode of ['live', 'swap'] as const)
  describe(`${mode}: every finished minute is stored exactly once, whatever of the unflushed writes a power cut drops`, () => {
    for (const [seed, format] of mode === 'live'
      ? ([
          [1, 'exfat'],
          [2, 'fat32'],
        ] as const)
      : ([
          [2, 'exfat'],
          [1, 'fat32'],
        ] as const))
      test(`${format}, seed ${seed}`, async (t) => {
        const options: RunOptions = { seed, format, mode, minutes: MINUTES };
        const result = await runDrive(options);
        const { missing, twice, wrong, unsound, lostAtSwap, due, closed, cuts, swaps, slowest } = result;
        t.diagnostic(describeRun(options, result));
        assert.deepEqual(
          { missing, twice, wrong, unsound, lostAtSwap },
          { missing: [], twice: [], wrong: [], unsound: [], lostAtSwap: 0 },
        );
        assert.ok(cuts >= 4 && closed >= 100, 'the car has recorded, and lost its power');
        assert.ok(due > closed * 0.9, 'what the car has closed was flushed, but for the last moments before a cut');
        if (mode === 'swap') assert.ok(swaps > 0, 'images were swapped');
        else assert.ok(slowest <= 75_000, `the slowest minute was stored after ${slowest} ms`);
      });
  });
