/**
 * Processes that fetch the same files at once into one cache, and one that dies in the middle.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { projectRoot } from '../house/imports.ts';
import { FakeApi } from './api-server.ts';

const ROUTE = 'a2a0ccea32023010|0000010a--a51155e496';
const VIDEO = randomBytes(4_000_000);
const LOG = randomBytes(300_000);
let api: FakeApi;
let folder = '';

before(async () => {
  api = await FakeApi.start('x', {
    [ROUTE]: { public: true, minutes: { 0: { 'rlog.zst': LOG, 'fcamera.hevc': VIDEO } } },
  });
  folder = await mkdtemp(join(tmpdir(), 'vidette-processes-'));
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => api.forget());

function fetching(cache: string): {
  child: ChildProcess;
  done: Promise<{ code: number | null; out: string; err: string }>;
} {
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'test/openpilot/fetch.main.ts'), api.url, ROUTE, join(folder, cache)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return { child, done: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))) };
}

test('four processes fetch a file once', async () => {
  const slowly: Parameters<FakeApi['next']>[2] = (request, response) =>
    void setTimeout(() => api.sendFile(VIDEO, request, response), 2500);
  api.next('store', /fcamera/, slowly, 9);
  const all = await Promise.all([1, 2, 3, 4].map(() => fetching('shared').done));
  for (const { code, out, err } of all) {
    assert.equal(code, 0, err);
    assert.ok((await readFile(JSON.parse(out).fcamera)).equals(VIDEO));
    assert.ok((await readFile(JSON.parse(out).rlog)).equals(LOG));
  }
  assert.equal(api.sent.get('fcamera.hevc'), VIDEO.length);
});

test('a process is killed while a file comes: the next one goes on with what it left', async () => {
  api.next('store', /fcamera/, (request, response) => {
    api.sendFile(VIDEO, request, response, 2_500_000);
    response.destroy = () => response;
  });
  const first = fetching('killed');
  const hasPart = async (): Promise<boolean> => {
    for (const name of await readdir(join(folder, 'killed'), { recursive: true }).catch(() => []))
      if (name.endsWith('.part') && (await readFile(join(folder, 'killed', name))).length >= 2_500_000) return true;
    return false;
  };
  while (!(await hasPart())) {
    assert.equal(first.child.exitCode, null, 'it is still at it');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  first.child.kill('SIGKILL');
  await first.done;
  const { code, out, err } = await fetching('killed').done;
  assert.equal(code, 0, err);
  assert.ok((await readFile(JSON.parse(out).fcamera)).equals(VIDEO));
  assert.equal(api.sent.get('fcamera.hevc'), VIDEO.length, 'no byte was sent twice');
  const left = (await readdir(join(folder, 'killed'), { recursive: true })).filter((name) =>
    /part|json|new/.test(name),
  );
  assert.deepEqual(left, []);
});
