/** Damage beyond the 26 cases: several at once, traces that are gone, clips that lie interleaved. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, clipName, EVENT, fill, makeFootage, RECENT } from '../../../../test/dashcam/car.ts';
import { ExfatImage } from '../../../../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../../../../test/dashcam/fat32-image.ts';
import type { TestImage } from '../../../../test/dashcam/image-writer.ts';
import { ImageDrive } from '../image/image-drive.ts';
import { Breath } from '../image/image-file.ts';
import { planSalvage, type SalvagePlan } from './plan.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-hard-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let images = 0;
const fat32 = (): Fat32Image => new Fat32Image(join(folder, `${++images}.img`), { bytes: 24 << 20 });
const exfat = (): ExfatImage => new ExfatImage(join(folder, `${++images}.img`), { bytes: 24 << 20 });

interface Salvaged {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly plan: SalvagePlan;
}

async function salvage(image: TestImage, deleted = false): Promise<Salvaged> {
  await using drive = new ImageDrive(image.writer.path);
  const [volume] = (await drive.scan()).volumes;
  assert.ok(volume);
  const plan = await planSalvage(volume, { breath: new Breath(), deleted });
  const files = new Map<string, Buffer>();
  for (const { path, reader } of plan.items) files.set(path, Buffer.from(await reader.read(0, reader.size)));
  return { files, plan };
}

function assertSame(found: ReadonlyMap<string, Buffer>, wanted: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
  for (const [path, bytes] of wanted) assert.ok(found.get(path)?.equals(bytes), `${path} has other bytes`);
}

/** Without any trace: the slots of an entry are zero. */
function wipe(image: TestImage, path: string): void {
  for (const slot of image.item(path).slots) image.writer.put(slot, new Uint8Array(32));
}

const minute3 = CAMERAS.map((camera) => `${RECENT}/${clipName(3, camera)}`);

describe('an entry without a trace', () => {
  const footage = makeFootage();
  for (const make of [fat32, exfat])
    for (const camera of CAMERAS)
      test(`${make.name}: ${camera} is the only one missing`, async () => {
        using image: TestImage = make();
        fill(image, footage);
        wipe(image, `${RECENT}/${clipName(2, camera)}`);
        assertSame((await salvage(image)).files, footage.files);
      });

  for (const make of [fat32, exfat])
    test(`${make.name}: of two cameras of one minute no name is guessed, and no byte lost`, async () => {
      using image: TestImage = make();
      fill(image, footage);
      const lost = [2, 4].map((at) => minute3[at] ?? '');
      for (const path of lost) wipe(image, path);
      const { files } = await salvage(image);
      assert.equal(files.size, footage.files.size);
      const unknown = [1, 2].map((at) => files.get(`${RECENT}/2026-03-01_17-03-05-camera-unknown-${at}.mp4`));
      for (const path of lost)
        assert.ok(unknown.some((bytes) => bytes?.equals(footage.files.get(path) ?? Buffer.alloc(0))));
    });

  test('event files whose entries have lost size and start', async () => {
    using image = fat32();
    fill(image, footage);
    const slot = image.item(`${EVENT}/event.json`).slots.at(-1) ?? 0;
    for (const at of [20, 26, 28, 30]) image.writer.put(slot + at, new Uint8Array(2));
    assertSame((await salvage(image)).files, footage.files);
  });

  test('the front camera of HW4 is known by its size', async () => {
    const large = makeFootage({ largeFront: true, seed: 5 });
    using image = exfat();
    fill(image, large);
    for (const at of [0, 1]) wipe(image, minute3[at] ?? '');
    assertSame((await salvage(image)).files, large.files);
  });

  test('a whole event folder, after the car has written over its last hour', async () => {
    const files = new Map([...footage.files].filter(([path]) => !path.startsWith(RECENT) || path.includes('_17-03-')));
    using image = fat32();
    fill(image, { ...footage, files });
    image.writer.put(image.placeOf(image.item(EVENT).clusters[0] ?? 0), new Uint8Array(image.clusterBytes));
    const found = (await salvage(image)).files;
    assert.equal(found.size, files.size);
    assert.ok(found.get(`${EVENT}/event.json`)?.equals(files.get(`${EVENT}/event.json`) ?? Buffer.alloc(0)));
    const names = [...found.keys()].filter((path) => path.startsWith(EVENT));
    assert.deepEqual(names.filter((path) => path.includes('17-01-05-camera-unknown')).length, 2, names.join());
  });
});

describe('a directory that has lost all its entries', () => {
  const footage = makeFootage({ seed: 17 });
  const SAVED = 'TeslaCam/SavedClips/2026-03-01_17-03-30';
  const files = new Map(footage.files);
  for (const camera of ['front', 'back'])
    files.set(
      `${SAVED}/${clipName(2, camera)}`,
      footage.files.get(`${RECENT}/${clipName(2, camera)}`) ?? Buffer.alloc(0),
    );
  files.set(
    `${SAVED}/event.json`,
    Buffer.from('{"timestamp":"2026-03-01T17:03:28","reason":"user_interaction_honk","camera":"0"}\n'),
  );
  const blank = (image: TestImage, path: string): void =>
    image.writer.put(image.placeOf(image.item(path).clusters[0] ?? 0), new Uint8Array(image.clusterBytes));

  for (const make of [fat32, exfat]) {
    test(`${make.name}: TeslaCam itself: everything below it comes out under its own name`, async () => {
      using image: TestImage = make();
      fill(image, { ...footage, files }, [SAVED]);
      blank(image, 'TeslaCam');
      assertSame((await salvage(image)).files, files);
    });

    test(`${make.name}: SentryClips: its event keeps all but the name of its folder, which nothing proves`, async () => {
      using image: TestImage = make();
      fill(image, { ...footage, files }, [SAVED]);
      blank(image, 'TeslaCam/SentryClips');
      const wanted = new Map(
        [...files].map(([path, bytes]) => [
          path.replace(EVENT, 'TeslaCam/SentryClips/2026-03-01_17-02-40-event-unknown-1'),
          bytes,
        ]),
      );
      assertSame((await salvage(image)).files, wanted);
    });

    test(`${make.name}: SentryClips, and a clip of RecentClips has lost its chain and another its entry`, async () => {
      using image: TestImage = make();
      fill(image, { ...footage, files }, [SAVED]);
      blank(image, 'TeslaCam/SentryClips');
      if (image instanceof Fat32Image)
        for (const cluster of image.item(minute3[1] ?? '').clusters) image.setLink(cluster, 0);
      wipe(image, `${RECENT}/${clipName(2, 'left_pillar')}`);
      const found = (await salvage(image)).files;
      for (const path of footage.clips.keys())
        if (path.startsWith(RECENT)) assert.ok(found.get(path)?.equals(files.get(path) ?? Buffer.alloc(0)), path);
      assert.equal(found.size, files.size);
    });
  }

  test('a folder that the car has deleted is none', async () => {
    using image = fat32();
    fill(image, footage);
    for (const slot of image.item(EVENT).slots) image.writer.put(slot, Uint8Array.of(0xe5));
    for (const path of image.items.keys())
      if (path.startsWith(EVENT)) for (const cluster of image.item(path).clusters) image.setLink(cluster, 0);
    const wanted = new Map([...footage.files].filter(([path]) => !path.startsWith(EVENT)));
    const { files: found } = await salvage(image);
    for (const [path, bytes] of wanted) assert.ok(found.get(path)?.equals(bytes), path);
    assert.ok(![...found.keys()].some((path) => path.includes('event-unknown')));
  });
});

/** The clips of the last minute as six cameras write them at once: cluster by cluster in turn. */
function interleave(image: TestImage, footage: ReturnType<typeof makeFootage>): void {
  const before = new Map([...footage.files].filter(([path]) => !minute3.includes(path)));
  fill(image, { ...footage, files: before });
  const sizes = minute3.map((path) => Math.ceil((footage.files.get(path)?.length ?? 0) / image.clusterBytes));
  const lists: number[][] = minute3.map(() => []);
  for (let round = 0; round < Math.max(...sizes); round += 1)
    for (const [index, size] of sizes.entries()) if (round < size) lists[index]?.push(...image.reserve(1));
  for (const [index, path] of minute3.entries())
    image.file(path, footage.files.get(path) ?? Buffer.alloc(0), lists[index] ?? []);
}

/** Bytes that are not its own a file may only have where the plan says that place alone decided. @returns how many are whole */
function assertHonest({ files, plan }: Salvaged, footage: ReturnType<typeof makeFootage>): number {
  let right = 0;
  for (const item of plan.items) {
    const bytes = files.get(item.path);
    const same = [...footage.files.values()].some((wanted) => bytes?.equals(wanted));
    if (same && minute3.includes(item.path)) right += 1;
    assert.ok(same || item.unproven > 0, `${item.path} has other bytes, and nothing says so`);
  }
  return right;
}

describe('six clips that lie interleaved', () => {
  for (const [what, options, exact] of [
    ['with telemetry', {}, true],
    ['without telemetry', { telemetry: false }, true],
    // Seven clusters inside of each key picture, of all six at once.
    ['with key pictures of many clusters', { clip: { keyBlocks: 60, blocks: 12 } }, false],
  ] as const) {
    const footage = makeFootage({ seed: 7, ...options });
    const check = (found: Salvaged): void => {
      if (exact) assertSame(found.files, footage.files);
      else assert.ok(assertHonest(found, footage) >= 3);
    };
    test(`FAT32, the table of one never flushed, ${what}`, async () => {
      using image = fat32();
      interleave(image, footage);
      for (const cluster of image.item(minute3[1] ?? '').clusters) image.setLink(cluster, 0);
      assertSame((await salvage(image)).files, footage.files);
    });

    test(`FAT32, no table of any flushed, ${what}`, async () => {
      using image = fat32();
      interleave(image, footage);
      for (const path of minute3) for (const cluster of image.item(path).clusters) image.setLink(cluster, 0);
      check(await salvage(image));
    });

    test(`FAT32, neither tables nor entries flushed, ${what}`, async () => {
      using image = fat32();
      interleave(image, footage);
      for (const path of minute3) {
        for (const cluster of image.item(path).clusters) image.setLink(cluster, 0);
        wipe(image, path);
      }
      const found = await salvage(image);
      assert.equal(found.files.size, footage.files.size);
      assertHonest(found, footage);
      const contents = [...found.files.values()];
      const whole = minute3.filter((path) =>
        contents.some((bytes) => bytes.equals(footage.files.get(path) ?? Buffer.alloc(0))),
      );
      assert.ok(whole.length >= (exact ? 6 : 3), `${whole.length} of 6`);
    });

    test(`exFAT, the tail of all chains lost, ${what}`, async () => {
      using image = exfat();
      interleave(image, footage);
      for (const path of minute3) {
        const { clusters } = image.item(path);
        for (const cluster of clusters.slice(clusters.length >> 1)) image.setLink(cluster, 0);
      }
      check(await salvage(image));
    });
  }
});

describe('an entry that begins where another clip does', () => {
  const footage = makeFootage({ seed: 13 });
  for (const [make, minute] of [
    [fat32, 1],
    [exfat, 1],
    [fat32, 3],
    [exfat, 3],
  ] as const)
    test(`${make.name}: does not give its name to it, ${minute === 3 ? 'in the same minute' : 'in another minute'}`, async () => {
      using image: TestImage = make();
      fill(image, footage);
      const [older, newer] = [`${RECENT}/${clipName(minute, 'back')}`, minute3[2] ?? ''];
      const first = image.item(newer).clusters[0] ?? 0;
      if (image instanceof ExfatImage) {
        const slot = image.item(older).slots[1] ?? 0;
        image.writer.putU32(slot + 20, first);
        image.sum(image.item(older));
      } else {
        const slot = image.item(older).slots.at(-1) ?? 0;
        image.writer.put(slot + 26, Uint8Array.of(first & 0xff, first >>> 8));
      }
      assertSame((await salvage(image)).files, footage.files);
    });
});

describe('what is unfinished or deleted', () => {
  test('the minute that was being recorded comes out as far as it goes, under its name', async () => {
    const footage = makeFootage({ seed: 9 });
    const files = new Map(footage.files);
    for (const path of minute3) {
      const clip = footage.clips.get(path);
      assert.ok(clip);
      const cut = Buffer.from(clip.bytes.subarray(0, Math.floor(clip.movieAt * 0.7)));
      cut.writeUInt32BE(0, cut.indexOf('mdat') - 4);
      files.set(path, cut);
    }
    using image = fat32();
    fill(image, { ...footage, files });
    for (const path of minute3) image.writer.putU32((image.item(path).slots.at(-1) ?? 0) + 28, 0);
    const { files: found, plan } = await salvage(image);
    assert.deepEqual([...found.keys()].sort(), [...files.keys()].sort());
    for (const path of minute3) {
      const wanted = files.get(path) ?? Buffer.alloc(0);
      // Its length is not known: at most a cluster of slack follows.
      assert.ok(found.get(path)?.subarray(0, wanted.length).equals(wanted), path);
      assert.ok((found.get(path)?.length ?? 0) - wanted.length < image.clusterBytes);
      assert.equal(plan.items.find((item) => item.path === path)?.state, 'cut');
    }
  });

  test('what the car has deleted is left alone, unless it is asked for', async () => {
    const footage = makeFootage({ seed: 11 });
    for (const make of [fat32, exfat]) {
      using image: TestImage = make();
      fill(image, footage);
      const gone = minute3[0] ?? '';
      for (const slot of image.item(gone).slots) {
        const [type = 0] = image.writer.get(slot, 1);
        image.writer.put(slot, Uint8Array.of(make === fat32 ? 0xe5 : type & 0x7f));
      }
      for (const cluster of image.item(gone).clusters)
        if (image instanceof Fat32Image) image.setLink(cluster, 0);
        else if (image instanceof ExfatImage) image.setBit(cluster, false);
      const { files, plan } = await salvage(image);
      assert.deepEqual([files.size, files.has(gone), plan.deletedLeft], [footage.files.size - 1, false, 1]);
      assertSame((await salvage(image, true)).files, footage.files);
    }
  });
});
