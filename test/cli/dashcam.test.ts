/** `vidette inspect` and `vidette repair` of a car's drive. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EVENT, fill, makeFootage, RECENT } from '../dashcam/car.ts';
import { EXFAT_DAMAGE, HIT } from '../dashcam/damage.ts';
import { ExfatImage } from '../dashcam/exfat-image.ts';
import { type Ran, vidette } from './run.ts';

let cwd = '';
const footage = makeFootage({ minutes: 4 });
const run = (...args: string[]): Promise<Ran> => vidette(args, { cwd });

before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vidette-car-'));
  using image = new ExfatImage(join(cwd, 'cam.img'), { bytes: 16 << 20 });
  fill(image, footage);
  EXFAT_DAMAGE.find(({ name }) => name === 'E9')?.apply(image);
  for (const [path, bytes] of footage.files) {
    await mkdir(join(cwd, 'stick', path, '..'), { recursive: true });
    await writeFile(join(cwd, 'stick', path), bytes);
  }
});
after(() => rm(cwd, { recursive: true, force: true }));

test('repair: a drive comes out whole, with the clip that had lost its entry', async () => {
  const told = await run('repair', 'cam.img', '-o', 'rescued', '--json');
  assert.deepEqual([told.code, told.err], [0, '']);
  const report = JSON.parse(told.out);
  assert.equal(report.volumes[0].files.length, footage.files.size);
  assert.deepEqual(report.volumes[0].lost, []);
  for (const [path, bytes] of footage.files) assert.ok(bytes.equals(await readFile(join(cwd, 'rescued', path))), path);

  const again = await run('repair', 'cam.img', '-o', 'rescued');
  assert.equal(again.code, 0);
  assert.ok(again.out.includes(`${HIT}`) && again.out.includes('had lost its entry'), again.out);

  await writeFile(join(cwd, 'rescued', HIT), 'something else');
  const refused = await run('repair', 'cam.img', '-o', 'rescued');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /exists already, with other contents/);
  assert.equal(await readFile(join(cwd, 'rescued', HIT), 'utf8'), 'something else');
});

test('repair: what is no drive has nothing to recover', async () => {
  await writeFile(join(cwd, 'zeros.img'), Buffer.alloc(1 << 20));
  await writeFile(join(cwd, 'empty.img'), '');
  for (const name of ['zeros.img', 'empty.img']) {
    const { code, err } = await run('repair', name);
    assert.equal(code, 1);
    assert.match(err, /nothing to recover/);
  }
  assert.equal((await run('repair', 'no.img')).code, 1);
});

test('inspect: the tree of an image and of a folder', async () => {
  const image = JSON.parse((await run('inspect', 'cam.img', '--json')).out);
  assert.equal(image.volumes[0].kind, 'exfat');
  assert.equal(image.volumes[0].files.length, footage.files.size - 1);
  const folder = await run('inspect', 'stick');
  assert.equal(folder.code, 0);
  assert.ok(
    folder.out.includes(`${RECENT}/`) && folder.out.includes('2026-03-01_17-03-05-left_pillar.mp4'),
    folder.out,
  );
});

test('inspect: telemetry and event of a clip', async () => {
  const path = `${EVENT}/2026-03-01_17-01-05-back.mp4`;
  const { car } = JSON.parse((await run('inspect', join('stick', path), '--json')).out);
  const clip = footage.clips.get(path);
  assert.deepEqual(
    car.telemetry.map((one: { telemetry: unknown }) => one.telemetry),
    clip?.pictures.map(({ telemetry }) => telemetry),
  );
  assert.deepEqual([car.camera, car.utc, car.local], ['back', '2026-03-02T01:01:05.000Z', '2026-03-01T17:01:05']);
  assert.deepEqual([car.event.reason, car.event.camera], ['sentry_aware_object_detection', 'front']);
  const shown = await run('inspect', join('stick', path));
  assert.match(shown.out, /Telemetry +of \d+ of \d+ pictures/);
  assert.match(shown.out, /Event +sentry_aware_object_detection/);
});
