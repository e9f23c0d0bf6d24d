/** Clips whose clusters several older, damaged files claim: what a car makes that goes on recording after a power cut. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clipName, makeFootage, RECENT } from '../../../../test/dashcam/car.ts';
import { ExfatImage } from '../../../../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../../../../test/dashcam/fat32-image.ts';
import type { TestImage } from '../../../../test/dashcam/image-writer.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { ImageDrive } from './image-drive.ts';

const footage = makeFootage({ minutes: 2 });
const bytesOf = (minute: number, camera: string): Buffer =>
  footage.files.get(`${RECENT}/${clipName(minute, camera)}`) ?? Buffer.alloc(0);
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-reclaim-'));
});
after(() => rm(folder, { recursive: true, force: true }));

for (const [kind, make] of [
  ['FAT32', (path: string): TestImage => new Fat32Image(path, { bytes: 24 << 20 })],
  ['exFAT', (path: string): TestImage => new ExfatImage(path, { bytes: 24 << 20 })],
] as const)
  test(`${kind}: a whole clip has all of its clusters, and no file is longer than what is left to it`, async () => {
    using image = make(join(folder, `${kind}.img`));
    image.folder('TeslaCam');
    image.folder(RECENT);
    const whole = bytesOf(1, 'front');
    const clusters = image.reserve(Math.ceil(whole.length / image.clusterBytes));
    const [first = 0, middle = 0] = [clusters[0], clusters[clusters.length >> 1]];
    const late = clusters[clusters.length - 3] ?? 0;
    // Entries that are older than what lies there; the last one begins before it.
    const before = bytesOf(0, 'back');
    const old = [
      [late, 3],
      [middle, 6],
      [first, 4],
    ] as const;
    for (const [index, [start, count]] of old.entries())
      image.sparse(
        `${RECENT}/${clipName(0, ['left_pillar', 'right_pillar', 'left_repeater'][index] ?? '')}`,
        before.length,
        Array.from({ length: count }, (_, at) => start + at),
      );
    image.file(`${RECENT}/${clipName(1, 'front')}`, whole, clusters);
    image.file(`${RECENT}/${clipName(1, 'back')}`, bytesOf(1, 'back'));
    await using drive = new ImageDrive(image.writer.path);
    const [volume] = (await drive.scan()).volumes;
    assert.ok(volume);
    for (const entry of volume.entries) {
      const reader: RandomReader = volume.reader(entry);
      const bytes: Buffer = Buffer.from(await reader.read(0, reader.size));
      assert.equal(bytes.length, entry.bytes, `${entry.path} is as long as it says`);
      const wanted = footage.files.get(entry.path);
      if (entry.path.includes('17-01-'))
        assert.ok(wanted && bytes.equals(wanted), `${entry.path} is not whole (${entry.state})`);
    }
  });
