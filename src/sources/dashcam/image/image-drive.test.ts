import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fill, makeFootage } from '../../../../test/dashcam/car.ts';
import { EXFAT_DAMAGE, FAT32_DAMAGE, HIT } from '../../../../test/dashcam/damage.ts';
import { ExfatImage } from '../../../../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../../../../test/dashcam/fat32-image.ts';
import type { TestImage } from '../../../../test/dashcam/image-writer.ts';
import type { DriveVolume } from '../volume/drive-volume.ts';
import { openDrive } from '../volume/open-drive.ts';
import type { FindingKind } from './finding.ts';

const footage = makeFootage();
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-image-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const fat32 = (name: string, start = 0): Fat32Image => new Fat32Image(join(folder, name), { bytes: 16 << 20, start });
const exfat = (name: string, start = 0): ExfatImage => new ExfatImage(join(folder, name), { bytes: 16 << 20, start });

/** What a scan finds: the files with their contents, and the kinds of findings. */
async function scan(
  path: string,
): Promise<{ files: Map<string, Buffer>; kinds: Set<FindingKind>; volumes: readonly DriveVolume[] }> {
  await using drive = await openDrive(path);
  const { volumes, findings } = await drive.scan();
  const files = new Map<string, Buffer>();
  for (const volume of volumes)
    for (const entry of volume.entries) {
      const reader = volume.reader(entry);
      files.set(entry.path, Buffer.from(await reader.read(0, reader.size)));
    }
  const all = [...findings, ...volumes.flatMap((volume) => volume.findings)];
  return { files, kinds: new Set(all.map(({ kind }) => kind)), volumes };
}

function assertSame(found: ReadonlyMap<string, Buffer>, wanted: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
  for (const [path, bytes] of wanted) assert.ok(found.get(path)?.equals(bytes), `${path} has other bytes`);
}

describe('a sound image is read file by file, and nothing is found wrong with it', () => {
  for (const start of [0, 1 << 20])
    for (const make of [fat32, exfat])
      test(`${make.name}, ${start === 0 ? 'no partition table' : 'behind an MBR'}`, async () => {
        using image: TestImage = make(`sound-${make.name}-${start}.img`, start);
        fill(image, footage);
        const { files, kinds, volumes } = await scan(image.writer.path);
        assertSame(files, footage.files);
        assert.deepEqual([...kinds], []);
        assert.ok(volumes[0]?.directories.includes('TeslaCam/SavedClips'));
        assert.ok(volumes[0]?.entries.every((entry) => entry.state === 'whole'));
      });

  test('behind a GPT, and behind the copy of one at the end', async () => {
    const start = 1 << 20;
    using image = exfat('gpt.img', start);
    fill(image, footage);
    const head = Buffer.alloc(512);
    head.write('EFI PART', 'latin1');
    head.writeBigUInt64LE(2n, 72);
    head.writeUInt32LE(4, 80);
    head.writeUInt32LE(128, 84);
    const entry = Buffer.alloc(512, 0);
    entry.write('EBD0A0A2-B9E5-44', 'latin1');
    entry.writeBigUInt64LE(BigInt(start / 512), 32);
    const protective = image.writer.get(0, 512);
    protective[446 + 4] = 0xee;
    protective.writeUInt32LE(1, 446 + 8);
    image.writer.put(0, protective);
    image.writer.put(1024, entry);
    image.writer.put((16 << 20) - 512, head);
    for (const place of [512, undefined]) {
      if (place !== undefined) image.writer.put(place, head);
      else image.writer.put(512, new Uint8Array(512));
      const { files, kinds } = await scan(image.writer.path);
      assertSame(files, footage.files);
      assert.deepEqual([...kinds], []);
    }
  });

  test('files that lie in many pieces', async () => {
    for (const make of [fat32, exfat]) {
      using image: TestImage = make(`pieces-${make.name}.img`);
      image.folder('TeslaCam');
      const [one, other] = [...footage.files.values()];
      assert.ok(one && other);
      const clusters = image.reserve((2 * Math.max(one.length, other.length)) / image.clusterBytes + 4);
      image.file(
        'TeslaCam/one.mp4',
        one,
        clusters.filter((_, index) => index % 2 === 0).slice(0, Math.ceil(one.length / 4096)),
      );
      image.file(
        'TeslaCam/other.mp4',
        other,
        clusters.filter((_, index) => index % 2 === 1).slice(0, Math.ceil(other.length / 4096)),
      );
      const { files, kinds } = await scan(image.writer.path);
      assertSame(
        files,
        new Map([
          ['TeslaCam/one.mp4', one],
          ['TeslaCam/other.mp4', other],
        ]),
      );
      assert.deepEqual([...kinds], []);
    }
  });

  test('a folder is read by the same interface', async () => {
    await writeFile(join(folder, 'note.txt'), 'x');
    const { files, volumes } = await scan(folder);
    assert.equal(files.get('note.txt')?.toString(), 'x');
    assert.equal(volumes[0]?.kind, 'folder');
  });
});

describe('damage that leaves the entry is read through', () => {
  /** Cases in which an entry is lost or names nothing: what becomes of those is for salvage. */
  const lost = new Set(['S4', 'S5', 'S8', 'S9', 'E5', 'E8', 'E9', 'E11', 'E12', 'E13']);
  const told: Record<string, FindingKind> = {
    S1: 'chain',
    S2: 'chain',
    S3: 'length',
    S6: 'cross-link',
    S10: 'fat-differs',
    S11: 'fat-differs',
    S12: 'chain',
    S13: 'length',
    E1: 'bitmap',
    E2: 'valid-length',
    E3: 'valid-length',
    E4: 'length',
    E6: 'length',
    E7: 'checksum',
    E10: 'chain',
  };
  for (const { name, what, apply } of FAT32_DAMAGE.filter((damage) => !lost.has(damage.name)))
    test(`${name}: ${what}`, async () => {
      using image = fat32(`${name}.img`);
      fill(image, footage);
      apply(image);
      const { files, kinds } = await scan(image.writer.path);
      assertSame(files, footage.files);
      if (told[name]) assert.ok(kinds.has(told[name]), `${name} is not told: ${[...kinds]}`);
    });
  for (const { name, what, apply } of EXFAT_DAMAGE.filter((damage) => !lost.has(damage.name)))
    test(`${name}: ${what}`, async () => {
      using image = exfat(`${name}.img`);
      fill(image, footage);
      apply(image);
      const { files, kinds } = await scan(image.writer.path);
      assertSame(files, footage.files);
      if (told[name]) assert.ok(kinds.has(told[name]), `${name} is not told: ${[...kinds]}`);
    });

  test('E13: entries behind a lost one are read', async () => {
    using image = exfat('behind.img');
    fill(image, footage);
    EXFAT_DAMAGE.find(({ name }) => name === 'E13')?.apply(image);
    const { files } = await scan(image.writer.path);
    assert.equal(files.size, footage.files.size);
    for (const [path, bytes] of footage.files) if (path !== HIT) assert.ok(files.get(path)?.equals(bytes), path);
  });

  test('a zero entry in the middle of a directory does not end it', async () => {
    for (const make of [fat32, exfat]) {
      using image: TestImage = make(`zero-${make.name}.img`);
      fill(image, footage);
      for (const slot of image.item(HIT).slots) image.writer.put(slot, new Uint8Array(32));
      const { files, kinds } = await scan(image.writer.path);
      assert.equal(files.size, footage.files.size - 1);
      assert.ok(kinds.has('zero-entry'));
    }
  });

  test('the copy of a boot sector stands in for it', async () => {
    for (const make of [fat32, exfat]) {
      using image: TestImage = make(`boot-${make.name}.img`);
      fill(image, footage);
      image.writer.put(0, new Uint8Array(512));
      const { files, kinds } = await scan(image.writer.path);
      assertSame(files, footage.files);
      assert.ok(kinds.has('boot'));
    }
  });

  test('an image that is none is told of, not refused', async () => {
    await writeFile(join(folder, 'zeros.img'), Buffer.alloc(100_000));
    const { files, kinds } = await scan(join(folder, 'zeros.img'));
    assert.equal(files.size, 0);
    assert.deepEqual([...kinds], ['no-volume']);
  });
});
