/** The images that the drive makes are empty file systems: our readers, Debian's checkers and mtools say so. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ImageFile } from '../../image/image-file.ts';
import { openDrive } from '../../volume/open-drive.ts';
import { createImage, type ImageWish } from './create-image.ts';

const MB = 1 << 20;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-format-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

const shapes: { name: string; wish: ImageWish; cluster: number }[] = [
  { name: 'exFAT of 16 MB', wish: { format: 'exfat', bytes: 16 * MB, clusterBytes: 1024 }, cluster: 1024 },
  {
    name: 'exFAT of 200 MB with a partition',
    wish: { format: 'exfat', bytes: 200 * MB, partition: true },
    cluster: 4096,
  },
  {
    name: 'exFAT of 1 GB',
    wish: { format: 'exfat', bytes: 1024 * MB, folders: ['TeslaCam', 'LightShow'] },
    cluster: 32_768,
  },
  { name: 'FAT32 of 40 MB', wish: { format: 'fat32', bytes: 40 * MB }, cluster: 512 },
  {
    name: 'FAT32 of 300 MB with a partition',
    wish: { format: 'fat32', bytes: 300 * MB, partition: true, folders: ['TeslaCam', 'LicensePlate'] },
    cluster: 4096,
  },
];

for (const { name, wish, cluster } of shapes)
  test(`${name}: sound to our readers and to Debian’s checkers`, async (t) => {
    const path = join(folder, 'a.img');
    await createImage(path, wish);
    assert.equal((await stat(path)).size, wish.bytes);
    assert.ok((await stat(path)).blocks * 512 < 2 * MB, 'it is sparse');
    await using drive = await openDrive(path);
    const { volumes, findings } = await drive.scan();
    const [volume] = volumes;
    assert.deepEqual([findings, volume?.findings, volume?.entries], [[], [], []]);
    assert.deepEqual([volume?.kind, volume?.label, volume?.clusterBytes], [wish.format, 'CAM', cluster]);
    assert.deepEqual(volume?.directories, wish.folders ?? ['TeslaCam']);
    const checker = wish.format === 'exfat' ? 'fsck.exfat' : 'fsck.fat';
    if (!has(checker)) return t.skip(`${checker} is not installed`);
    const checked = wish.partition ? await withoutPartition(path, wish.bytes) : path;
    const said = spawnSync(checker, ['-n', checked], { encoding: 'utf8' });
    assert.equal(said.status, 0, said.stdout + said.stderr);
    assert.doesNotMatch(said.stdout, /error|wrong|differ|corrupt|invalid/i);
  });

/** The checkers take no image with a partition table. */
async function withoutPartition(path: string, bytes: number): Promise<string> {
  const out = `${path}.volume`;
  execFileSync('dd', [`if=${path}`, `of=${out}`, 'bs=1M', 'skip=1', 'conv=sparse', 'status=none']);
  assert.equal((await stat(out)).size, bytes - MB);
  return out;
}

test('a large image costs nothing and is read as what it is', async () => {
  for (const format of ['exfat', 'fat32'] as const) {
    const path = join(folder, 'large.img');
    await createImage(path, { format, bytes: 256 * 1024 * MB, partition: format === 'exfat' });
    assert.ok((await stat(path)).blocks * 512 < 2 * MB);
    await using drive = await openDrive(path);
    const { volumes } = await drive.scan();
    assert.deepEqual([volumes[0]?.kind, volumes[0]?.findings], [format, []]);
  }
});

test('what cannot be is refused, and what has the name stays', async () => {
  const path = join(folder, 'kept.img');
  await createImage(path, { format: 'exfat', bytes: 16 * MB, label: 'FIRST' });
  for (const wish of [
    { format: 'fat32', bytes: 10 * MB },
    { format: 'exfat', bytes: 16 * 1024 },
    { format: 'exfat', bytes: 16 * MB + 1 },
    { format: 'exfat', bytes: 16 * MB, folders: ['../x'] },
    { format: 'fat32', bytes: 4 * 1024 ** 4 },
  ] as const)
    await assert.rejects(createImage(path, wish), { name: 'UserError' });
  await using drive = await openDrive(path);
  assert.equal((await drive.scan()).volumes[0]?.label, 'FIRST');
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.new')),
    [],
  );
  using image = new ImageFile(path);
  assert.equal(image.size, 16 * MB);
});
