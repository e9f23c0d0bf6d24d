/**
 * Invariant 5 and bar 3 in short: twelve cameras on four recorders, two are killed, one is paused, two come. The whole form: `npm run bench -- pool`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play, table } from './drama.ts';

test('recorders are killed, paused and join: each camera is taken over, nothing is shown twice, late footage is not shown', async () => {
  const result = await play({ cameras: 12, pauseMs: 6000, readBack: 4, say: () => undefined });
  for (const line of table(result)) process.stdout.write(`${line}\n`);
  assert.ok(result.takeOvers.length >= 8);
  // How long it takes is measured by the bench; here the machine may be busy.
  for (const { camera, gapMs } of result.takeOvers) assert.ok(gapMs < 30_000, `${camera}: ${gapMs} ms`);
  assert.deepEqual(result.shownTwice, []);
  assert.deepEqual(result.lateShown, []);
  assert.deepEqual(result.missing, []);
  assert.ok(result.framesRead > 300);
  assert.ok(
    result.loads.slice(2).every((held) => held > 0),
    result.loads.join(', '),
  );
});
