/** A worker that is killed while it draws a replay: the next one goes on where it was, and the file is the same. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { entry } from '../../src/base/entry.ts';
import type { RenderJob } from '../../src/contract/worker.ts';
import { FakeHub } from '../worker/fake-hub.ts';
import { denseMap, denseReplay } from './dense.ts';
import { writeZip } from './zip-writer.ts';

const map = denseMap(14);
const blobs = { 'play.osr': denseReplay(map), 'set.osz': writeZip({ 'dense.osu': map }) };
const hub = new FakeHub(blobs);
let folder = '';
const workers = new Set<ChildProcess>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-worker-killed-'));
  await hub.start();
});
after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  hub.close();
  await rm(folder, { recursive: true, force: true });
});

function job(limits: RenderJob['limits']): RenderJob {
  return {
    id: randomUUID(),
    attempt: 0,
    type: 'render',
    kind: 'osu',
    params: {
      ...{ replay: 'play.osr', set: 'set.osz', names: { replay: 'play.osr', set: 'set.osz' } },
      ...{ width: 320, height: 180, fps: 30, preset: 'draft', range: { start: 0, end: 14 } },
    },
    inputs: Object.entries(blobs).map(([name, data]) => ({
      ...{ name, url: `${hub.url}/blobs/${name}?sig=${randomUUID()}`, bytes: data.length },
      sha256: createHash('sha256').update(data).digest('hex'),
    })),
    output: { name: 'clip.mp4', url: '/blobs/out?sig=y', method: 'PUT', headers: {} },
    limits,
  };
}

function work(scratchDir: string): ChildProcess {
  const worker = fork(entry(import.meta.url, '../../src/jobs/worker.main'), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  workers.add(worker);
  worker.send({ hub: hub.url, token: 'vdt_test', id: randomUUID(), scratchDir, logFile: join(folder, 'worker.log') });
  return worker;
}

async function kill(worker: ChildProcess): Promise<void> {
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
  workers.delete(worker);
}

/** Of each finished chunk: which file it is, and since when. */
function chunksIn(scratchDir: string): Map<string, string> {
  const kept = join(scratchDir, 'kept');
  const [name] = existsSync(kept) ? readdirSync(kept).filter((one) => /^[0-9a-f]{64}$/.test(one)) : [];
  const chunks = new Map<string, string>();
  if (name === undefined) return chunks;
  for (const file of readdirSync(join(kept, name))) {
    // Others may be renamed just now.
    if (!/^chunk.*-\d+$/.test(file)) continue;
    const { ino, mtimeMs } = statSync(join(kept, name, file));
    chunks.set(join(kept, name, file), `${ino} ${mtimeMs}`);
  }
  return chunks;
}

/** @returns the file that came back, and the chunks as they lay there then */
async function finished(scratchDir: string): Promise<{ file: Buffer; chunks: Map<string, string> }> {
  let chunks: Map<string, string> | undefined;
  hub.completing = async () => {
    chunks = chunksIn(scratchDir);
  };
  for (; !chunks; await sleep(10)) {
    const failed = hub.calls.find(({ path }) => path.endsWith('/fail'));
    if (failed) assert.fail(String(failed.body.error));
  }
  await hub.called('/complete');
  return { file: hub.uploads.pop() ?? assert.fail('nothing came back'), chunks };
}

function begin(asked: RenderJob): void {
  hub.calls.length = 0;
  hub.uploads.length = 0;
  hub.job = asked;
}

for (const [what, limits] of [
  ['by quality', {}],
  ['within a size', { maxBytes: 250_000 }],
] as const)
  test(`killed while it draws ${what}, a worker's chunks are gone on with by the next one`, async () => {
    const calm = join(folder, `calm-${what}`);
    const asked = job(limits);
    begin(asked);
    const first = work(calm);
    const whole = await finished(calm);
    // What is settled is not kept.
    while (chunksIn(calm).size > 0) await sleep(10);
    await kill(first);

    const scratch = join(folder, `killed-${what}`);
    begin(asked);
    const second = work(scratch);
    while (chunksIn(scratch).size < 3) await sleep(5);
    await kill(second);
    const before = chunksIn(scratch);
    assert.ok(before.size >= 3 && before.size < whole.chunks.size, `${before.size} of ${whole.chunks.size}`);
    // One of them is damaged meanwhile.
    const [[damaged = ''] = []] = before;
    truncateSync(damaged, 100);
    before.delete(damaged);

    begin({ ...asked, attempt: 1 });
    const third = work(scratch);
    const again = await finished(scratch);
    await kill(third);
    for (const [path, file] of before) assert.equal(again.chunks.get(path), file, 'a finished chunk was made again');
    assert.equal(again.chunks.size, whole.chunks.size);
    assert.ok(again.file.equals(whole.file), 'the file is another one than that of an undisturbed worker');
  });

test('what is kept goes when the job was settled elsewhere', async () => {
  const scratch = join(folder, 'elsewhere');
  const asked = job({});
  begin(asked);
  const first = work(scratch);
  while (chunksIn(scratch).size < 1) await sleep(5);
  await kill(first);
  hub.settled = [asked.id];
  const second = work(scratch);
  while (chunksIn(scratch).size > 0) await sleep(10);
  await kill(second);
});
