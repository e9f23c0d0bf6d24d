import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { openEmbedded, type TestDatabase } from '../../../test/postgres/database.ts';
import { silentLog } from '../../base/log.ts';
import { FolderStore, MARKER } from '../../blobs/folder.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { begunMoves } from '../../catalog/moves.ts';
import { insertReports } from '../../catalog/segments.ts';
import { createSource } from '../../catalog/sources.ts';
import { secretsOf } from '../secrets.ts';
import { Archive, archiveIdOf } from './archive.ts';
import { Libraries } from './libraries.ts';
import { Mover } from './mover.ts';

const DAY = 86_400_000;
const LIBRARY = randomUUID();
const secrets = secretsOf(randomBytes(32));
const signingKey = secrets.derive('signed-urls');
let database: TestDatabase;
let root: string;
let first: FolderStore;
let archive: Archive;
let source: string;

before(async () => {
  database = await openEmbedded();
});
after(() => database[Symbol.asyncDispose]());

beforeEach(async (context) => {
  const { db } = database.catalog;
  await sql`delete from sources; delete from settings; delete from segment_moves`.execute(db).catch(async () => {
    for (const table of ['sources', 'settings', 'segment_moves'])
      await sql`delete from ${sql.table(table)}`.execute(db);
  });
  root = await mkdtemp(join(tmpdir(), 'vidette-archive-'));
  if ('after' in context) context.after(() => rm(root, { recursive: true, force: true }));
  first = new FolderStore({ root: join(root, 'first'), library: LIBRARY, signingKey, publicBase: '' });
  await first.createMarker(LIBRARY);
  archive = new Archive({
    db,
    secrets,
    first: { where: join(root, 'first'), id: LIBRARY },
    log: silentLog,
    floorBytes: 0,
  });
  await archive.set(folder('second'));
  source = randomUUID();
  await createSource(db, { id: source, kind: 'camera', name: source, folder: 'door', settings: {} });
});

const folder = (name: string) => ({
  ...{ where: join(root, name), endpoint: null, region: null, accessKey: null, secretKey: null },
  bytesPerSecond: 1_000_000_000,
});

/** Files and rows of `count` minutes that begin so many days ago. */
async function footage(count: number, daysAgo = 10): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const start = Date.now() - daysAgo * DAY;
  const reports = [];
  for (let seq = 0; seq < count; seq++) {
    const bytes = randomBytes(20_000 + seq);
    const key = `door/main/2026-11-11/10/10-${String(seq).padStart(2, '0')}-00.000Z-aaaaaaaa-${seq}.mp4`;
    files.set(key, bytes);
    await first.put(key, bytes);
    reports.push({
      ...{ sourceId: source, track: 'main', run: 'aaaaaaaa', seq, token: 1, key, mediaStart: 0, frames: 1 },
      ...{ wallStart: start + seq * 60_000, durationMs: 60_000, bytes: bytes.length },
      ...{
        sha256: createHash('sha256').update(bytes).digest('hex'),
        codec: 'c',
        width: 1,
        height: 1,
        ended: 'rotate' as const,
      },
    });
  }
  await insertReports(database.catalog.db, reports);
  return files;
}

function mover(
  stores: { first?: BlobStore; archive?: BlobStore; bytesPerSecond?: number } = {},
  inUse = new Set<string>(),
): Mover {
  const current = archive.current;
  const target = current && { ...current, ...(stores.archive ? { store: stores.archive } : {}) };
  return new Mover({
    db: database.catalog.db,
    first: stores.first ?? first,
    library: LIBRARY,
    archive: () => target,
    ages: async () => new Map([[source, 7]]),
    now: async () => Date.now(),
    inUse: () => inUse,
    needsRoom: () => undefined,
    log: silentLog,
  });
}

const rows = async () =>
  (
    await sql<{ key: string; store: number }>`select key, store from segments order by wall_start`.execute(
      database.catalog.db,
    )
  ).rows;
const filesIn = async (name: string): Promise<string[]> =>
  (await readdir(join(root, name), { recursive: true })).filter((path) => path.endsWith('.mp4')).sort();
const bothLibraries = () => new Libraries(first, () => archive.current?.store, signingKey);
const bytesOf = async (store: Pick<BlobStore, 'get'>, key: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of (await store.get(key)).body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Every row names the library in which its bytes are, and nothing is there twice. */
async function allIsWell(files: ReadonlyMap<string, Buffer>, moved: number): Promise<void> {
  const list = await rows();
  assert.equal(list.filter((row) => row.store === 1).length, moved);
  for (const row of list) {
    const wanted = files.get(row.key);
    assert.ok(wanted);
    const store = row.store === 1 ? archive.current?.store : first;
    assert.ok(store && wanted.equals(await bytesOf(store, row.key)), row.key);
    assert.ok(wanted.equals(await bytesOf(bothLibraries(), row.key)));
  }
  assert.deepEqual(
    await filesIn('first'),
    list.filter((row) => row.store === 0).map((row) => row.key),
  );
  assert.deepEqual(
    await filesIn('second'),
    list.filter((row) => row.store === 1).map((row) => row.key),
  );
  assert.deepEqual(await begunMoves(database.catalog.db), []);
}

test('what is old enough moves, oldest first; what a clip reads and what is younger stays; sums and reading follow', async () => {
  const files = await footage(4);
  const [used = ''] = files.keys();
  assert.equal(await mover({}, new Set([used])).run(), 3);
  assert.deepEqual(
    (await rows()).map((row) => row.store),
    [0, 1, 1, 1],
  );
  assert.equal(await mover().run(), 1);
  await allIsWell(files, 4);
  const { rows: days } = await sql<{
    store: number;
    segments: number;
  }>`select store, sum(segments)::int as segments from segment_days group by 1`.execute(database.catalog.db);
  assert.deepEqual(days, [{ store: 1, segments: 4 }]);
  assert.equal(await mover().run(), 0);

  const libraries = bothLibraries();
  const [key = ''] = files.keys();
  const { url } = await libraries.sign({ method: 'GET', key, expiresInMs: 60_000 });
  const query = new URL(url, 'http://hub').searchParams;
  assert.deepEqual(libraries.verify('GET', key, query), { ok: true, maxBytes: undefined });
  assert.equal((await libraries.stat(key))?.bytes, files.get(key)?.length);
  await assert.rejects(libraries.get('door/main/none.mp4'), /not in the library/);
});

test('invariant 8: after a kill at any step the next run ends it; nothing is lost, nothing is there twice', async () => {
  for (let at = 1; at <= 20; at++) {
    const { db } = database.catalog;
    await sql`delete from segments`.execute(db);
    for (const name of ['first', 'second']) await rm(join(root, name, 'door'), { recursive: true, force: true });
    const files = await footage(2);
    let steps = 0;
    const dying = (store: BlobStore): BlobStore =>
      new Proxy(store, {
        get(target, name) {
          const own: unknown = Reflect.get(target, name);
          if (typeof own !== 'function') return own;
          return async (...given: unknown[]) => {
            if (++steps === at) throw new Error('killed before');
            const answer: unknown = await own.apply(target, given);
            if (++steps === at) throw new Error('killed after');
            return answer;
          };
        },
      });
    const target = archive.current;
    assert.ok(target);
    await mover({ first: dying(first), archive: dying(target.store) })
      .run()
      .catch((error: unknown) => assert.match(String(error), /killed/));
    await mover().run();
    await allIsWell(files, 2);
  }
});

test('what retention marks while it moves does not stay in the archive', async () => {
  const { db } = database.catalog;
  await footage(1);
  const target = archive.current;
  assert.ok(target);
  const { store } = target;
  const during = new Proxy(store, {
    get(own, name) {
      if (name !== 'put')
        return typeof Reflect.get(own, name) === 'function' ? Reflect.get(own, name).bind(own) : Reflect.get(own, name);
      return async (...given: Parameters<BlobStore['put']>) => {
        const answer = await own.put(...given);
        await sql`update segments set state = 'deleting'`.execute(db);
        return answer;
      };
    },
  });
  assert.equal(await mover({ archive: during }).run(), 0);
  assert.deepEqual(await filesIn('second'), []);
  assert.equal((await filesIn('first')).length, 1, 'retention removes it, as its row says');
});

test('a catalog that was put back to before a move: the copy in the archive is all there is, and stays', async () => {
  const { db } = database.catalog;
  const files = await footage(2);
  await mover().run();
  await sql`update segments set store = 0`.execute(db);
  await mover().run();
  await allIsWell(files, 2);
});

test('two hubs move the same segment: the slower one does not take the copy of the faster away', async () => {
  const files = await footage(1);
  const other = mover();
  const slow = new Proxy(first, {
    get(own, name) {
      const value: unknown = Reflect.get(own, name);
      if (name !== 'get') return typeof value === 'function' ? value.bind(own) : value;
      return async (...given: Parameters<BlobStore['get']>) => {
        await other.run();
        return own.get(...given);
      };
    },
  });
  await mover({ first: slow }).run();
  await allIsWell(files, 1);
});

test('an archive that is changed while a segment moves there: it stays in the first library', async () => {
  const files = await footage(1);
  const target = archive.current;
  assert.ok(target);
  const during = new Proxy(target.store, {
    get(own, name) {
      const value: unknown = Reflect.get(own, name);
      if (name !== 'put') return typeof value === 'function' ? value.bind(own) : value;
      return async (...given: Parameters<BlobStore['put']>) => {
        const answer = await own.put(...given);
        await archive.set(folder('other'));
        changed = true;
        return answer;
      };
    },
  });
  let changed = false;
  const before = { ...target, store: during };
  const moving = new Mover({
    ...{ db: database.catalog.db, first, library: LIBRARY, inUse: () => new Set<string>(), log: silentLog },
    ...{ ages: async () => new Map([[source, 7]]), now: async () => Date.now(), needsRoom: () => undefined },
    archive: () => (changed ? archive.settled : before),
  });
  await assert.rejects(moving.run(), /another one/);
  await allIsWell(files, 0);
  assert.equal(await moving.run(), 1);
  assert.deepEqual(await filesIn('other'), [...files.keys()]);
});

test('a clip that begins to read a segment while it moves keeps the original', async () => {
  const files = await footage(2);
  const used = new Set<string>();
  const target = archive.current;
  assert.ok(target);
  const during = new Proxy(target.store, {
    get(own, name) {
      const value: unknown = Reflect.get(own, name);
      if (name !== 'put') return typeof value === 'function' ? value.bind(own) : value;
      return async (...given: Parameters<BlobStore['put']>) => {
        for (const key of files.keys()) used.add(key);
        return await own.put(...given);
      };
    },
  });
  assert.equal(await mover({ archive: during }, used).run(), 1);
  assert.equal((await filesIn('first')).length, 2, 'one copied, one not begun');
  used.clear();
  assert.equal(await mover().run(), 1);
  await allIsWell(files, 2);
});

test('what a crash left half copied does not fill the archive', async () => {
  await footage(1);
  const uploads = join(root, 'second', 'spool', 'uploads');
  await mkdir(uploads, { recursive: true });
  const [old, young] = [`${randomUUID()}.part`, `${randomUUID()}.part`];
  for (const name of [old, young, 'mine.txt']) await writeFile(join(uploads, name), 'half');
  const twoDaysAgo = new Date(Date.now() - 2 * DAY);
  for (const name of [old, 'mine.txt']) await utimes(join(uploads, name), twoDaysAgo, twoDaysAgo);
  await mover().run();
  assert.deepEqual((await readdir(uploads)).sort(), [young, 'mine.txt'].sort());
});

test('a changed file stays where it is, and the others move', async () => {
  const files = await footage(3);
  const [key = ''] = files.keys();
  await writeFile(join(root, 'first', key), 'bit rot');
  assert.equal(await mover().run(), 2);
  assert.equal(await readFile(join(root, 'first', key), 'utf8'), 'bit rot');
  assert.deepEqual(
    (await rows()).map((row) => row.store),
    [0, 1, 1],
  );
});

test('an archive that is away, is another one, or keeps other bytes than it was given: nothing is removed', async () => {
  const files = await footage(2);
  await rm(join(root, 'second', MARKER));
  const waiting = mover();
  assert.equal(await waiting.run(), 0);
  assert.deepEqual(
    [waiting.state.moving, waiting.state.reason],
    ['waiting', 'The archive is not there: its marker is missing.'],
  );
  await archive.set(folder('second'));
  const target = archive.current;
  assert.ok(target);
  const lying = new Proxy(target.store, {
    get(own, name) {
      if (name !== 'get')
        return typeof Reflect.get(own, name) === 'function' ? Reflect.get(own, name).bind(own) : Reflect.get(own, name);
      return async (...given: Parameters<BlobStore['get']>) => {
        const answer = await own.get(...given);
        return {
          ...answer,
          body: (async function* () {
            for await (const _ of answer.body) yield Buffer.from('other');
          })(),
        };
      };
    },
  });
  await assert.rejects(mover({ archive: lying }).run(), /other bytes/);
  await mover().run();
  await allIsWell(files, 2);
});

test('the place of the archive is checked, and its secret sealed', async () => {
  const { db } = database.catalog;
  await assert.rejects(archive.set(folder('first/inside')), /in each other/);
  await assert.rejects(archive.set({ ...folder(''), where: root }), /in each other/);
  await assert.rejects(archive.set({ ...folder(''), where: 'relative' }), /absolute path/);
  const foreign = new FolderStore({ root: join(root, 'foreign'), library: undefined, signingKey, publicBase: '' });
  await foreign.createMarker(randomUUID());
  await assert.rejects(archive.set(folder('foreign')), /Another library/);

  await archive.set({ ...folder('third'), accessKey: 'a', secretKey: 'canary-secret' });
  const { rows: settings } = await sql<{ value: unknown }>`select value from settings where key = 'archive'`.execute(
    db,
  );
  assert.ok(!JSON.stringify(settings).includes('canary-secret'));
  const again = new Archive({
    db,
    secrets,
    first: { where: join(root, 'first'), id: LIBRARY },
    log: silentLog,
    floorBytes: 0,
  });
  await again.load();
  assert.equal(again.current?.where, join(root, 'third'));
  assert.equal(again.current?.id, archiveIdOf(LIBRARY));
  assert.match(archiveIdOf(LIBRARY), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

  await archive.set(folder('second'));
  await footage(1);
  await mover().run();
  await assert.rejects(archive.remove(), /holds footage/);
  await assert.rejects(archive.set(folder('empty')), /archived already/);
  await sql`delete from segments`.execute(db);
  await archive.remove();
  assert.equal(archive.current, undefined);
});
