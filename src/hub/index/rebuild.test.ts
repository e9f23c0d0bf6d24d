import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { keyOf, makeSegment } from '../../../test/footage/segment-file.ts';
import { openEmbedded, type TestDatabase } from '../../../test/postgres/database.ts';
import { silentLog } from '../../base/log.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { highestToken, segmentsBetween } from '../../catalog/segments.ts';
import { findSource, listSources } from '../../catalog/sources.ts';
import { rebuildIndex } from './rebuild.ts';

const LIBRARY = randomUUID();
const SOURCE = randomUUID();
const T = Date.parse('2026-11-21T23:59:30Z');
let database: TestDatabase;
let root = '';
let blobs: FolderStore;

before(async () => {
  database = await openEmbedded();
  root = await mkdtemp(join(tmpdir(), 'vidette-index-'));
  blobs = new FolderStore({ root, library: LIBRARY, signingKey: Buffer.alloc(32), publicBase: '' });
  await blobs.createMarker(LIBRARY);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const options = () => ({ db: database.catalog.db, blobs, library: LIBRARY, log: silentLog });

test('a lost catalog is made again from the files, once; unknown files stay', async () => {
  const made = [0, 1, 2].map((seq) =>
    makeSegment({
      sourceId: SOURCE,
      folder: 'front-door',
      library: LIBRARY,
      seq,
      mediaStartMs: seq * 20_000,
      runWallStart: T,
      fragments: 20,
      token: 7,
    }),
  );
  for (const segment of made) await blobs.put(keyOf(segment), segment.bytes);
  const day = 'front-door/main/2026-11-21/23';
  await blobs.put(`${day}/23-59-59.000Z-cut0000000000000-0.mp4`, made[0]?.bytes.subarray(0, 2000) ?? Buffer.alloc(0));
  await writeFile(join(root, day, 'holiday.mp4'), 'not ours');
  const other = makeSegment({
    sourceId: randomUUID(),
    folder: 'elsewhere',
    library: randomUUID(),
    runWallStart: T,
    fragments: 1,
  });
  await blobs.put(keyOf(other), other.bytes);

  const first = await rebuildIndex({ ...options(), folder: root, checkRows: true });
  assert.deepEqual(first, { added: 3, known: 0, sources: 1, unknown: 3, missing: 0 });
  const source = await findSource(database.catalog.db, SOURCE);
  assert.deepEqual([source?.name, source?.folder, source?.enabled], ['Front door', 'front-door', false]);
  const rows = await segmentsBetween(database.catalog.db, SOURCE, 'main', T, T + 60_000);
  assert.deepEqual(
    rows.map((row) => [row.key, row.sha256.toString('hex'), row.wall_start, row.duration_ms]),
    made.map((segment) => [keyOf(segment), segment.sha256, segment.identity.wallStart, 20_000]),
  );

  const second = await rebuildIndex({ ...options(), folder: root, checkRows: true });
  assert.deepEqual(second, { added: 0, known: 3, sources: 0, unknown: 3, missing: 0 });
  assert.equal(await readFile(join(root, day, 'holiday.mp4'), 'utf8'), 'not ours');
  assert.equal(await highestToken(database.catalog.db), 7);
  assert.equal((await listSources(database.catalog.db)).length, 1);
});

test('through the store alone it finds the same', async () => {
  const counts = await rebuildIndex(options());
  assert.deepEqual([counts.added, counts.known, counts.unknown], [0, 3, 3]);
  const late = makeSegment({
    sourceId: SOURCE,
    folder: 'front-door',
    library: LIBRARY,
    run: 'run0000000000009',
    runWallStart: T + 3_600_000,
    fragments: 2,
  });
  await blobs.put(keyOf(late), late.bytes);
  assert.equal((await rebuildIndex({ ...options(), fromDay: '2026-11-22' })).added, 1);
});

test('a recent file of a camera that was deleted does not bring the camera back by itself', async () => {
  const ghost = makeSegment({
    sourceId: randomUUID(),
    folder: 'ghost',
    library: LIBRARY,
    runWallStart: T,
    fragments: 1,
  });
  await blobs.put(keyOf(ghost), ghost.bytes);
  const counts = await rebuildIndex({ ...options(), folder: root, createSources: false });
  assert.deepEqual([counts.added, counts.sources], [0, 0]);
});

test('a row whose file is gone is removed', async () => {
  const [row] = await segmentsBetween(database.catalog.db, SOURCE, 'main', T, T + 1000);
  await rm(join(root, row?.key ?? ''));
  assert.equal((await rebuildIndex({ ...options(), folder: root, createSources: false, checkRows: true })).missing, 1);
  assert.equal((await segmentsBetween(database.catalog.db, SOURCE, 'main', T, T + 1000)).length, 0);
});

test('a disk that goes away meanwhile costs nothing: no row is removed, and no file when it is back', async () => {
  const { db } = database.catalog;
  const count = async (): Promise<number> =>
    (await db.selectFrom('segments').select('id').where('state', '!=', 'deleting').execute()).length;
  const before = await count();
  assert.ok(before > 0);
  let away = false;
  const unplugged = new Proxy(blobs, {
    get(own, name) {
      if (name === 'stat') {
        away = true;
        return async () => undefined;
      }
      if (name === 'readMarker') return async () => (away ? undefined : LIBRARY);
      const value: unknown = Reflect.get(own, name);
      return typeof value === 'function' ? value.bind(own) : value;
    },
  });
  const wish = { ...options(), folder: root, createSources: false, checkRows: true };
  await assert.rejects(rebuildIndex({ ...wish, blobs: unplugged }), /went away/);
  assert.equal(await count(), before);

  // A part of it that was not mounted: its files are found again, and nobody is told to remove them.
  const [row] = await segmentsBetween(db, SOURCE, 'main', T, T + 120_000);
  const path = join(root, row?.key ?? '');
  const bytes = await readFile(path);
  await rm(path);
  assert.equal((await rebuildIndex(wish)).missing, 1);
  await writeFile(path, bytes);
  assert.equal((await rebuildIndex(wish)).added, 1);
  assert.equal(await count(), before);
});

test('a foreign library is refused', async () => {
  await assert.rejects(rebuildIndex({ ...options(), library: randomUUID() }), /another library/);
});
