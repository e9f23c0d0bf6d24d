import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FakeHub } from '../../test/worker/fake-hub.ts';
import { entry } from '../base/entry.ts';
import { silentLog } from '../base/log.ts';
import type { RenderJob } from '../contract/worker.ts';
import type { Render } from './render-kinds.ts';
import { runWorker } from './worker.ts';

const footage = Buffer.alloc(300_000, 'footage ');
const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('worker', () => {
  const hub = new FakeHub({ in: footage });
  const stop = new AbortController();
  let scratchDir: string;
  let worker: Promise<void>;
  let render: Render = () => Promise.reject(new Error('not set'));

  const job = (over: Partial<RenderJob> = {}): RenderJob => ({
    id: randomUUID(),
    attempt: 0,
    type: 'render',
    kind: 'camera',
    params: {},
    inputs: [{ name: 'a.mp4', url: `${hub.url}/blobs/in?sig=x`, bytes: footage.length, sha256: sha(footage) }],
    // S3 signs whole addresses, the folder store paths below the hub.
    output: { name: 'out.mp4', url: '/blobs/out?sig=y', method: 'PUT', headers: {} },
    limits: {},
    ...over,
  });
  const begin = (next: RenderJob): void => {
    hub.calls.length = 0;
    hub.uploads.length = 0;
    hub.orders = 'go-on';
    hub.job = next;
  };
  const copy: Render = async (asked, io) => {
    const input = await io.fetchInput('a.mp4');
    assert.equal(await io.fetchInput('a.mp4'), input);
    io.onProgress(0.5, 'Encoding');
    const data = await readFile(input);
    const path = join(io.scratch, 'out.mp4');
    await writeFile(path, data);
    return { path, bytes: data.length, sha256: sha(data), duration: asked.limits.fps ?? 1, width: 2, height: 2 };
  };

  before(async () => {
    await hub.start();
    scratchDir = await mkdtemp(join(tmpdir(), 'vidette-worker-'));
    worker = runWorker(
      {
        hub: hub.url,
        token: 'vdt_test',
        id: randomUUID(),
        scratchDir,
        logFile: null,
        log: silentLog,
        kinds: { names: ['camera'], load: async () => (asked, io) => render(asked, io) },
      },
      stop.signal,
    );
  });
  after(async () => {
    stop.abort();
    await worker;
    hub.close();
    await rm(scratchDir, { recursive: true, force: true });
  });

  it('does a job, though the download breaks twice and the hub is away when it is done', async () => {
    render = copy;
    hub.cuts = 2;
    hub.away = 2;
    begin(job());
    const done = await hub.called('/complete');
    assert.deepEqual(done, {
      attempt: 0,
      result: { bytes: footage.length, sha256: sha(footage), duration: 1, width: 2, height: 2 },
    });
    assert.equal(sha(hub.uploads[0] ?? Buffer.alloc(0)), sha(footage));
  });

  it('fails for good, and says why, when an input is not what it should be', async () => {
    render = copy;
    begin(job({ inputs: [{ name: 'a.mp4', url: '/blobs/in', sha256: '0'.repeat(64) }] }));
    const failed = await hub.called('/fail');
    assert.equal(failed.retry, false);
    assert.match(String(failed.error), /a\.mp4.*SHA-256/);
    begin(job({ inputs: [{ name: 'a.mp4', url: '/blobs/in', bytes: 1000 }] }));
    assert.match(String((await hub.called('/fail')).error), /longer than it should be/);
  });

  it('lets a job be tried again after a fault of its own, and cuts signatures from the message', async () => {
    render = () => Promise.reject(new Error('cannot open http://hub/blobs/in?sig=SECRETSIGNATURE'));
    begin(job());
    const failed = await hub.called('/fail');
    assert.equal(failed.retry, true);
    assert.doesNotMatch(String(failed.error), /SECRET/);
  });

  it('shows each new picture of what is drawn once, and no picture that is too large', async () => {
    render = async (asked, io) => {
      const show = async (picture: Buffer): Promise<void> => {
        // As all who draw do: it is never half there.
        await writeFile(`${io.picture}.part`, picture);
        await rename(`${io.picture}.part`, io.picture ?? '');
      };
      const seen = async (count: number): Promise<void> => {
        while (hub.pictures.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      await show(Buffer.from('first'));
      await seen(1);
      await show(Buffer.alloc(400_000));
      // Several heartbeats later.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await show(Buffer.from('second'));
      await seen(2);
      return copy(asked, io);
    };
    begin(job());
    await hub.called('/complete');
    assert.deepEqual(hub.pictures.map(String), ['first', 'second']);
  });

  it('never uploads a result above the limit', async () => {
    render = copy;
    begin(job({ limits: { maxBytes: 1000 } }));
    assert.match(String((await hub.called('/fail')).error), /more than 1000/);
    assert.equal(hub.uploads.length, 0);
  });

  it('stops a cancelled job, cleans up, and takes the next', async () => {
    let stopped = false;
    render = (_, io) =>
      new Promise((_resolve, reject) => {
        io.signal.addEventListener('abort', () => {
          stopped = true;
          reject(io.signal.reason as Error);
        });
        io.onProgress(0.1, 'Encoding');
      });
    begin(job());
    hub.orders = 'cancel';
    await hub.called('/progress');
    while (!stopped) await new Promise((resolve) => setTimeout(resolve, 10));
    render = copy;
    begin(job());
    await hub.called('/complete');
    assert.equal(
      hub.calls.some((call) => call.path.endsWith('/fail')),
      false,
    );
    for (let tries = 0; (await readdir(scratchDir)).length > 0; tries++) {
      assert.ok(tries < 100, 'scratch is left behind');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('keeps what is finished for the next attempt when its lease was lost, and for nobody when the job is over', async () => {
    const found: boolean[] = [];
    /** Leaves something there, and goes on as it is told. */
    const leaving =
      (end: Render): Render =>
      async (asked, io) => {
        const piece = join(io.keep?.() ?? assert.fail('nothing is kept'), 'chunk-0');
        found.push(existsSync(piece));
        await writeFile(piece, 'finished');
        return end(asked, io);
      };
    const untilStopped: Render = (_, io) =>
      new Promise((_resolve, reject) => {
        const stop = (): void => reject(io.signal.reason as Error);
        if (io.signal.aborted) stop();
        io.signal.addEventListener('abort', stop);
      });
    const asked = job({ params: { kept: true } });
    const attempt = async (end: Render, orders: FakeHub['orders']): Promise<void> => {
      const ended = Promise.withResolvers<void>();
      render = (one, io) => leaving(end)(one, io).finally(() => ended.resolve());
      begin({ ...asked, attempt: found.length });
      hub.orders = orders;
      await ended.promise;
      // The next job is asked for when all is cleared away.
      render = copy;
      hub.orders = 'go-on';
      const next = job();
      hub.job = next;
      await hub.called(`${next.id}/complete`);
    };
    await attempt(untilStopped, 'lost');
    await attempt(untilStopped, 'cancel');
    await attempt(() => Promise.reject(new Error('a fault')), 'go-on');
    await attempt(copy, 'go-on');
    await attempt(untilStopped, 'cancel');
    // Only after the lost lease did anything lie there.
    assert.deepEqual(found, [false, true, false, false, false]);
  });

  it('as a forked process: takes its first message, outlives the hub for a while, then ends', async () => {
    const child = fork(entry(import.meta.url, './worker.main'), [], {
      env: { ...process.env, VIDETTE_ORPHAN_MS: '300' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const folder = await mkdtemp(join(tmpdir(), 'vidette-worker-'));
    child.send({
      hub: 'http://127.0.0.1:1',
      token: 'vdt_test',
      id: randomUUID(),
      scratchDir: folder,
      logFile: join(folder, 'worker.log'),
    });
    const log = join(folder, 'worker.log');
    while (!existsSync(log) || !readFileSync(log, 'utf8').includes('ready'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(child.exitCode, null);
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    assert.match(await readFile(log, 'utf8'), /No hub has come back/);
    assert.doesNotMatch(await readFile(log, 'utf8'), /vdt_test/);
    await rm(folder, { recursive: true, force: true });
  });
});
