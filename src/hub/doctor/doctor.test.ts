import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../base/errors.ts';
import type { Camera } from '../../contract/camera.ts';
import { readSettings } from '../settings.ts';
import { checkDataFolder } from './data-folder.ts';
import { checkDatabase } from './database.ts';
import { checkMachine, type Machine } from './machine.ts';
import { camerasAre, checkHub, storageIs } from './running-hub.ts';

const good: Machine = {
  glibc: '2.36',
  node: '24.1.0',
  arch: 'x64',
  memory: 8e9,
  now: Date.UTC(2027, 0, 1),
  clockKept: true,
};
const states = async (machine: Partial<Machine>): Promise<string> =>
  (await checkMachine({ ...good, ...machine })).map(({ state }) => state).join(' ');

test('the machine: what is too old, too small or wrong is said', async () => {
  assert.equal(await states({}), 'ok ok ok ok');
  assert.equal(await states({ glibc: undefined }), 'bad ok ok ok');
  assert.equal(await states({ glibc: '2.9', node: '22.0.0' }), 'bad warn ok ok');
  assert.equal(await states({ memory: 1e9, now: 0 }), 'ok ok warn bad');
  assert.equal(await states({ memory: 1e8, clockKept: false }), 'ok ok bad warn');
});

test('the data folder: a library without its marker and a readable key are said, with what to do', async () => {
  const data = await mkdtemp(join(tmpdir(), 'vidette-doctor-'));
  try {
    const settings = readSettings({ VIDETTE_DATA: data });
    const fresh = await checkDataFolder(settings);
    assert.ok(fresh.every(({ state, name }) => state === 'ok' || name === 'disk'));
    await mkdir(join(data, 'library'));
    await writeFile(join(data, 'secret.key'), 'x');
    await chmod(join(data, 'secret.key'), 0o644);
    await writeFile(join(data, 'hub.lock'), JSON.stringify({ pid: process.pid, startTime: 1 }));
    const lines = await checkDataFolder(settings);
    const bad = lines.filter(({ state, name }) => state === 'bad' && name !== 'disk').map(({ name }) => name);
    assert.deepEqual(bad, ['library', 'key']);
    assert.match(lines.find(({ name }) => name === 'lock')?.says ?? '', /left behind/);
    assert.ok(lines.filter(({ state }) => state !== 'ok').every(({ remedy }) => remedy !== undefined));
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});

test('no hub: the port that it would take is tried', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const number = typeof address === 'object' && address ? address.port : 0;
  const settings = readSettings({ VIDETTE_DATA: join(tmpdir(), randomUUID()), VIDETTE_PORT: String(number) });
  const none = () => Promise.reject(new UserError('none', '', { code: 'no-hub' }));
  try {
    const { running, checks } = await checkHub(settings, none);
    assert.equal(running, false);
    assert.deepEqual(
      checks.map(({ name, state }) => `${name} ${state}`),
      ['hub warn', 'port bad'],
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a database that cannot be reached is said without its password', async () => {
  const settings = readSettings({ VIDETTE_DATABASE: 'postgres://joe:canary77@127.0.0.1:1/vidette' });
  const [line] = await checkDatabase(settings);
  assert.equal(line?.state, 'bad');
  assert.doesNotMatch(JSON.stringify(line), /canary77/);
});

test('cameras: one line for those that record, one for each that does not', () => {
  const now = Date.UTC(2027, 0, 1);
  const camera = (name: string, over: Partial<Camera['state']>, enabled = true): Camera => ({
    id: randomUUID(),
    name,
    kind: 'camera',
    folder: name,
    url: 'rtsp://192.0.2.1/',
    username: null,
    hasPassword: false,
    enabled,
    demo: false,
    retention: { days: null, bytes: null, momentDays: null, archiveAfterDays: null },
    subUrl: null,
    recordSub: false,
    reader: 'auto',
    transport: 'auto',
    sound: 'keep',
    alertAfterSeconds: 30,
    latest: 'off',
    onvif: null,
    tracks: ['main'],
    state: { status: 'recording', since: new Date(now - 60_000).toISOString(), ...over },
    footage: { bytes: 0, from: null, to: null },
    createdAt: new Date(now).toISOString(),
  });
  const lines = camerasAre(
    [
      camera('a', {}),
      camera('b', { status: 'backoff', reason: 'the camera refuses the password' }),
      camera('c', { status: 'connecting', since: new Date(now - 1000).toISOString() }),
      camera('d', { status: 'disabled' }, false),
    ],
    now,
  );
  assert.deepEqual(
    lines.map(({ state, says }) => `${state}: ${says}`),
    [
      'ok: 1 of 3 record, 1 switched off',
      'bad: “b” does not record: the camera refuses the password',
      'warn: “c” is connecting',
    ],
  );
});

test('the archive and a clock that is not believed have lines of their own', () => {
  const place = { where: '/mnt/nas', bytes: 1, free: 1, total: 2, floor: 0 };
  const library = { ...place, state: 'ok' as const, full: false };
  const archive = { ...place, bytesPerSecond: 1, reason: null, moved: { segments: 0, bytes: 0 } };
  const states = [
    { ...archive, state: 'ok' as const, moving: 'idle' as const },
    { ...archive, state: 'ok' as const, moving: 'waiting' as const, reason: 'The archive is full.' },
    { ...archive, state: 'missing' as const, moving: 'idle' as const },
    { ...archive, state: 'away' as const, moving: 'idle' as const },
  ];
  const of = (one: (typeof states)[number] | null) =>
    storageIs({ library, archive: one, protectedBytes: 0, clock: null });
  assert.deepEqual(of(null), []);
  assert.deepEqual(
    states.map((one) => of(one)[0]?.state),
    ['ok', 'warn', 'bad', 'bad'],
  );
  const moment = '2027-01-01T00:00:00.000Z';
  const clock = { says: moment, trusted: moment, believedAt: moment };
  assert.match(storageIs({ library, archive: null, protectedBytes: 0, clock })[0]?.says ?? '', /leapt ahead/);
});
