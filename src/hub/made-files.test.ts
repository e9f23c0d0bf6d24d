import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MadeFiles, writing } from './made-files.ts';

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-films-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('what two ask for is made once; who goes away does not take it from the other', () =>
  withFolder(async (folder) => {
    const cache = new MadeFiles({ folder });
    await cache.start();
    let made = 0;
    const good = writing(async () => {
      made++;
      return Buffer.from('film');
    });
    await Promise.all([cache.keep('a.mp4', good), cache.keep('a.mp4', good)]);
    assert.equal(made, 1);
    await cache.keep('a.mp4', good);
    assert.equal(made, 1, 'it is there');

    const begun = Promise.withResolvers<void>();
    const goes = Promise.withResolvers<void>();
    const stopped = writing(async () => {
      begun.resolve();
      await goes.promise;
      throw new Error('gone away');
    });
    const first = assert.rejects(cache.keep('b.mp4', stopped), /gone away/);
    await begun.promise;
    const second = cache.keep('b.mp4', good);
    goes.resolve();
    await Promise.all([first, second]);
    assert.equal(String(await cache.read('b.mp4')), 'film');
    assert.deepEqual((await readdir(folder)).sort(), ['a.mp4', 'b.mp4'], 'nothing half made is left');
  }));

test('the least lately used goes first when there is too much; what was begun is removed at the start', () =>
  withFolder(async (folder) => {
    for (const [name, age] of [
      ['old.mp4', 300],
      ['older.mp4', 900],
      ['new.mp4', 10],
    ] as const) {
      await writeFile(join(folder, name), Buffer.alloc(1000));
      const at = new Date(Date.now() - age * 1000);
      await utimes(join(folder, name), at, at);
    }
    await writeFile(join(folder, '.half'), 'x');
    await new MadeFiles({ folder, mostBytes: 2500 }).start();
    assert.deepEqual((await readdir(folder)).sort(), ['new.mp4', 'old.mp4']);
  }));
