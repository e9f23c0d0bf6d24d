/** Years of a drive: its start reads what still counts, and knows what a reading of all lines knows, as far as anybody can ask. */
import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type History, writeHistory } from '../../../../test/dashcam/history.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import { PushQueue } from '../push/queue.ts';
import { SpoolIndex } from '../role/spool-index.ts';
import { DIGEST, openDigest, writeDigest } from './digest.ts';
import { Intake } from './intake.ts';
import { type Held, Known } from './known.ts';
import { readManifest } from './manifest.ts';
import { verifySource } from './verify.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-digest-'));
});
after(() => rm(folder, { recursive: true }));

const place = (root: string) => ({ disk: systemDisk, root, source: 'car' });

async function knownOf(root: string): Promise<Known> {
  const known = new Known();
  await readManifest(systemDisk, join(root, 'car', MANIFEST), (line) => known.add(line));
  return known;
}

/** As a drive opens its spool. @param censuses counts how often it is asked what the images hold */
function open(root: string, held: Held, disk: Disk = systemDisk, censuses: string[] = []): Promise<Intake> {
  const census = async (): Promise<Held> => {
    censuses.push('asked');
    return held;
  };
  return Intake.open({
    disk,
    root,
    source: 'car',
    library: 'a',
    now: () => new Date(),
    again: false,
    remember: { census, every: 500 },
  });
}

/** Everything that the engine may ask, of what is stored and of what the drive has. */
function answers(known: Known, { onDrive }: History): unknown {
  const starts = new Set([...known.files.values()].map(({ start }) => start));
  return {
    files: [...known.files].sort(),
    drive: [...onDrive].map(([path, { from, bytes, sha256 }]) => {
      const event = /(SentryClips)\/([^/]+)\//.exec(path)?.[2];
      return [
        known.takenFrom(from, bytes),
        known.gone.has(sha256),
        known.staysDeleted(sha256, null),
        event === undefined ? null : known.staysDeleted(sha256, `sentry/${event}`),
        event === undefined ? null : known.event(`sentry/${event}`)?.at,
      ];
    }),
    times: [...new Set(known.timed.map(({ utc }) => utc))].filter((utc) => starts.has(utc)).length,
    lines: known.lines,
  };
}

function shownBy(index: SpoolIndex): unknown {
  const events = [...index.events.keys()].filter((event) => index.members(event).length > 0);
  return {
    files: [...index.files].sort(),
    events: events.sort().map((event) => [event, index.members(event).map(({ sha256 }) => sha256)]),
    sums: [index.bytes, index.lines, index.broken],
  };
}

async function indexOf(root: string): Promise<{ index: SpoolIndex; queue: PushQueue }> {
  const index = new SpoolIndex({ root, source: 'car' });
  const queue = new PushQueue();
  index.listen(queue);
  await index.refresh();
  return { index, queue };
}

describe('a start with a digest', () => {
  let root = '';
  let history: History;
  before(async () => {
    root = join(folder, 'years');
    history = await writeHistory(root, 'car', { clips: 8_000, spool: 600, ring: 240, eventEvery: 20, events: 12 });
  });

  test('knows what a reading of all lines knows of what is stored and of what the drive has', async () => {
    const all = await knownOf(root);
    const before = await indexOf(root);
    const first = await open(root, history.held);
    assert.ok(first.digestDue);
    assert.deepEqual(answers(first.known, history), answers(all, history));
    await first.digest();
    assert.ok(!first.digestDue);
    assert.deepEqual(answers(first.known, history), answers(all, history));

    const second = await open(root, history.held);
    assert.deepEqual(answers(second.known, history), answers(all, history));
    assert.deepEqual(second.head, { hash: history.head, lines: history.lines });
    const after = await indexOf(root);
    assert.deepEqual(shownBy(after.index), shownBy(before.index));
    const limits = { lines: 1e9, files: 1e9, bytes: Number.MAX_SAFE_INTEGER };
    const files = ({ queue }: { queue: PushQueue }): unknown =>
      queue.next(Date.UTC(2027, 0, 1), limits)?.files.map(({ sha256, lines }) => [sha256, lines]);
    assert.deepEqual(files(after), files(before));
    assert.ok((await readFile(join(root, 'car', DIGEST))).length < history.bytes / 5);
  });

  test('goes on with what was recorded since, over many digests, and the manifest stays verifiable', async () => {
    let intake = await open(root, history.held);
    const [victim = ''] = [...history.onDrive.values()].flatMap(({ sha256 }) =>
      history.stored.has(sha256) ? [sha256] : [],
    );
    for (let round = 0; round < 3; round += 1) {
      const at = new Date().toISOString();
      intake.record({ kind: 'harvest', at, drive: 'cam.img', stored: round, copies: 0, bytes: 0, failed: 0 });
      if (round === 1) await intake.remove([victim], 'asked');
      await intake.digest();
      intake = await open(root, history.held);
    }
    assert.ok(intake.known.gone.has(victim) && !intake.known.files.has(victim));
    const full = await knownOf(root);
    assert.deepEqual(answers(intake.known, history), answers(full, history));
    const { broken, lines, head } = await verifySource(systemDisk, root, 'car', {});
    assert.deepEqual([broken, lines, head], [null, intake.head.lines, intake.head.hash]);
    const { index } = await indexOf(root);
    assert.ok(!index.files.has(victim) && index.lines === lines);
  });

  test('counts for nothing when it is damaged, cut, or of another manifest; then all lines are read', async () => {
    const path = join(root, 'car', DIGEST);
    const [sound, manifest] = [await readFile(path), join(root, 'car', MANIFEST)];
    const expected = answers(await knownOf(root), history);
    const isRefused = async (): Promise<void> => {
      assert.equal(await openDigest(place(root)), undefined);
      assert.deepEqual(answers((await open(root, history.held)).known, history), expected);
    };
    for (const at of [5, sound.length >> 1, sound.length - 90, sound.lastIndexOf(`"lines":`) + 9]) {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await writeFile(path, damaged);
      await isRefused();
    }
    for (const length of [0, 100, sound.length - 1]) {
      await writeFile(path, sound.subarray(0, length));
      await isRefused();
    }
    await writeFile(path, sound);
    assert.ok(await openDigest(place(root)), 'and it is sound again');
    // Another manifest of the same length, and one that was cut off before the digest's end.
    const other = join(folder, 'other');
    await mkdir(join(other, 'car'), { recursive: true });
    await copyFile(path, join(other, 'car', DIGEST));
    await copyFile(manifest, join(other, 'car', MANIFEST));
    assert.ok(await openDigest(place(other)));
    await truncate(join(other, 'car', MANIFEST), (await stat(manifest)).size - 3);
    assert.equal(await openDigest(place(other)), undefined);
    await appendFile(join(other, 'car', MANIFEST), 'x}\n');
    assert.equal(await openDigest(place(other)), undefined);
  });

  test('a digest that is being written when the power goes leaves the one before it', async () => {
    const known = await knownOf(root);
    const sound = await readFile(join(root, 'car', DIGEST));
    const cut: Disk = {
      ...systemDisk,
      rename: async () => {
        throw Object.assign(new Error('cut'), { code: 'EIO' });
      },
    };
    await assert.rejects(writeDigest({ ...place(root), disk: cut }, known, undefined), /cut/);
    assert.ok((await readFile(join(root, 'car', DIGEST))).equals(sound));
  });
});

test('neither what a drive remembers nor what its start reads grows with its history', async () => {
  const figures = [];
  for (const clips of [4_800, 19_200]) {
    const root = join(folder, `clips-${clips}`);
    const history = await writeHistory(root, 'car', { clips, spool: 600, ring: 240, eventEvery: 20, events: 12 });
    const first = await open(root, history.held);
    await first.digest();
    let read = 0;
    const counting: Disk = {
      ...systemDisk,
      openRead: async (path) => {
        const file = await systemDisk.openRead(path);
        return {
          size: file.size,
          read: async (offset, length) => {
            const bytes = await file.read(offset, length);
            read += bytes.length;
            return bytes;
          },
          close: () => file.close(),
        };
      },
    };
    const { known } = await open(root, history.held, counting);
    let places = 0;
    for (const memory of known.memories()) if (memory.kind === 'origins') places += memory.places.length;
    const events = [...known.events()].length;
    figures.push({
      read,
      places,
      events,
      members: known.filesOf.size,
      files: known.files.size,
      gone: known.gone.size,
      history,
    });
  }
  const [few, many] = figures;
  assert.ok(few && many && many.history.bytes > few.history.bytes * 4);
  assert.deepEqual(
    [many.places, many.events, many.members, many.files],
    [few.places, few.events, few.members, few.files],
  );
  // What is gone is known for 32,768 contents, some thirty bytes each.
  assert.ok(many.read < few.read + (many.gone - few.gone) * 40 * 2 + 10_000, `${many.read} and ${few.read} bytes`);
});

test('a manifest of before, which has no digest, is read without remembering what is nowhere any more', async () => {
  const root = join(folder, 'old-form');
  const history = await writeHistory(root, 'car', { clips: 8_000, spool: 600, ring: 240, eventEvery: 20, events: 12 });
  const asked: string[] = [];
  const { known } = await open(root, history.held, systemDisk, asked);
  assert.equal(asked.length, 1);
  let places = 0;
  for (const memory of known.memories()) if (memory.kind === 'origins') places += memory.places.length;
  // At most those of the lines since it was last asked.
  assert.ok(places < history.onDrive.size + history.stored.size + 2100, `${places}`);
  assert.deepEqual(answers(known, history), answers(await knownOf(root), history));
});
