import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { AssetFolder } from './asset-folder.ts';
import { contentOf } from './content-of.ts';
import { filesIn } from './set-files.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-set-'));
  await mkdir(join(folder, 'sb'));
  for (const name of ['Audio.mp3', 'bg.jpg', 'sb/star.png']) await writeFile(join(folder, name), name);
});
after(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();

test('a set is its files: what is hidden in its folder, as the work on a clip that lies there, is none of them', async () => {
  const before = await contentOf(folder, signal);
  const work = join(folder, '.vidette-replay-0123456789abcdef', 'chunks');
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'chunk-0'), 'finished');
  await writeFile(join(folder, '.hidden.png'), 'x');
  assert.equal(await contentOf(folder, signal), before);
  await symlink('/', join(folder, 'everything'));
  assert.equal(await contentOf(folder, signal), before, 'links are not followed');
  assert.deepEqual(
    [...filesIn(folder)].map(({ name }) => name),
    ['Audio.mp3', 'bg.jpg', 'sb/star.png'],
  );
  await writeFile(join(folder, 'sb', 'star.png'), 'another star');
  assert.notEqual(await contentOf(folder, signal), before);
  const assets = new AssetFolder(folder);
  assert.equal(assets.file('SB\\Star.PNG'), join(folder, 'sb', 'star.png'));
  assert.equal(assets.sound('audio'), join(folder, 'Audio.mp3'));
});

test('a file that goes while its folder is looked through is passed over', async () => {
  const inside = join(folder, 'going');
  await mkdir(inside);
  for (const name of ['a.wav', 'b.wav', 'c.wav']) await writeFile(join(inside, name), name);
  const seen: string[] = [];
  for (const { path } of filesIn(inside)) {
    seen.push(basename(path));
    await rm(join(inside, 'b.wav'), { force: true });
  }
  assert.deepEqual(seen, ['a.wav', 'c.wav']);
});
