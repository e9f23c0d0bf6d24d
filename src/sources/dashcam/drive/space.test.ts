/** Room for footage and for the car: counted by blocks, on the disk that each lies on. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { silentLog } from '../../../base/log.ts';
import { allocate } from './format/allocate.ts';
import { ImageShelf } from './image-shelf.ts';
import { Space } from './space.ts';
import { Warnings } from './warnings.ts';

const MB = 1 << 20;
let folder = '';
let home = '';
let places = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-space-'));
});
after(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  places += 1;
  home = join(folder, String(places));
  await mkdir(home);
});

const shelfOf = (bytes: number, allocates = false): ImageShelf =>
  new ImageShelf(
    [{ name: 'cam', path: join(home, 'cam.img'), bytes, format: 'exfat', clusterBytes: 4096 }],
    allocates ? allocate : undefined,
  );

function spaceOf(images: ImageShelf, free: number, floor = 0): { space: Space; said: () => string } {
  const warnings = new Warnings(silentLog);
  const space = new Space({ images, warnings, root: home, floor, free: async () => free });
  return { space, said: () => warnings.list.find(({ kind }) => kind === 'image-room')?.text ?? '' };
}

test('a sparse image counts by its blocks: what the car can still fill is kept for it, what it has filled is not', async () => {
  await writeFile(join(home, 'cam.img'), Buffer.alloc(MB, 1));
  await truncate(join(home, 'cam.img'), 64 * MB);
  const images = shelfOf(64 * MB);
  const { space, said } = spaceOf(images, 100 * MB, 5 * MB);
  assert.equal(await space.measure(), 32 * MB);
  assert.deepEqual([space.growth, images.statuses()[0]?.onDisk, said()], [63 * MB, MB, '']);
});

test('a disk that an image cannot be filled on is told of, until it has the room', async () => {
  await writeFile(join(home, 'cam.img'), '');
  await truncate(join(home, 'cam.img'), 64 * MB);
  const images = shelfOf(64 * MB);
  const { space, said } = spaceOf(images, 40 * MB);
  assert.ok((await space.measure()) < 0, 'footage makes room for the car');
  assert.match(said(), /may still grow by 0\.1 GB.*car gets write errors/);
  assert.equal(await allocate(join(home, 'cam.img'), 64 * MB), 'whole');
  assert.equal(await space.measure(), 40 * MB);
  assert.equal(said(), '');
});

test('an image is made with all of its blocks, and keeps what is in it when it gets those that it lacks', async () => {
  const images = shelfOf(16 * MB, true);
  await images.complete();
  const path = join(home, 'cam.img');
  assert.ok((await stat(path)).blocks * 512 >= 16 * MB);
  {
    await using file = await open(path, 'w');
    await file.write(Buffer.alloc(4096, 7), 0, 4096, 5 * MB);
  }
  await truncate(path, 16 * MB);
  assert.ok(await images.fill('cam'));
  const seen = await stat(path);
  assert.deepEqual([seen.size, seen.blocks * 512 >= 16 * MB], [16 * MB, true]);
  await using file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(8192), 0, 8192, 5 * MB - 4096);
  assert.ok(buffer.subarray(4096).every((byte) => byte === 7) && buffer.subarray(0, 4096).every((byte) => byte === 0));
});

test('an image that its disk has no room for is not made; one that is to be sparse is', async () => {
  const huge = 8e15 - (8e15 % 512);
  await assert.rejects(shelfOf(huge, true).complete(), /There is no room for the image cam: it takes 8000000\.0 GB/);
  await assert.rejects(stat(join(home, 'cam.img')), /ENOENT/);
  await shelfOf(64 * MB).complete();
  assert.ok((await stat(join(home, 'cam.img'))).blocks * 512 < 8 * MB);
});
