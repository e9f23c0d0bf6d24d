/**
 * Drives on a device, over a real sshd: read, never written.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Unavailable, UserError } from '../../src/base/errors.ts';
import { FileCache } from '../../src/sources/openpilot/files/cache/file-cache.ts';
import type { FilesNeed } from '../../src/sources/openpilot/files/need.ts';
import { isSshAddress, mayBeSshAddress, sshAddress } from '../../src/sources/openpilot/files/ssh/ssh-address.ts';
import { openSshDrive } from '../../src/sources/openpilot/files/ssh/ssh-drive.ts';
import { parseRoute } from '../../src/sources/openpilot/names/parse-route.ts';
import type { NamedRoute } from '../../src/sources/openpilot/names/route-request.ts';
import { vidette } from '../cli/run.ts';
import { filmsCanBeMade, makeFilm, whyNoFilms } from './film.ts';
import { writeRoute } from './route.ts';
import { type SshServer, sshIsMissing, startSshServer } from './ssh-server.ts';
import { makeWorld } from './world.ts';

const NEW = '0000002c--d68dde99ca';
const NEED: FilesNeed = {
  ranges: [{ start: 61, end: 70 }],
  cameras: ['road'],
  log: 'drawn',
  preroll: 3,
  sound: true,
  quality: 'best',
};
const LOG = randomBytes(900_000);
const VIDEO = randomBytes(2_000_000);

describe('drives over SSH', { skip: sshIsMissing }, () => {
  let folder = '';
  let server: SshServer;
  let realdata = '';
  let caches = 0;
  const newCache = (): FileCache => new FileCache(join(folder, `cache-${caches++}`), 1e9);
  const named = (text: string): NamedRoute => {
    const request = parseRoute(text);
    assert.ok(request.kind === 'route');
    return request;
  };
  const address = (path = realdata) => sshAddress(`ssh://${server.user}@127.0.0.1:${server.port}${path}`);
  const open = (
    wanted: string | null,
    more: { cache?: FileCache; config?: string; path?: string; signal?: AbortSignal } = {},
  ) =>
    openSshDrive(address(more.path), wanted === null ? null : named(wanted), {
      cache: more.cache ?? newCache(),
      config: more.config ?? server.config,
      signal: more.signal,
      retryPause: 10,
    });
  async function words(
    task: Promise<unknown>,
    kind: typeof UserError | typeof Unavailable = UserError,
  ): Promise<string> {
    try {
      await task;
    } catch (error) {
      assert.ok(error instanceof kind, `${error}`);
      return error instanceof UserError ? `${error.message} ${error.remedy}` : error.message;
    }
    assert.fail('it went well');
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-ssh-'));
    await mkdir(join(folder, 'keys'));
    server = await startSshServer(join(folder, 'keys'));
    // Names that a shell must not read.
    realdata = join(folder, "it's $(touch pwned) & data");
    const files: Record<string, Buffer> = {
      [`${NEW}--0/rlog.zst`]: LOG,
      [`${NEW}--1/rlog.zst`]: LOG,
      [`${NEW}--1/qcamera.ts`]: LOG,
      [`${NEW}--1/fcamera.hevc`]: VIDEO,
      [`${NEW}--1/fcamera.hevc.lock`]: Buffer.alloc(0),
      '0000000a--aaaaaaaaaa--0/qlog.zst': LOG,
    };
    for (const [name, body] of Object.entries(files)) {
      await mkdir(dirname(join(realdata, name)), { recursive: true });
      await writeFile(join(realdata, name), body);
    }
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('only what is needed comes, whole, and the next time nothing', async () => {
    const cache = newCache();
    for (const _ of [1, 2]) {
      await using drive = await open(`a2a0ccea32023010|${NEW}--1`, { cache });
      assert.deepEqual(
        [drive.dongle, drive.logId, drive.minutes, drive.asked],
        ['a2a0ccea32023010', NEW, 2, { start: 60, end: 120 }],
      );
      const plan = await drive.plan(NEED);
      assert.match(plan.notes.join(), /still writing/);
      const minutes = await drive.bring(plan);
      assert.deepEqual(
        minutes.map(({ segment, shown, files }) => [segment, shown, Object.keys(files).sort()]),
        [
          [0, false, ['rlog']],
          [1, true, ['fcamera', 'qcamera', 'rlog']],
        ],
      );
      assert.ok((await readFile(minutes[1]?.files.fcamera ?? '')).equals(VIDEO));
      assert.ok((await readFile(minutes[0]?.files.rlog ?? '')).equals(LOG));
    }
    const commands = await server.commands();
    assert.equal(commands.filter((line) => line.startsWith('cat ')).length, 4);
    for (const line of commands)
      assert.match(
        line,
        /^(find '.*' -maxdepth 5 -type f .*-exec stat -c '%s %Y %n' \{\} \+|cat -- '.*'|tail -c \+\d+ -- '.*')$/,
      );
    await assert.rejects(stat(join(folder, 'pwned')), { code: 'ENOENT' });
  });

  test('a beginning that is here is not sent again', async () => {
    const cache = newCache();
    const stop = new AbortController();
    {
      await using drive = await open(NEW, { cache, signal: stop.signal });
      const plan = await drive.plan({ ...NEED, ranges: [{ start: 70, end: 80 }], sound: false });
      const bringing = drive.bring(plan, {
        signal: stop.signal,
        onProgress: ({ bytes }) => {
          if (bytes > 1_000_000) stop.abort();
        },
      });
      await assert.rejects(bringing, { name: 'AbortError' });
    }
    await using drive = await open(NEW, { cache });
    const plan = await drive.plan({ ...NEED, ranges: [{ start: 70, end: 80 }], sound: false });
    let came = 0;
    const [minute] = await drive.bring(plan, { onProgress: ({ bytes }) => (came = bytes) });
    assert.ok((await readFile(minute?.files.fcamera ?? '')).equals(VIDEO));
    assert.ok(came < VIDEO.length + LOG.length - 900_000, `${came} bytes came again`);
    assert.ok((await server.commands()).some((line) => line.startsWith('tail -c +')));
  });

  test('what is not there is told with what is', async () => {
    assert.match(
      await words(open('0000000b--bbbbbbbbbb')),
      /does not hold 0000000b--bbbbbbbbbb\. There: 0000000a--aaaaaaaaaa, 0000002c--d68dde99ca/,
    );
    assert.match(await words(open(null)), /holds 2 drives\. Name one of them/);
    assert.match(await words(open(NEW, { path: '/nothing/there' })), /no such folder.*\/data\/media\/0\/realdata/);
  });

  test('a device that is not known, a key that it does not take, and no device', async () => {
    assert.match(
      await words(open(NEW, { config: server.configOfStranger })),
      /does not know .* yet\. Connect once by hand and accept its key: ssh -p \d+/,
    );
    assert.match(
      await words(open(NEW, { config: server.configWithWrongKey })),
      /does not accept your SSH key\. .*GitHub/,
    );
    const nobody = openSshDrive(sshAddress('ssh://comma@127.0.0.1:9/x'), null, {
      cache: newCache(),
      config: server.config,
      signal: undefined,
    });
    assert.match(await words(nobody, Unavailable), /127\.0\.0\.1 does not answer by SSH/);
  });

  test('a clip is made of a drive on a device', { skip: filmsCanBeMade ? false : whyNoFilms }, async () => {
    const logId = '0000001f--0a1b2c3d4e';
    const device = join(folder, 'device');
    const made = await writeRoute({
      folder: device,
      world: makeWorld(),
      minutes: 1,
      year: 2026,
      logId,
      logs: () => ['qlog'],
    });
    const [minute = ''] = made.segments;
    makeFilm(join(minute, 'qcamera.ts'), { seconds: 8 });
    const data = `ssh://${server.user}@127.0.0.1:${server.port}${dirname(minute)}`;
    const env = { VIDETTE_SSH_CONFIG: server.config };
    const ran = await vidette(['clip', logId, '--data', data, '-s', '2', '-l', '2', '-m', '0.5', '-o', 'ssh.mp4'], {
      cwd: folder,
      env,
    });
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /^ssh\.mp4 \(/);
    assert.ok((await stat(join(folder, 'ssh.mp4'))).size > 10_000);
  });

  test('no secret of this process is given to ssh', async () => {
    process.env.VIDETTE_COMMA_TOKEN = 'canary-of-the-token';
    try {
      const seen = join(folder, 'environment');
      const config = join(folder, 'config-environment');
      await writeFile(
        config,
        `${await readFile(server.config, 'utf8')}\nProxyCommand sh -c 'cat /proc/$PPID/environ > ${seen}; exec nc 127.0.0.1 ${server.port} 2>/dev/null || exit 1'\n`,
      );
      await openSshDrive(address(), named(NEW), { cache: newCache(), config, signal: undefined }).catch(
        () => undefined,
      );
      const environment = await readFile(seen, 'utf8');
      assert.match(environment, /LC_ALL=C/, 'it is the environment of ssh');
      assert.ok(!environment.includes('canary-of-the-token'));
    } finally {
      delete process.env.VIDETTE_COMMA_TOKEN;
    }
  });
});

test('addresses of devices', () => {
  const plain = { user: 'comma', host: '192.0.2.7', port: null, path: '/data/media/0/realdata' };
  for (const text of [
    'ssh://comma@192.0.2.7',
    'ssh://comma@192.0.2.7/',
    'comma@192.0.2.7:',
    'comma@192.0.2.7',
    'comma@192.0.2.7:/data/media/0/realdata/',
  ])
    assert.deepEqual(sshAddress(text), plain, text);
  assert.deepEqual(sshAddress('ssh://[2001:db8::1]:2222/x'), {
    user: null,
    host: '2001:db8::1',
    port: 2222,
    path: '/x',
  });
  for (const bad of [
    'ssh://-oProxyCommand=x/',
    'ssh://comma@-oProxyCommand=x/',
    '-oProxyCommand=x@host:/x',
    'ssh://comma@host:99999/x',
    'ssh://comma:hunter2@host/x',
    'ssh://comma@host/a\nb',
    'comma@host:relative',
    'ssh://',
    'ssh://a b/x',
  ])
    assert.throws(
      () => sshAddress(bad),
      (error: unknown) => error instanceof UserError && !error.message.includes('hunter2'),
      bad,
    );
  for (const text of ['ssh://x', 'comma@host:/x']) assert.ok(isSshAddress(text));
  for (const text of ['comma@host', 'comma@192.0.2.7', 'comma@[2001:db8::1]']) assert.ok(mayBeSshAddress(text));
  for (const text of ['folder', './comma@host', 'a/comma@host', '@host', 'comma@'])
    assert.ok(!mayBeSshAddress(text), text);
  for (const text of ['/data/x', './a@b:c', 'C:/x', 'a2a0|x', 'folder']) assert.ok(!isSshAddress(text), text);
});
