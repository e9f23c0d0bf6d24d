/**
 * Bar 6 in short: three minutes in which everything goes wrong at random. What is in use after all garbage was collected, open descriptors and
 * child processes must not grow. The whole form takes half an hour: `npm run soak -- cameras`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { leastGrowth } from '../../bench/slope.ts';
import { projectRoot } from '../house/imports.ts';

test('what leaks is told from what fills up, and from what breathes', () => {
  const samples = (...values: number[]) => values.map((value, at) => ({ at: at * 60, value }));
  assert.equal(leastGrowth(samples(40, 43, 46)), 3);
  assert.equal(leastGrowth(samples(40, 60, 60.2)).toFixed(1), '0.2');
  assert.equal(leastGrowth(samples(40, 38, 45)), -2);
  assert.equal(leastGrowth(samples(40)), 0);
  assert.equal(
    leastGrowth([
      { at: 0, value: 1 },
      { at: 30, value: 2 },
    ]),
    2,
    'a minute, not a step',
  );
});

test('three minutes of faults and visits: memory in use, descriptors and processes stay as they are', async () => {
  const soak = spawn(process.execPath, [join(projectRoot, 'bench/soak.ts'), '--minutes=3', '--cameras=8'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(soak.stdout), text(soak.stderr), once(soak, 'exit')]);
  process.stdout.write(out);
  assert.equal(code, 0, `${out}\n${err}`);
  assert.match(out, /✔ nothing grows/);
});
