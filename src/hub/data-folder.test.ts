import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../base/errors.ts';
import { prepareDataFolder } from './data-folder.ts';
import { lockHolder, takeHubLock } from './lock.ts';
import { measureFolder, Space } from './retention/space.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-data-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a data folder is made, and nothing stays in it', async () => {
  const data = join(folder, 'a', 'b');
  await prepareDataFolder(data);
  await prepareDataFolder(data);
  assert.deepEqual(await readdir(data), []);
});

test('a data folder that cannot be used is one sentence that names it, and one that says what to do', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  for (const [data, words] of [
    [file, /there is a file in its place/],
    [join(file, 'below'), /there is a file in its place/],
  ] as const)
    await assert.rejects(prepareDataFolder(data), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, words);
      assert.ok(error.message.includes(data));
      assert.match(error.remedy, /VIDETTE_DATA/);
      return true;
    });
});

test('one hub per data folder: a live one is named, what a dead one or a power loss left is taken over', async () => {
  const data = join(folder, 'locked');
  await prepareDataFolder(data);
  const first = takeHubLock(data);
  assert.throws(() => takeHubLock(data), new RegExp(`process ${process.pid}`));
  assert.deepEqual(lockHolder(data), { pid: process.pid, alive: true });
  assert.deepEqual(await readdir(data), ['hub.lock']);
  first[Symbol.dispose]();
  assert.equal(lockHolder(data), undefined);
  for (const left of ['', JSON.stringify({ pid: process.pid, startTime: 1 })]) {
    await writeFile(join(data, 'hub.lock'), left);
    takeHubLock(data)[Symbol.dispose]();
  }
  assert.deepEqual(await readdir(data), []);
});

test('a library folder that is not there has no room to measure, and comes back when its disk does', async () => {
  const room = measureFolder(join(folder, 'not-mounted'));
  assert.equal(await room(), undefined);
  const space = new Space(room, 1000);
  await space.measure();
  assert.equal(space.short, false);
  await prepareDataFolder(join(folder, 'not-mounted'));
  assert.ok(((await space.measure())?.total ?? 0) > 0);
});
