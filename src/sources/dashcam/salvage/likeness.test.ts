import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, clipName, fill, makeFootage, RECENT } from '../../../../test/dashcam/car.ts';
import { ExfatImage } from '../../../../test/dashcam/exfat-image.ts';
import { ImageDrive } from '../image/image-drive.ts';
import { Breath } from '../image/image-file.ts';
import { pictureLikeness } from './likeness.ts';
import { planSalvage } from './plan.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-likeness-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Salvages a drive on which a minute has lost the entries of these cameras, without a trace. */
async function salvaged(sceneBlocks: number, lost: readonly string[]): Promise<{ names: string[]; right: boolean }> {
  const footage = makeFootage({ seed: 21, clip: { sceneBlocks, pictures: 20, width: 640, height: 480 } });
  using image = new ExfatImage(join(folder, `${sceneBlocks}-${lost.length}.img`), { bytes: 48 << 20 });
  fill(image, footage);
  const paths = lost.map((camera) => `${RECENT}/${clipName(2, camera)}`);
  for (const path of paths) for (const slot of image.item(path).slots) image.writer.put(slot, new Uint8Array(32));
  await using drive = new ImageDrive(image.writer.path);
  const [volume] = (await drive.scan()).volumes;
  assert.ok(volume);
  const plan = await planSalvage(volume, { breath: new Breath(), deleted: false, likeness: pictureLikeness() });
  const found = plan.items.filter((item) => item.origin !== 'entry');
  assert.equal(found.length, lost.length);
  let right = true;
  for (const item of found) {
    const bytes = Buffer.from(await item.reader.read(0, item.bytes));
    const named = footage.files.get(item.path);
    if (named) right &&= named.equals(bytes);
    else assert.match(item.path, /2026-03-01_17-02-05-camera-unknown-\d\.mp4$/);
  }
  return { names: found.map(({ path }) => path).sort(), right };
}

describe('clips of one minute that have lost their names', () => {
  test('get them again by what their cameras see', async () => {
    const { names, right } = await salvaged(300, CAMERAS);
    assert.deepEqual(names, CAMERAS.map((camera) => `${RECENT}/${clipName(2, camera)}`).sort());
    assert.ok(right);
  });

  test('stay unknown when the pictures show nothing', async () => {
    const { names, right } = await salvaged(0, ['back', 'left_pillar']);
    assert.ok(right);
    assert.deepEqual(
      names,
      [1, 2].map((at) => `${RECENT}/2026-03-01_17-02-05-camera-unknown-${at}.mp4`),
    );
  });
});
