import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../../../base/errors.ts';
import { lockSpool } from './spool-lock.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-lock-'));
});
after(() => rm(folder, { recursive: true }));

test('a second recorder is refused and told where the lock is; after the release it may', async () => {
  const first = await lockSpool(folder);
  await assert.rejects(lockSpool(folder), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, new RegExp(`process ${process.pid}`));
    assert.ok(error.remedy.includes(first.path));
    return true;
  });
  await first.renew();
  await first.release();
  const second = await lockSpool(folder);
  await second.release();
  assert.deepEqual(await readdir(folder), []);
});

test('the lock of a dead process, or of a pid that is somebody else’s now, is taken over', async () => {
  const path = join(folder, 'recorder.lock');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  for (const owner of [
    { pid: 2 ** 22 + 1, started: '1', boot, host: hostname(), nonce: 'x' },
    { pid: process.pid, started: '1', boot, host: hostname(), nonce: 'x' },
    { pid: process.pid, started: '1', boot: 'before the power went', host: hostname(), nonce: 'x' },
  ]) {
    await writeFile(path, JSON.stringify(owner));
    await (await lockSpool(folder)).release();
  }
  await writeFile(path, 'half a lo');
  await utimes(path, 1, 1);
  await (await lockSpool(folder)).release();
});

test('another machine’s lock holds for as long as it is renewed', async () => {
  const path = join(folder, 'recorder.lock');
  await writeFile(path, JSON.stringify({ pid: 1, started: '1', boot: 'b', host: 'elsewhere', nonce: 'x' }));
  await assert.rejects(lockSpool(folder), /on elsewhere/);
  const longAgo = new Date(Date.now() - 120_000);
  await utimes(path, longAgo, longAgo);
  await (await lockSpool(folder)).release();
});

test('a container of this machine and of its name, whose processes cannot be seen here, is not thought dead', async () => {
  const path = join(folder, 'recorder.lock');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const other = { pid: 2 ** 22 + 1, started: '1', boot, host: hostname(), pids: 'pid:[1]', nonce: 'x' };
  await writeFile(path, JSON.stringify(other));
  await assert.rejects(lockSpool(folder), /Another recorder/);
  const longAgo = new Date(Date.now() - 120_000);
  await utimes(path, longAgo, longAgo);
  await (await lockSpool(folder)).release();
});

test('of many that find a dead lock at the same time one gets it', async () => {
  const path = join(folder, 'recorder.lock');
  for (let round = 0; round < 20; round += 1) {
    await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, started: '1', boot: 'b', host: hostname(), nonce: 'x' }));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockSpool(folder)));
    const won = tries.filter((result) => result.status === 'fulfilled');
    assert.equal(won.length, 1);
    await won[0]?.value.release();
  }
  assert.deepEqual(await readdir(folder), []);
});
