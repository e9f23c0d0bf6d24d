import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { machineFacts, machineHints } from './machine.ts';
import { isOpenToAll, readDriveSettings, secretIn } from './settings.ts';
import { sizeOf } from './sizes.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-settings-'));
});
after(() => rm(folder, { recursive: true }));

test('sizes as people write them', () => {
  assert.deepEqual(
    ['64G', '64GB', '1.5M', '500', '2 kb', '1T'].map((text) => sizeOf(text, 'size')),
    [68_719_476_736, 64e9, 1_572_864, 500, 2000, 2 ** 40],
  );
  for (const text of ['', 'G', '64X', '-1G', '1e3', '99999999T'])
    assert.throws(() => sizeOf(text, 'size'), /is no size/, text);
});

test('the command line counts more than the file, and what is wrong is named', async () => {
  const file = join(folder, 'drive.json');
  const base = { images: '/b', spool: '/b/spool', size: '32GB', mode: 'swap' };
  await writeFile(file, JSON.stringify(base));
  const settings = readDriveSettings(file, { mode: 'live', port: undefined });
  assert.deepEqual(
    [settings.mode, settings.port, settings.bytes, settings.state, settings.fs],
    ['live', 8041, Math.floor(32e9 / 2 ** 20) * 2 ** 20, '/b/drive-state', 'exfat'],
  );
  const wrong = async (more: object, words: RegExp): Promise<void> => {
    await writeFile(file, JSON.stringify({ ...base, ...more }));
    assert.throws(() => readDriveSettings(file, {}), words);
  };
  await wrong({ hubb: 'x' }, /“hubb”/);
  await wrong({ hub: 'ftp://x' }, /“hub”: an address/);
  await wrong({ hub: 'https://hub.test' }, /no token/);
  await wrong({ size: '4G' }, /too small/);
  await wrong({ token: 'vdt_secret' }, /“token”/);
  await wrong({ awake: { by: 'tesla-wake', vin: 'short', tokenFile: '/t' } }, /VIN/);
  await writeFile(file, '{');
  assert.throws(() => readDriveSettings(file, {}), /no JSON/);
  assert.throws(() => readDriveSettings(join(folder, 'none'), {}), /ENOENT/);
  assert.throws(() => readDriveSettings(undefined, { images: '/b' }), /“spool” is not set/);
});

test('a secret is the first line of its file, and never in a message', async () => {
  const file = join(folder, 'token');
  await writeFile(file, '  vdt_secret-word \nmore');
  assert.equal(secretIn(file), 'vdt_secret-word');
  await chmod(file, 0o644);
  assert.equal(isOpenToAll(file), true);
  await chmod(file, 0o600);
  assert.equal(isOpenToAll(file), false);
  await writeFile(file, 'two words\n');
  assert.throws(
    () => secretIn(file),
    (error: Error) => error.message.includes(file) && !error.message.includes('words'),
  );
  assert.throws(() => secretIn(join(folder, 'none')), /ENOENT/);
});

test('what this machine lacks is said with its remedy', () => {
  const good = { arch: 'arm64', controllers: ['3f980000.usb'], configfs: true, helper: true };
  assert.deepEqual(machineHints(good), []);
  assert.match(machineHints({ ...good, arch: 'arm' })[0] ?? '', /armv6.*Zero 2 W/);
  assert.match(machineHints({ ...good, controllers: [] })[0] ?? '', /dtoverlay=dwc2/);
  assert.match(machineHints({ ...good, configfs: false })[0] ?? '', /libcomposite/);
  assert.match(machineHints({ ...good, helper: false })[0] ?? '', /install\.sh/);
  assert.deepEqual(
    [machineFacts(['sudo', '/nowhere/helper']).helper, machineFacts([process.execPath]).helper],
    [false, true],
  );
});
