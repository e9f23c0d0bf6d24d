import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/** Tries to take the lock of `data` at the moment `at`, and says whether it did. */
const CONTENDER = `
const { takeHubLock } = await import(process.argv[2]);
while (Date.now() < Number(process.argv[4]));
try {
  takeHubLock(process.argv[3]);
  process.send('took');
} catch (error) {
  process.send(error.code);
}
process.once('message', () => process.exit(0));
`;

test('a dead hub’s lock is taken over by exactly one of those that start at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-lock-'));
  const entry = join(folder, 'contender.mjs');
  const data = join(folder, 'data');
  try {
    await writeFile(entry, CONTENDER);
    for (let round = 0; round < 3; round++) {
      const place = `${data}-${round}`;
      await mkdir(place);
      await writeFile(join(place, 'hub.lock'), JSON.stringify({ pid: 4_194_305, startTime: 1 }));
      const at = String(Date.now() + 800);
      const children = Array.from({ length: 4 }, () =>
        fork(entry, [new URL('./lock.ts', import.meta.url).href, place, at]),
      );
      const said = await Promise.all(
        children.map((child) => new Promise<unknown>((resolve) => child.once('message', resolve))),
      );
      const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.send('end');
      await Promise.all(ended);
      assert.deepEqual(said.sort(), ['locked', 'locked', 'locked', 'took']);
      assert.deepEqual(await readdir(place), ['hub.lock']);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
