/**
 * The power goes at every operation of a harvest, on a disk that forgets what was not synced, and once more while the next harvest tidies up:
 * what is recorded is there and whole, and in the end everything is there once. `VIDETTE_KILLS=1` for every operation, not every fourth.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type HarvestReport, harvestInto } from '../../src/sources/dashcam/harvest/harvest.ts';
import { verifySource } from '../../src/sources/dashcam/harvest/verify.ts';
import { FakeDisk, type FakeDiskOptions, fault, seeded } from '../faults/disk.ts';
import { makeFootage } from './car.ts';

const ROOT = '/library';
const footage = makeFootage({ minutes: 2, clip: { pictures: 3, keyBlocks: 1, blocks: 1 } });
const wanted = [...new Set([...footage.files.values()].map(sha256))].sort();
let stick = '';
let empty = '';

before(async () => {
  stick = await mkdtemp(join(tmpdir(), 'vidette-power-'));
  empty = await mkdtemp(join(tmpdir(), 'vidette-power-'));
  for (const [path, bytes] of footage.files) {
    await mkdir(join(stick, path, '..'), { recursive: true });
    await writeFile(join(stick, path), bytes);
  }
});
after(async () => {
  for (const folder of [stick, empty]) await rm(folder, { recursive: true, force: true });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const into = (disk: FakeDisk, drive = stick): Promise<HarvestReport> =>
  harvestInto(drive, {
    library: { root: ROOT, id: 'a', fresh: false },
    source: 'car',
    disk,
    room: async () => Number.POSITIVE_INFINITY,
    batch: 6,
  });

/** A harvest until the power goes. */
async function untilDead(
  make: (options: FakeDiskOptions) => FakeDisk,
  cutAt: number,
  before: FakeDiskOptions['before'],
): Promise<FakeDisk> {
  const dead = Promise.withResolvers<void>();
  const disk = make({
    cutAt,
    before: (operation, path) => {
      setImmediate(() => {
        if (disk.dead) dead.resolve();
      });
      return before?.(operation, path);
    },
  });
  await Promise.race([into(disk), dead.promise]);
  return disk;
}

async function isSound(disk: FakeDisk): Promise<void> {
  const { broken, missing, changed } = await verifySource(disk, ROOT, 'car', { contents: true });
  assert.deepEqual([broken, missing, changed], [null, [], []]);
}

async function stored(disk: FakeDisk, folder: string): Promise<string[]> {
  const out: string[] = [];
  for (const { name, folder: isFolder } of await disk.readdir(folder)) {
    const path = `${folder}/${name}`;
    if (isFolder && name !== '.intake') out.push(...(await stored(disk, path)));
    else if (!isFolder && name !== 'manifest.jsonl') out.push(sha256(disk.peek(path) ?? Buffer.alloc(0)));
  }
  return out.sort();
}

/** exFAT and some network folders have no hard links. */
const withoutLinks: FakeDiskOptions['before'] = (operation, path) => {
  if (operation === 'link') throw fault('EPERM', 'link', path);
};

async function emptyLibrary(options: FakeDiskOptions): Promise<FakeDisk> {
  const disk = new FakeDisk();
  await disk.mkdir(ROOT);
  await disk.syncFolder('/');
  return disk.afterKill(options);
}

for (const [where, before] of [
  ['', undefined],
  [' of a disk without links', withoutLinks],
] as const)
  test(`the power goes at any operation${where}: what is recorded is there, and in the end everything is there once`, async () => {
    const whole = await emptyLibrary(before ? { before } : {});
    await into(whole);
    assert.deepEqual(await stored(whole, `${ROOT}/car`), wanted);
    const { operations } = whole;
    assert.ok(operations > 100);
    const step = process.env.VIDETTE_KILLS === undefined ? (before ? 16 : 5) : 1;
    for (let cutAt = 1; cutAt <= operations; cutAt += 1) {
      // Where the manifest and the list of a batch are written there is most to go wrong.
      const delicate = before === undefined && /manifest|batch/.test(whole.journal[cutAt - 1] ?? '');
      if (cutAt % step !== 0 && !delicate) continue;
      const random = seeded(cutAt);
      const first = await emptyLibrary({});
      const cut = await untilDead((options) => first.afterKill(options), cutAt, before);
      let left = cut.afterPowerLoss(random, before ? { before } : {});
      await isSound(left);
      if (random() < 0.5) {
        const again = left;
        const tidying = 1 + Math.floor(random() * 40);
        left = (await untilDead((options) => again.afterKill(options), tidying, before)).afterPowerLoss(
          random,
          before ? { before } : {},
        );
        await isSound(left);
      }
      if (random() < 0.5) {
        // The car has overwritten everything meanwhile: what has its name is recorded all the same.
        await into(left, empty);
        assert.deepEqual((await verifySource(left, ROOT, 'car', {})).unrecorded, []);
      }
      await into(left);
      assert.deepEqual(await stored(left, `${ROOT}/car`), wanted, `the power went at operation ${cutAt}`);
      await isSound(left);
    }
  });
