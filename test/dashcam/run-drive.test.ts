/** The whole role in the car but for its engine: what is harvested comes to the hub, the page shows it, switches are kept. No database is anywhere. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLog } from '../../src/base/log.ts';
import type { DriveStatus, Stored } from '../../src/sources/dashcam/drive/drive.ts';
import { harvestInto } from '../../src/sources/dashcam/harvest/harvest.ts';
import { type EngineWish, runDrive, type StepEngine } from '../../src/sources/dashcam/role/run.ts';
import { readDriveSettings } from '../../src/sources/dashcam/role/settings.ts';
import type { CarStatus } from '../../src/sources/dashcam/role/status.ts';
import { untilFound } from '../system/vidette.ts';
import { makeFootage } from './car.ts';
import { type PushHub, startPushHub, TOKEN } from './push-hub.ts';
import { someStatus } from './spool.ts';

let folder = '';
let hub: PushHub;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-role-'));
  hub = await startPushHub();
});
after(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Harvests a folder in its second step, as the engine does an image. */
class FolderEngine implements StepEngine {
  readonly wish: EngineWish;
  readonly #stick: string;
  readonly #listeners = new Set<(stored: Stored) => void>();
  #switches = { drive: true, harvest: true };
  #steps = 0;

  constructor(wish: EngineWish, stick: string) {
    this.wish = wish;
    this.#stick = stick;
  }

  status(): DriveStatus {
    const {
      cameras: _,
      push: _push,
      awake: _awake,
      version: _version,
      now: _now,
      since: _since,
      ...rest
    } = someStatus();
    const working = this.#steps < 3;
    return { ...rest, switches: this.#switches, lastMinute: new Map(), harvest: { ...rest.harvest, working } };
  }

  async set(switches: Partial<DriveStatus['switches']>): Promise<void> {
    this.#switches = { ...this.#switches, ...switches };
  }

  subscribe(listener: (stored: Stored) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async step(): Promise<number> {
    this.#steps += 1;
    if (this.#steps !== 2) return 20;
    await harvestInto(this.#stick, { library: this.wish.library, source: this.wish.settings.car, notInUse: true });
    const line = { kind: 'harvest', at: '', drive: '', stored: 0, copies: 0, bytes: 0, failed: 0 } as const;
    for (const listener of this.#listeners) listener({ line });
    return 20;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

test('from the stick to the hub, with page, switches and a car that is kept awake', async () => {
  const { files } = makeFootage({ minutes: 2, telemetry: false });
  const stick = join(folder, 'stick');
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(stick, name)), { recursive: true });
    await writeFile(join(stick, name), bytes);
  }
  const hooks: unknown[] = [];
  const hook = createServer((request, response) => {
    request.on('data', (piece: Buffer) => hooks.push(JSON.parse(piece.toString()))).on('end', () => response.end());
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const [tokenFile, urlFile, config] = ['token', 'hook', 'drive.json'].map((name) => join(folder, name));
  await writeFile(tokenFile ?? '', `${TOKEN}\n`, { mode: 0o600 });
  await writeFile(urlFile ?? '', `http://127.0.0.1:${(hook.address() as AddressInfo).port}/secret-of-the-hook\n`);
  await writeFile(
    config ?? '',
    JSON.stringify({
      images: folder,
      spool: join(folder, 'spool'),
      hub: hub.url,
      tokenFile,
      awake: { by: 'webhook', urlFile },
    }),
  );
  let settings = readDriveSettings(config, { host: '127.0.0.1', port: 0 });
  let told = '';
  let engine: FolderEngine | undefined;
  const begin = async (): Promise<{ url: string; end: () => Promise<void> }> => {
    const over = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const running = runDrive(
      {
        settings,
        makeEngine: (wish) => {
          engine = new FolderEngine(wish, stick);
          return engine;
        },
        version: '0.1.0',
        log: createLog((line) => {
          told += line;
        }),
        say: (line) => {
          told += `${line}\n`;
        },
        ready: resolve,
      },
      over.signal,
    );
    running.catch(reject);
    return {
      url: await promise,
      end: async () => {
        over.abort();
        await running;
      },
    };
  };

  const first = await begin();
  const code = /with the code (\S+)/.exec(told)?.[1];
  const post = (url: string, path: string, body: unknown, cookie = ''): Promise<Response> =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, cookie },
      body: JSON.stringify(body),
    });
  const entered = await post(first.url, '/api/door/begin', { code, password: 'a long enough word' });
  assert.equal(entered.status, 200);
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const status = async (url: string): Promise<CarStatus> =>
    (await (await fetch(`${url}/api/status`, { headers: { cookie } })).json()) as CarStatus;
  const done = await untilFound(async () => {
    const now = await status(first.url);
    return hub.files.size > 0 && now.push.state === 'idle' && now.push.files === 0 ? now : undefined;
  }, 60_000);
  assert.equal(hub.files.size, new Set([...files.values()].map((bytes) => bytes.toString('base64'))).size);
  assert.equal(done.push.hub, hub.url);
  assert.ok(engine?.wish.isPushed?.([...hub.files.keys()][0] ?? ''));
  assert.equal(engine?.wish.isPushed?.('0'.repeat(64)), false, 'what nobody has seen is not at the hub');
  await untilFound(() => (hooks.length > 0 ? true : undefined), 30_000);
  assert.deepEqual(hooks[0], { awake: true, source: 'vidette' });

  const off = (await (await post(first.url, '/api/switch', { name: 'push', on: false }, cookie)).json()) as CarStatus;
  assert.deepEqual([off.switches, off.push.state], [{ drive: true, harvest: true, push: false }, 'off']);
  await first.end();

  const again = await begin();
  assert.equal((await status(again.url)).switches.push, false, 'a switch outlives a restart');
  await again.end();

  settings = { ...settings, hub: undefined, awake: undefined };
  const alone = await begin();
  await untilFound(async () => ((await status(alone.url)).harvest.working ? undefined : true), 30_000);
  assert.equal((await status(alone.url)).push.state, 'no-hub');
  assert.equal((await post(alone.url, '/api/switch', { name: 'push', on: true }, cookie)).status, 409);
  await alone.end();
  await new Promise((resolve) => hook.close(resolve));
  assert.ok(!told.includes(TOKEN) && !told.includes('secret-of-the-hook'), told);
  assert.equal((await readFile(join(folder, 'drive-state', 'push-switch.json'), 'utf8')).trim(), '{"push":false}');
});
