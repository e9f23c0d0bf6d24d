/** `vidette harvest` and `vidette verify`. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockSource, openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { makeFootage } from '../dashcam/car.ts';
import { type Ran, vidette } from './run.ts';

let cwd = '';
const footage = makeFootage({ minutes: 2 });
const run = (...args: string[]): Promise<Ran> => vidette(args, { cwd });

before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vidette-harvest-cli-'));
  for (const [path, bytes] of footage.files) {
    await mkdir(join(cwd, 'stick', path, '..'), { recursive: true });
    await writeFile(join(cwd, 'stick', path), bytes);
  }
});
after(() => rm(cwd, { recursive: true, force: true }));

test('a stick comes into a new library, and verify says what is missing', async () => {
  const first = await run('harvest', 'stick', '--library', 'footage', '--json');
  assert.equal(first.code, 0, first.err);
  assert.match(first.err, /A new library was made/);
  const report = JSON.parse(first.out);
  assert.deepEqual([report.stored, report.copies, report.events], [footage.files.size - 2, 2, 1]);

  const told = await run('verify', 'footage', '--contents');
  assert.equal(told.code, 0);
  assert.match(told.out, /Verified +yes \(contents\)/);
  assert.equal((await run('verify', 'footage', '--expect', report.manifest.head)).code, 0);
  assert.equal((await run('verify', 'footage', '--expect', '0'.repeat(64))).code, 1);
  assert.equal((await run('verify', 'footage', '--expect', 'x')).code, 2);

  const hour = join(cwd, 'footage', 'car', 'back', '2026-03-02', '01');
  const [name = ''] = await readdir(hour);
  await rm(join(hour, name));
  const missing = await run('verify', 'footage');
  assert.equal(missing.code, 1);
  assert.ok(missing.out.includes(name) && missing.out.includes('it is gone'), missing.out);

  const again = await run('harvest', 'stick', '--library', 'footage');
  assert.equal(again.code, 0);
  assert.match(again.out, /Stored +1 files/);
});

test('without a library of its own the data folder’s is taken, or made', async () => {
  assert.equal((await run('harvest', 'stick', '--car', 'blue', '--json')).code, 0);
  assert.deepEqual((await readdir(join(cwd, 'data', 'library'))).sort(), ['.vidette-library', 'blue']);
  // A hub has been here, and its library's disk is not mounted.
  await mkdir(join(cwd, 'data', 'postgres'));
  await rm(join(cwd, 'data', 'library'), { recursive: true });
  const refused = await run('harvest', 'stick');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /Is its disk mounted/);
});

test('a second harvest waits for the first one', async () => {
  await openOrBeginLibrary(join(cwd, 'shared'), true);
  const lock = await lockSource(join(cwd, 'shared'), 'car');
  const ran = await vidette(['harvest', 'stick', '--library', 'shared', '--json'], {
    cwd,
    onWords: (words) => {
      if (words.includes('Waiting for it')) lock[Symbol.dispose]();
    },
  });
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.err, new RegExp(`process ${process.pid}`));
  assert.equal(JSON.parse(ran.out).stored, footage.files.size - 2);
});

test('what is no drive, and no library', async () => {
  assert.equal((await run('harvest', 'no-drive')).code, 1);
  await writeFile(join(cwd, 'zeros.img'), Buffer.alloc(1 << 20));
  assert.match((await run('harvest', 'zeros.img', '--library', 'elsewhere', '--not-in-use')).err, /no FAT32 or exFAT/);
  assert.match((await run('verify', 'stick')).err, /no library/);
});
