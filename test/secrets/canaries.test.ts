/**
 * No secret anywhere: every secret of a running system is known to the test, everything is driven, and then everything that was
 * written, answered or shown is searched for each of them. The same search must find each of them where it was planted.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { WebSocket } from 'ws';
import { pathOf } from '../../src/contract/client.ts';
import type { RouteShape } from '../../src/contract/route.ts';
import { routes } from '../../src/contract/routes.ts';
import { projectRoot } from '../house/imports.ts';
import { FakeApi } from '../openpilot/api-server.ts';
import { FakeOsu } from '../osu/fake-osu.ts';
import { type DebianPostgres, debianBinaries, startDebianPostgres } from '../postgres/debian.ts';
import { startTestCamera, type TestCamera } from '../rtsp/camera.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { Answers, filesIn, gather, rowsOf } from './places.ts';
import { type Watch, watchProcesses } from './processes.ts';
import { type Canary, formsOf, type Place, search } from './search.ts';

const CLI = join(projectRoot, 'bin/vidette.js');
const skip =
  debianBinaries() === undefined && !process.env.CI
    ? 'Debian’s PostgreSQL 15 is not installed (apt-get install postgresql-15)'
    : false;

const DRIVE = 'a2a0ccea32023010|0000010a--a51155e496';

/** A secret that nothing else holds, with letters that need care in addresses and in JSON. */
const secret = (name: string, odd = ''): string => `${name}${odd}${randomBytes(12).toString('hex')}`;

/** The one file that may hold the key. */
const KEY_FILE = { 'secret.key': ['secret.key', 'secret.key, its bytes'] };

/** Processes that a person gave secrets to: the commands themselves, not what they start. */
const isCommand = (line: string): boolean => /bin\/vidette\.js|cli\/vidette\.ts/.test(line);

/** What one admin session does by HTTP, all of it remembered. */
class Person {
  readonly url: string;
  readonly answers: Answers;
  cookie = '';
  constructor(url: string, answers = new Answers()) {
    this.url = url;
    this.answers = answers;
  }

  async ask(
    route: RouteShape,
    input: { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown; raw?: string } = {},
    issues: readonly string[] = [],
    headers: Record<string, string> = { cookie: this.cookie },
  ) {
    const body = input.raw ?? (input.body === undefined ? undefined : JSON.stringify(input.body));
    return await this.answers.fetch(
      this.url + pathOf(route, input.params, input.query),
      {
        method: route.method,
        headers: {
          origin: new URL(this.url).origin,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      },
      issues,
    );
  }

  /** As `ask`, and it must go well. */
  async get<R extends RouteShape>(route: R, input: Parameters<Person['ask']>[1] = {}, issues: readonly string[] = []) {
    const { status, body } = await this.ask(route, input, issues);
    assert.equal(status, 200, `${route.method} ${route.path}: ${body.toString('utf8').slice(0, 500)}`);
    return JSON.parse(body.toString('utf8'));
  }

  /** @returns the secret word in the cookie */
  async enterBy(link: string, issued: string): Promise<string> {
    const { status, headers } = await this.ask(
      routes.redeemLink,
      { body: { code: link.slice(link.indexOf('#') + 1) } },
      [issued],
      {},
    );
    assert.equal(status, 200);
    return this.keep(headers);
  }

  keep(headers: Headers): string {
    const [pair = ''] = headers.getSetCookie()[0]?.split(';') ?? [];
    this.cookie = pair;
    return pair.slice(pair.indexOf('=') + 1);
  }
}

describe('no secret anywhere, on a database server', { skip }, () => {
  const canaries: Canary[] = [];
  const plant = (name: string, value: string | Buffer): void => void canaries.push({ name, value });
  const words = {
    database: secret('Db', '#/%'),
    byAddress: secret('Ad', '/@:'),
    byField: secret('Fi', '"&\\é'),
    byEnvironment: secret('En'),
    wrong: secret('Wr', '#'),
    unreachable: secret('Un'),
    query: secret('Qu'),
    account: secret('Ac', '"{'),
    wrongAccount: secret('Wa'),
    store: secret('St'),
    tried: secret('Tr', '#"'),
    second: secret('Se'),
    onvif: secret('On', '<&"'),
    drives: secret('Dr', '.-~'),
    wrongDrives: secret('Wd', '+/='),
    scores: secret('Sc', '&%'),
    wrongScores: secret('Ws', '=+'),
  };
  const places: Place[] = [];
  const printed: { name: string; text: () => string; issues: string[] }[] = [];
  const helpers: ChildProcess[] = [];
  let data = '';
  let postgres: DebianPostgres;
  let drivesApi: FakeApi;
  let osu: FakeOsu;
  let cameras: TestCamera[];
  let site: ReturnType<typeof createServer>;
  let watch: Watch;
  let system: System | undefined;
  let person: Person;
  let client: pg.Client;

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'vidette-secrets-'));
    await chmod(data, 0o755);
    watch = watchProcesses(data, isCommand);
    const camera = (username: string, password: string) =>
      startTestCamera({ fixture: 'h264-360p', auth: { kind: 'digest', username, password } });
    postgres = await startDebianPostgres(15, {
      password: words.database,
      settings: { log_statement: 'all', log_error_verbosity: 'verbose', log_parameter_max_length_on_error: '-1' },
    });
    cameras = await Promise.all([
      camera('anna', words.byAddress),
      camera('bert', words.byField),
      camera('carl', words.byEnvironment),
    ]);
    const [small, rest] = [Buffer.from('no log'), Buffer.from('no film')];
    osu = await FakeOsu.start(words.scores);
    drivesApi = await FakeApi.start(words.drives, {
      [DRIVE]: {
        public: false,
        start: Date.now() - 600_000,
        minutes: { 0: { 'qlog.zst': small, 'qcamera.ts': rest } },
      },
    });
    // A camera behind HTTP that wants another password, and says so at length.
    site = createServer((request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"', 'content-type': 'text/plain' });
      response.end(`no: ${request.url} ${request.headers.authorization}`);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    for (const [name, value] of Object.entries(words)) plant(name, value);
    system = await startVidette({
      data,
      args: ['--no-demo', '--camera', cameras[2]?.url() ?? ''],
      env: {
        VIDETTE_DATABASE: postgres.url,
        VIDETTE_SEGMENT_SECONDS: '4',
        VIDETTE_FLOOR_BYTES: '1000000',
        VIDETTE_CAMERA_USER: 'carl',
        VIDETTE_CAMERA_PASSWORD: words.byEnvironment,
        AWS_SECRET_ACCESS_KEY: words.store,
      },
    });
    const { output, link } = system;
    printed.push({ name: 'output of serve', text: output, issues: ['first link'] });
    plant('first link', link.slice(link.indexOf('#') + 1));
    const key = (await readFile(join(data, 'secret.key'), 'utf8')).trim();
    plant('secret.key', key);
    plant('secret.key, its bytes', Buffer.from(key, 'base64'));
    plant('local door', JSON.parse(await readFile(join(data, 'run/hub.json'), 'utf8')).secret);
    client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    person = new Person(system.url);
  });

  after(async () => {
    watch?.stop();
    for (const helper of helpers) helper.kill('SIGKILL');
    await client?.end();
    await system?.[Symbol.asyncDispose]();
    site?.close();
    await drivesApi?.[Symbol.asyncDispose]();
    await osu?.[Symbol.asyncDispose]();
    for (const camera of cameras ?? []) await camera.close();
    await postgres?.stop();
    if (data !== '') await rm(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  /** Runs the CLI as a person would; both outputs are searched later. */
  function command(args: readonly string[], env: Record<string, string> = {}, issues: string[] = []) {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, VIDETTE_DATA: data, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      out += piece;
      all += piece;
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      all += piece;
    });
    printed.push({ name: `output of ${args[0]}`, text: () => all, issues });
    helpers.push(child);
    const done = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, done, out: () => out, all: () => all };
  }

  test('signing in, rightly and wrongly', async () => {
    plant('cookie of the link', await person.enterBy(system?.link ?? '', 'cookie of the link'));
    await person.get(routes.setPassword, { body: { name: 'anna', password: words.account } });
    const bad = { name: 'anna', password: words.wrongAccount };
    assert.equal((await person.ask(routes.signIn, { body: bad }, [], {})).status, 401);
    const broken = `{"name":"anna","password":"${words.wrongAccount}`;
    for (const raw of [broken, `${words.wrongAccount}`, `[${words.wrongAccount}]`])
      assert.equal((await person.ask(routes.signIn, { raw }, [], {})).status, 400);
    for (const body of [
      { name: { x: words.account }, password: 1 },
      { name: words.account.repeat(20), password: '' },
    ])
      assert.equal((await person.ask(routes.signIn, { body }, [], {})).status, 400);
    const entered = await person.ask(
      routes.signIn,
      { body: { name: 'anna', password: words.account } },
      ['session cookie'],
      {},
    );
    assert.equal(entered.status, 200);
    plant('session cookie', person.keep(entered.headers));
    await person.get(routes.createUser, { body: { name: 'viewer', password: words.account, role: 'viewer' } });
    const used = await person.ask(routes.redeemLink, { body: { code: system?.link.split('#')[1] } }, [], {});
    assert.notEqual(used.status, 200, 'a link works once');
  });

  test('tokens are made, and a recorder and a worker of another machine use theirs', async () => {
    for (const scope of ['api', 'recorder', 'worker'] as const) {
      const made = await person.get(routes.createToken, { body: { name: scope, scope } }, [`${scope} token`]);
      plant(`${scope} token`, made.secret);
    }
    const hub = ['--hub', system?.url ?? ''];
    command(['record', ...hub, '--spool', join(data, 'far-recorder')], { VIDETTE_TOKEN: wordOf('recorder token') });
    command(['work', ...hub, '--scratch', join(data, 'far-worker')], { VIDETTE_TOKEN: wordOf('worker token') });
  });

  test('cameras of every kind of credential, some of which do not work', async () => {
    const [first, second] = cameras;
    const port = (site.address() as AddressInfo).port;
    const address = (camera: TestCamera | undefined, credential: string, rest = ''): string =>
      (camera?.url() ?? '').replace('rtsp://', `rtsp://${credential}`) + rest;
    const given: Record<string, object> = {
      'By address': {
        url: address(first, `anna:${encodeURIComponent(words.byAddress)}@`, `?token=${words.query}&channel=1`),
      },
      'By field': { url: address(second, ''), username: 'bert', password: words.byField },
      'Wrong password': { url: address(first, `anna:${words.wrong}@`) },
      'Far away': { url: `rtsp://u:${words.unreachable}@127.0.0.1:1/live?password=${words.query}` },
      'Far away by FFmpeg': { url: `http://u:${words.unreachable}@127.0.0.1:1/a.m3u8?auth=${words.query}` },
      'Refusing by FFmpeg': { url: `http://u:${words.unreachable}@127.0.0.1:${port}/a.mp4?token=${words.query}` },
    };
    for (const [name, camera] of Object.entries(given))
      await person.get(routes.createCamera, { body: { name, ...camera } });
    await person.get(routes.changeCamera, { params: { id: 'Far away' }, body: { password: words.wrong } });
    for (const url of [`bogus://u:${words.unreachable}@x`, `rtsp://u:${words.unreachable}@`])
      await person.ask(routes.createCamera, { body: { name: 'Bad', url } });
    await person.ask(routes.createCamera, { body: { name: { a: words.byField }, password: [words.byField] } });
    await person.ask(routes.createCamera, { raw: `{"name":"x","password":"${words.unreachable}` });
    await untilFound(async () => {
      const list = (await person.get(routes.listCameras)) as {
        name: string;
        state: { status: string; reason?: string };
      }[];
      const state = (name: string) => list.find((one) => one.name === name)?.state;
      const well = ['By address', 'By field', 'Camera 127.0.0.1'].every((name) => state(name)?.status === 'recording');
      const badly = ['Wrong password', 'Far away', 'Far away by FFmpeg', 'Refusing by FFmpeg'].every(
        (name) => state(name)?.reason !== undefined,
      );
      return well && badly ? true : undefined;
    }, 30_000);
  });

  test('addresses that are tried, a second stream, and cameras asked by ONVIF', async () => {
    const port = (site.address() as AddressInfo).port;
    const [first] = cameras;
    const onSite = `http://u:${encodeURIComponent(words.tried)}@127.0.0.1:${port}/a.mp4?token=${words.second}`;
    await person.get(routes.changeCamera, {
      params: { id: 'By address' },
      body: {
        subUrl: `${first?.url() ?? ''}?token=${words.second}`,
        onvif: { url: `http://127.0.0.1:${port}/onvif/device_service` },
      },
    });
    // Each of them fails at the other end, which repeats what it was given.
    for (const body of [
      { url: first?.url(), username: 'anna', password: words.tried },
      { url: `rtsp://u:${encodeURIComponent(words.tried)}@127.0.0.1:1/x?password=${words.second}` },
      { url: onSite },
    ])
      assert.equal((await person.get(routes.testAddress, { body })).ok, false);
    assert.equal((await person.get(routes.testCamera, { params: { id: 'By address' } })).ok, true);
    const access = { url: `http://127.0.0.1:${port}/`, username: 'u', password: words.onvif };
    assert.notEqual((await person.ask(routes.describeCamera, { body: access })).status, 200);
    const move = { params: { id: 'By address' }, body: { do: 'move', pan: 1 } };
    assert.notEqual((await person.ask(routes.moveCamera, move)).status, 200);
  });

  test('an application of osu!, rightly and wrongly', async () => {
    const body = { clientId: osu.clientId, server: osu.url, secret: words.scores };
    const wrong = { ...body, secret: words.wrongScores };
    for (const route of [routes.testScoreAccess, routes.setScoreAccess])
      assert.equal((await person.ask(route, { body: wrong })).status, 400);
    await person.ask(routes.setScoreAccess, { body: { ...body, clientId: { a: words.scores } } });
    await person.ask(routes.setScoreAccess, { body: { ...body, server: 'http://127.0.0.1:1' } });
    await person.get(routes.setScoreAccess, { body });
    assert.equal((await person.ask(routes.addScore, { body: { link: `${osu.url}/scores/1` } })).status, 404);
  });

  test('an account that holds drives, rightly and wrongly', async () => {
    const from = { type: 'account', api: drivesApi.url };
    const tried = await person.get(routes.testDriveSource, { body: { from, token: words.wrongDrives } });
    assert.equal(tried.ok, false);
    await person.get(routes.createDriveSource, { body: { name: 'Account', from, token: words.drives } });
    const wrong = { name: 'Wrong account', from, token: words.wrongDrives };
    await person.get(routes.createDriveSource, { body: wrong });
    await person.ask(routes.createDriveSource, { body: { ...wrong, name: { a: words.drives } } });
    await person.ask(routes.createDriveSource, { raw: `{"name":"x","token":"${words.wrongDrives}` });
    const other = { from: { type: 'account', api: 'http://127.0.0.1:1' } };
    assert.notEqual(
      (await person.ask(routes.changeDriveSource, { params: { id: 'Account' }, body: other })).status,
      200,
    );
    await untilFound(async () => ((await person.get(routes.listDrives)) as unknown[])[0] && true, 30_000);
    await untilFound(async () => {
      const { drive } = (await person.get(routes.getDrive, { params: { id: DRIVE } })) as {
        drive: { details: string };
      };
      return drive.details === 'failed' ? true : undefined;
    }, 60_000);
    assert.notEqual((await person.ask(routes.driveFilm, { params: { id: DRIVE } })).status, 200);
    // A worker gets signed addresses, and fails with what it finds there.
    const clip = await person.get(routes.createClip, { body: { sources: [DRIVE], ranges: [{ start: 1, length: 5 }] } });
    await untilFound(async () => {
      const { state } = (await person.get(routes.getClip, { params: { id: clip.id } })) as { state: string };
      return state === 'failed' ? true : undefined;
    }, 60_000);
  });

  test('events, live pictures, footage, and everything else that can be asked', async () => {
    const { url, cookie } = person;
    const origin = new URL(url).origin;
    const listening = new AbortController();
    const events = fetch(url + routes.events.path, { headers: { cookie }, signal: listening.signal });
    const heard = events.then(async (answer) => {
      const decoder = new TextDecoder();
      try {
        for await (const piece of answer.body ?? []) person.answers.add('events', decoder.decode(piece));
      } catch (error) {
        if (!listening.signal.aborted) throw error;
      }
    });
    const live = new WebSocket(
      `${url.replace('http', 'ws')}${pathOf(routes.live, { id: 'By address', track: 'main' })}`,
      {
        headers: { cookie, origin },
      },
    );
    let messages = 0;
    live.on('message', (message: Buffer) => {
      messages++;
      person.answers.add('live socket', message);
    });
    await untilFound(() => (messages > 5 ? true : undefined), 15_000);
    live.close();
    const whole = () => {
      const to = Date.now();
      return { from: new Date(to - 60_000).toISOString(), to: new Date(to).toISOString() };
    };
    // Enough for the clips, too.
    for (const id of ['By address', 'By field'])
      await untilFound(async () => {
        const { spans } = await person.get(routes.footage, { params: { id }, query: whole() });
        const [first] = spans as { start: string }[];
        return first && Date.now() - Date.parse(first.start) > 6000 ? true : undefined;
      }, 20_000);
    assert.equal((await person.ask(routes.video, { params: { id: 'By field' }, query: whole() })).status, 200);
    for (const route of [
      routes.system,
      routes.health,
      routes.openapi,
      routes.listTokens,
      routes.listUsers,
      routes.session,
    ])
      await person.get(route);
    const asToken = { authorization: `Bearer ${wordOf('api token')}` };
    assert.equal((await person.ask(routes.listCameras, {}, [], asToken)).status, 200);
    assert.equal((await person.ask(routes.signOut, {}, [], asToken)).status, 403);
    const spoiled = { authorization: `Bearer ${wordOf('api token')}x` };
    assert.equal((await person.ask(routes.listCameras, {}, [], spoiled)).status, 401);
    assert.equal((await person.ask(routes.listCameras, {}, [], { cookie: `${cookie}x` })).status, 401);
    await person.answers.fetch(`${url}/api/nothing?token=${wordOf('api token')}`);
    await person.answers.fetch(`${url}/sign-in?code=${wordOf('first link')}`);
    await client.query('alter table clips rename to clips_away');
    const broken = await person.ask(routes.listClips);
    await client.query('alter table clips_away rename to clips');
    assert.equal(broken.status, 500);
    await sleep(500);
    listening.abort();
    await heard;
  });

  test('clips by every worker, one of them this test, which sees the signed URLs', async () => {
    const asWorker = { authorization: `Bearer ${wordOf('worker token')}` };
    const worker = '00000000-0000-4000-8000-000000000001';
    const lease = { worker, types: ['render'], kinds: ['camera'], waitMs: 20_000 };
    const signatures: string[] = [];
    const issued = ['signature', 'signature of another job', 'signature of the result'];
    const leasing = person.ask(routes.workerLease, { body: lease }, issued, asWorker);
    await sleep(200);
    const clips: string[] = [];
    for (const number of [1, 2, 3, 4]) {
      const request = {
        sources: [number % 2 === 0 ? 'By address' : 'By field'],
        ranges: [{ start: '-4s', length: 2 + number / 10 }],
        limits: { height: 120, maxBytes: 200_000 },
      };
      clips.push((await person.get(routes.createClip, { body: request })).id);
    }
    const { job } = JSON.parse((await leasing).body.toString('utf8'));
    assert.ok(job, `this test got a job: ${JSON.stringify(await person.get(routes.listClips))}`);
    for (const { url } of [...job.inputs, job.output]) {
      const address = new URL(url, person.url);
      const signature = address.searchParams.get('sig') ?? '';
      assert.ok(signature.length > 20, 'the URL is signed');
      signatures.push(signature);
      address.searchParams.set('sig', `${signature.slice(0, -2)}AA`);
      await person.answers.fetch(address.href);
    }
    plant('signature', signatures[0] ?? '');
    plant('signature of the result', signatures.at(-1) ?? '');
    const taken = await person.answers.fetch(new URL(job.inputs[0].url, person.url).href);
    assert.equal(taken.status, 200);
    const refused = await person.answers.fetch(new URL(job.output.url, person.url).href);
    assert.notEqual(refused.status, 200, 'a URL for writing does not read');
    for await (const place of rowsOf(client)) places.push(place);
    const body = { attempt: job.attempt, error: `no: ${job.inputs[0].url}`, retry: true };
    await person.ask(routes.workerFail, { params: { id: job.id }, body }, [], asWorker);
    const finished = await untilFound(async () => {
      const all = await Promise.all(clips.map((id) => person.get(routes.getClip, { params: { id } })));
      return all.every((clip) => ['done', 'failed'].includes(clip.state)) ? all : undefined;
    }, 40_000);
    assert.deepEqual(
      finished.map((clip) => clip.error ?? clip.state),
      clips.map(() => 'done'),
    );
    assert.equal((await person.ask(routes.clipFile, { params: { id: clips[0] } })).status, 200);
  });

  test('the recorder dies; the command line is used', async () => {
    const { recorder } = (await system?.pids()) ?? {};
    assert.ok(recorder);
    process.kill(recorder, 'SIGKILL');
    const login = command(['login', '--json'], {}, ['new link']);
    assert.equal(await login.done, 0, login.all());
    const { link } = JSON.parse(login.out()) as { link: string };
    plant('new link', link.slice(link.indexOf('#') + 1));
    plant(
      'cookie of the new link',
      await new Person(person.url, person.answers).enterBy(link, 'cookie of the new link'),
    );
    const clip = command(['clip', 'By address', '-s', '-6s', '-l', '2', '-m', '0.2', '-o', join(data, 'cli.mp4')]);
    assert.equal(await clip.done, 0, clip.all());
    await command(['doctor'], { VIDETTE_DATABASE: postgres.url }).done;
    await untilFound(async () => ((await system?.pids())?.recorder ?? recorder) !== recorder || undefined, 15_000);
    await sleep(1000);
  });

  test('none of it is found in logs, answers, events, rows, files, command lines or environments', async () => {
    for (const helper of helpers) if (helper.exitCode === null) helper.kill('SIGTERM');
    await Promise.all(
      helpers.map((helper) => helper.exitCode ?? new Promise((resolve) => helper.once('exit', resolve))),
    );
    await system?.stop();
    watch.stop();
    const seen = [...watch.own].join('\n');
    for (const role of [
      'cli/vidette.ts serve',
      'recorder.main',
      'worker.main',
      'codec.main',
      'reader.main',
      'cli/vidette.ts work',
    ])
      assert.ok(seen.includes(role), `${role} was watched:\n${seen}`);
    const all = [
      ...places,
      ...person.answers.places,
      ...watch.places(),
      ...printed.map(({ name, text, issues }) => ({ where: name, content: text(), issues })),
      ...(await gather(rowsOf(client))),
      ...(await gather(filesIn(data, 'data folder,', KEY_FILE))),
      ...(await gather(filesIn(dirname(postgres.logFile), 'PostgreSQL,'))),
    ];
    const bytes = all.reduce((sum, place) => sum + place.content.length, 0);
    process.stdout.write(
      `${canaries.length} secrets searched for in ${all.length} places, ${(bytes / 1e6).toFixed(1)} MB; command lines sampled ${watch.samples()} times\n`,
    );
    assert.ok(watch.samples() > 100 && all.length > 1000);
    const found = await search(canaries, all);
    assert.deepEqual([...new Set(found.map((one) => `${one.canary} (${one.form}) in ${one.where}`))], []);
  });

  test('each of them is found by the same search where it is planted', async () => {
    const spelled = (canary: Canary, form: string): string => {
      const forms = formsOf(canary.value);
      const chosen = forms.find((one) => one.form === form) ?? forms.find((one) => one.form === 'hex');
      return chosen?.bytes.toString('latin1') ?? '';
    };
    const list = (form: string): string => canaries.map((canary) => `<${spelled(canary, form)}>`).join(' ');
    await appendFile(join(data, 'logs', 'hub.log'), `${JSON.stringify({ message: list('base64') })}\n`);
    await writeFile(join(data, 'planted.bin'), Buffer.concat(canaries.map((canary) => Buffer.from(canary.value))));
    await appendFile(postgres.logFile, `${list('hex')}\n`);
    await client.query('create table planted (words jsonb, bytes bytea)');
    await client.query('insert into planted values ($1, null)', [
      JSON.stringify(canaries.map((one) => spelled(one, 'URL-encoded'))),
    ]);
    const echo = createServer((_request, response) =>
      response.setHeader('x-echo', list('base64url')).end(list('hex, upper case')),
    );
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const answers = new Answers();
    await answers.fetch(`http://127.0.0.1:${(echo.address() as AddressInfo).port}/`);
    echo.close();
    const again = watchProcesses(data, isCommand);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', list('form-encoded')], {
      env: { VIDETTE_DATA: data, LEAK: list('base64') },
      stdio: 'ignore',
    });
    await untilFound(() => ([...again.own].some((line) => line.includes('60_000')) ? true : undefined), 10_000);
    again.stop();
    child.kill('SIGKILL');
    const only = (all: Place[], where: string): Place[] => all.filter((place) => place.where.startsWith(where));
    const files = await gather(filesIn(data, 'data folder,', KEY_FILE));
    const kinds: Record<string, Place[]> = {
      'a log': only(files, 'data folder, logs/hub.log'),
      'a file': only(files, 'data folder, planted.bin'),
      'PostgreSQL’s log': only(await gather(filesIn(dirname(postgres.logFile), 'PostgreSQL,')), 'PostgreSQL, log'),
      'a row': only(await gather(rowsOf(client)), 'table public.planted'),
      'a header': only(answers.places, 'headers'),
      'a body': only(answers.places, 'body'),
      'a command line': only(again.places(), 'command line'),
      'an environment': only(again.places(), 'environment'),
    };
    for (const [kind, where] of Object.entries(kinds)) {
      const found = new Set((await search(canaries, where)).map((one) => one.canary));
      assert.deepEqual(
        canaries.filter((canary) => !found.has(canary.name)).map((canary) => canary.name),
        [],
        `found in ${kind}`,
      );
    }
  });

  function wordOf(name: string): string {
    return String(canaries.find((canary) => canary.name === name)?.value);
  }
});

describe('no secret anywhere, with the embedded server', () => {
  test('neither in its files nor in what it says nor on its command lines', async () => {
    const data = await mkdtemp(join(tmpdir(), 'vidette-secrets-'));
    await chmod(data, 0o755);
    const words = { camera: secret('Ca', '/"'), account: secret('Ac') };
    const camera = await startTestCamera({
      fixture: 'h264-360p',
      auth: { kind: 'digest', username: 'anna', password: words.camera },
    });
    const watch = watchProcesses(data, isCommand);
    try {
      const canaries: Canary[] = Object.entries(words).map(([name, value]) => ({ name, value }));
      await using system = await startVidette({ data, env: { VIDETTE_FLOOR_BYTES: '1000000' } });
      const person = new Person(system.url);
      const code = system.link.slice(system.link.indexOf('#') + 1);
      canaries.push({ name: 'link', value: code });
      canaries.push({ name: 'cookie', value: await person.enterBy(system.link, 'cookie') });
      canaries.push({
        name: 'database',
        value: (await readFile(join(data, 'postgres', 'password'), 'utf8')).trim(),
      });
      await person.get(routes.setPassword, { body: { name: 'anna', password: words.account } });
      const token = await person.get(routes.createToken, { body: { name: 'api', scope: 'api' } }, ['token']);
      canaries.push({ name: 'token', value: token.secret });
      const url = camera.url().replace('rtsp://', `rtsp://anna:${encodeURIComponent(words.camera)}@`);
      await person.get(routes.createCamera, { body: { name: 'Door', url } });
      await untilFound(async () => {
        const { state } = await person.get(routes.getCamera, { params: { id: 'Door' } });
        return state.status === 'recording' ? true : undefined;
      }, 20_000);
      await sleep(1500);
      await system.stop();
      const files = filesIn(data, 'data folder,', { ...KEY_FILE, 'postgres/password': ['database'] });
      const places: Place[] = [
        ...(await gather(files)),
        ...person.answers.places,
        ...watch.places(),
        { where: 'output of serve', content: system.output(), issues: ['link'] },
      ];
      assert.ok(
        places.some((place) => place.where.includes('pg_wal')),
        'the files of the database are among them',
      );
      const found = await search(canaries, places);
      assert.deepEqual([...new Set(found.map((one) => `${one.canary} (${one.form}) in ${one.where}`))], []);
    } finally {
      watch.stop();
      await camera.close();
      await rm(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  });
});
