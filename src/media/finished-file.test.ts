import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../base/errors.ts';
import { publish, refuseExisting, scratchBeside } from './finished-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'vidette-finished-'));
after(() => rm(folder, { recursive: true, force: true }));
const file = join(folder, 'a file');
await writeFile(file, 'of the person');

const says =
  (words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof UserError && words.test(error.message);

test('a place where nothing can be written is named with the reason, before and after the work', async () => {
  const inFile = join(file, 'clip.mp4');
  await assert.rejects(
    refuseExisting(inFile, false),
    says(/clip\.mp4 cannot be written: a part of its path is a file/),
  );
  await assert.rejects(scratchBeside(inFile), says(/a file cannot be written: a part of its path is a file/));
  const made = join(folder, 'made.mp4');
  await writeFile(made, 'made');
  await assert.rejects(publish(made, inFile, true), says(/a part of its path is a file/));
  const taken = join(folder, 'taken.mp4');
  await mkdir(taken);
  for (const force of [true, false]) await assert.rejects(refuseExisting(taken, force), says(/is a folder/));
  await assert.rejects(publish(made, taken, true), says(/it is a folder/));
  await assert.rejects(scratchBeside(join(folder, 'x'.repeat(300), 'clip.mp4')), says(/its name is too long/));
  assert.equal(await readFile(file, 'utf8'), 'of the person');
});

test('a folder that takes none ends in words, not in a loop', { skip: process.platform !== 'linux' }, async () => {
  await assert.rejects(scratchBeside('/proc/vidette/deep/clip.mp4'), says(/no folder can be made there/));
});

test('missing folders are made, by several at once', async () => {
  const output = join(folder, 'a', 'b', 'c', 'clip.mp4');
  const made = await Promise.all([scratchBeside(output), scratchBeside(output), scratchBeside(output)]);
  assert.equal(new Set(made).size, 3);
  assert.equal((await readdir(dirname(output))).length, 3);
});
