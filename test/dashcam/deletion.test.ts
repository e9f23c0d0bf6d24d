/**
 * Footage that is deleted on purpose: the manifest says so before it goes, through every power cut, and a later harvest does not bring it back.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deleteHeld, deleteRecorded } from '../../src/sources/dashcam/harvest/deletion.ts';
import { type HarvestOptions, type HarvestReport, harvestInto } from '../../src/sources/dashcam/harvest/harvest.ts';
import { lockSource, openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { readManifest } from '../../src/sources/dashcam/harvest/manifest.ts';
import type { LineOf } from '../../src/sources/dashcam/harvest/manifest-line.ts';
import { type VerifiedSource, verifyLibrary, verifySource } from '../../src/sources/dashcam/harvest/verify.ts';
import { FakeDisk, seeded } from '../faults/disk.ts';
import { makeFootage } from './car.ts';

const ROOT = '/library';
const MANIFEST = `${ROOT}/car/manifest.jsonl`;
const footage = makeFootage({ minutes: 2, clip: { pictures: 3, keyBlocks: 1, blocks: 1 } });
let folder = '';
let stick = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-deletion-'));
  stick = join(folder, 'stick');
  await put(footage.files);
});
after(() => rm(folder, { recursive: true, force: true }));

async function put(files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(join(stick, path, '..'), { recursive: true });
    await writeFile(join(stick, path), bytes);
  }
}

const into = (disk: FakeDisk, more: Partial<HarvestOptions> = {}): Promise<HarvestReport> =>
  harvestInto(stick, {
    library: { root: ROOT, id: 'a', fresh: false },
    source: 'car',
    disk,
    room: async () => Number.POSITIVE_INFINITY,
    ...more,
  });

async function harvested(): Promise<FakeDisk> {
  const disk = new FakeDisk();
  await disk.mkdir(ROOT);
  await disk.syncFolder('/');
  await into(disk);
  return disk;
}

async function linesOf(disk: FakeDisk): Promise<{ files: LineOf<'file'>[]; deleted: LineOf<'deleted'>[] }> {
  const files: LineOf<'file'>[] = [];
  const deleted: LineOf<'deleted'>[] = [];
  await readManifest(disk, MANIFEST, (line) => {
    if (line?.kind === 'file') files.push(line);
    if (line?.kind === 'deleted') deleted.push(line);
  });
  return { files, deleted };
}

const verified = (disk: FakeDisk): Promise<VerifiedSource> => verifySource(disk, ROOT, 'car', { contents: true });
const problems = ({ broken, missing, changed, unrecorded, again }: VerifiedSource): unknown => [
  broken,
  missing,
  changed,
  unrecorded,
  again,
];
const NONE = [null, [], [], [], []];

test('what is deleted is recorded with its reason, and verify tells it from what is merely gone', async () => {
  const disk = await harvested();
  const { files } = await linesOf(disk);
  const [one, two, three] = files.filter(({ role }) => role === 'clip');
  assert.ok(one && two && three);
  const now = (): Date => new Date('2026-11-29T12:00:00Z');
  const stranger = 'f'.repeat(64);
  const done = await deleteHeld(ROOT, 'car', [one.sha256, two.sha256, stranger], { why: 'age', disk, now });
  assert.deepEqual(done.deleted.map(({ key }) => key).sort(), [one.key, two.key].sort());
  assert.deepEqual(done.unknown, [stranger]);
  assert.deepEqual(
    (await linesOf(disk)).deleted.map(({ why, at, files: hashes }) => [why, at, [...hashes].sort()]),
    [['age', '2026-11-29T12:00:00.000Z', [one.sha256, two.sha256].sort()]],
  );
  assert.equal(disk.peek(one.key === '' ? '' : `${ROOT}/${one.key}`), undefined);
  const after = await verified(disk);
  assert.deepEqual(problems(after), NONE);
  assert.deepEqual([after.files, after.deleted, after.head, after.unfinished], [files.length - 2, 2, done.head, false]);

  // Once more: nothing is left to delete, and nothing is written.
  const twice = await deleteHeld(ROOT, 'car', [one.sha256], { why: 'age', disk, now });
  assert.deepEqual([twice.deleted, twice.unknown, twice.head], [[], [one.sha256], done.head]);

  await disk.unlink(`${ROOT}/${three.key}`);
  assert.deepEqual((await verified(disk)).missing, [three.key]);
  const back = await disk.openAppend(`${ROOT}/${one.key}`, 'new');
  await back.close();
  assert.deepEqual((await verified(disk)).again, [one.key]);
});

test('the power goes at any operation of a deletion: a file that is gone is recorded, and the next run ends it', async () => {
  const clean = await harvested();
  const { files } = await linesOf(clean);
  const doomed = files.slice(1, 5).map(({ sha256 }) => sha256);
  const run = (disk: FakeDisk): Promise<unknown> => deleteHeld(ROOT, 'car', doomed, { why: 'space', disk });
  // Copies of the disk, some with the list of the harvest's batch again, whose removal was not synced.
  const whole = clean.afterPowerLoss(seeded(1));
  await run(whole);
  const { operations } = whole;
  assert.ok(operations > 15);
  let halfway = 0;
  for (let cutAt = 1; cutAt <= operations + 5; cutAt += 1)
    for (const seed of [1, 2, 3, 4, 5]) {
      const dead = Promise.withResolvers<void>();
      const cut: FakeDisk = clean.afterPowerLoss(seeded(seed), {
        cutAt,
        before: () => void setImmediate(() => cut.dead && dead.resolve()),
      });
      await Promise.race([run(cut), dead.promise]);
      const left = cut.afterPowerLoss(seeded(cutAt * 10 + seed));
      const seen = await verified(left);
      assert.deepEqual([seen.broken, seen.missing, seen.changed, seen.unrecorded], NONE.slice(0, 4));
      // Whatever is gone, its line is there.
      const { deleted } = await linesOf(left);
      const gone = files.filter(({ key }) => left.peek(`${ROOT}/${key}`) === undefined);
      if (gone.length > 0) {
        assert.deepEqual([...(deleted[0]?.files ?? [])].sort(), [...doomed].sort());
        if (gone.length < doomed.length) halfway += 1;
      }
      await (seed % 2 === 0 ? run(left) : into(left));
      await run(left);
      assert.deepEqual((await linesOf(left)).deleted.length, 1, `the power went at operation ${cutAt}`);
      const end = await verified(left);
      assert.deepEqual(problems(end), NONE);
      assert.deepEqual([end.deleted, end.unfinished], [doomed.length, false]);
    }
  assert.ok(halfway > 0);
});

test('a later harvest leaves alone what was deleted, takes it with `again`, and takes what the car keeps in another event', async () => {
  const disk = await harvested();
  const { files } = await linesOf(disk);
  const all = files.map(({ sha256 }) => sha256);
  await deleteHeld(ROOT, 'car', all, { why: 'asked', disk });
  assert.deepEqual([(await verified(disk)).files, (await verified(disk)).deleted], [0, all.length]);
  const next = await into(disk);
  assert.deepEqual([next.stored, next.copies, next.filled], [0, 0, 0]);

  // The same clip in a new event, and the same clip of RecentClips under another name.
  const [path, bytes] =
    [...footage.files].find(([name]) => name.includes('RecentClips') && name.endsWith('.mp4')) ?? [];
  assert.ok(path && bytes);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const moved = path.replace('_17-', '_18-');
  assert.notEqual(moved, path);
  await put(new Map([[moved, bytes]]));
  assert.deepEqual([(await into(disk)).stored, (await verified(disk)).files], [0, 0]);
  const kept = `TeslaCam/SavedClips/2026-03-01_17-09-00/${name}`;
  await put(new Map([[kept, bytes]]));
  assert.deepEqual([(await into(disk)).stored, (await verified(disk)).files], [1, 1]);
  await rm(join(stick, moved));
  await rm(join(stick, 'TeslaCam/SavedClips/2026-03-01_17-09-00'), { recursive: true });

  assert.equal((await into(disk, { again: true })).stored, all.length - 1);
  const end = await verified(disk);
  assert.deepEqual(problems(end), NONE);
  assert.deepEqual([end.files, end.deleted], [all.length, 0]);
});

test('a library that is not there, a car without footage, a running harvest and a broken manifest: nothing is deleted', async () => {
  const root = join(folder, 'library');
  await assert.rejects(deleteRecorded(root, 'car', [], { why: 'age' }), /There is no library/);
  const library = await openOrBeginLibrary(root, true);
  await assert.rejects(deleteRecorded(root, 'car', [], { why: 'age' }), /no footage of “car”/);
  await harvestInto(stick, { library, source: 'car' });
  const path = join(root, 'car', 'manifest.jsonl');
  const lines = (await readFile(path, 'utf8')).split('\n');
  const file = lines.map((line) => (line === '' ? {} : JSON.parse(line))).find(({ kind }) => kind === 'file');
  {
    using _lock = await lockSource(root, 'car');
    await assert.rejects(deleteRecorded(root, 'car', [file.sha256], { why: 'age' }), /is running/);
  }
  await writeFile(path, lines.toSpliced(3, 1).join('\n'));
  await assert.rejects(deleteRecorded(root, 'car', [file.sha256], { why: 'age' }), /line 4 breaks the chain/);
  assert.deepEqual((await verifyLibrary(root)).sources[0]?.missing, []);
  await writeFile(path, lines.join('\n'));
  const { deleted } = await deleteRecorded(root, 'car', [file.sha256], { why: 'asked' });
  assert.deepEqual(deleted, [{ sha256: file.sha256, key: file.key, bytes: file.bytes }]);
  assert.ok((await verifyLibrary(root, { contents: true })).ok);
});
