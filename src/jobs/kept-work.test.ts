import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { silentLog } from '../base/log.ts';
import type { RenderJob } from '../contract/worker.ts';
import { KeptWork } from './kept-work.ts';

let root = '';
let counter = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-kept-'));
});
after(() => rm(root, { recursive: true, force: true }));

function job(over: Partial<RenderJob> = {}): RenderJob {
  return {
    id: randomUUID(),
    attempt: 0,
    type: 'render',
    kind: 'osu',
    params: { width: 1280 },
    inputs: [{ name: 'a.osr', url: `/blobs/in?sig=${randomUUID()}`, sha256: 'a'.repeat(64) }],
    output: { name: 'clip.mp4', url: '/out', method: 'PUT', headers: {} },
    limits: {},
    ...over,
  };
}
const opened = (bounds?: { bytes: number; days: number }): KeptWork =>
  new KeptWork(join(root, `kept-${++counter}`), silentLog, bounds);

/** Takes it, leaves a file of so many bytes there, and lets go. @returns its folder */
function leave(kept: KeptWork, asked: RenderJob, bytes = 10): string {
  const held = kept.take(asked) ?? assert.fail('it is held');
  writeFileSync(join(held.folder, 'chunk-0'), Buffer.alloc(bytes));
  held.end(false);
  return held.folder;
}

test('the next attempt finds what was finished; another job, or one whose inputs are not known, does not', () => {
  const kept = opened();
  const asked = job();
  const folder = leave(kept, asked);
  // Signed anew, by another attempt.
  const [input] = job().inputs;
  const again = kept.take({ ...asked, attempt: 1, inputs: input ? [input] : [] });
  assert.equal(again?.folder, folder);
  assert.ok(existsSync(join(folder, 'chunk-0')));
  again?.end(false);
  for (const other of [
    job({ params: { width: 640 } }),
    job({ limits: { maxBytes: 1000 } }),
    job({ inputs: [{ name: 'a.osr', url: '/in', sha256: 'b'.repeat(64) }] }),
  ])
    assert.notEqual(leave(kept, other), folder);
  assert.equal(kept.take(job({ inputs: [{ name: 'a.osr', url: '/in' }] })), undefined);
});

test('two at once: the second has nothing, and takes nothing from the first', () => {
  const kept = opened();
  const asked = job();
  const held = kept.take(asked) ?? assert.fail('it is held');
  writeFileSync(join(held.folder, 'chunk-0'), 'finished');
  assert.equal(kept.take(asked), undefined);
  kept.forget([asked.id]);
  kept.sweep(Date.now() + 1e12);
  assert.equal(readFileSync(join(held.folder, 'chunk-0'), 'utf8'), 'finished');
  held.end(false);
  const other = kept.take(asked) ?? assert.fail('it is held');
  other.end(true);
  assert.ok(!existsSync(held.folder));
});

test('a holder that has died holds nothing', () => {
  const kept = opened();
  const asked = job();
  const folder = leave(kept, asked);
  writeFileSync(`${folder}.lock`, JSON.stringify({ pid: 4_194_305, startTime: 1 }));
  const held = kept.take(asked);
  assert.equal(held?.folder, folder);
  held?.end(false);
});

test('what is settled goes, and it is bounded in bytes and days', () => {
  const kept = opened({ bytes: 2500, days: 2 });
  const jobs = [1, 2, 3].map((width) => job({ params: { width } }));
  const folders = jobs.map((one) => leave(kept, one, 1000));
  // In the order in which they were left alone.
  const now = Date.now() / 1000;
  for (const [index, folder] of folders.entries()) utimesSync(`${folder}.job`, now - 30 + index, now - 30 + index);
  assert.deepEqual(kept.jobs, jobs.map(({ id }) => id).reverse());
  kept.sweep();
  assert.deepEqual(
    folders.map((folder) => existsSync(folder)),
    [false, true, true],
  );
  kept.forget([jobs[1]?.id ?? '', randomUUID()]);
  assert.deepEqual(
    folders.map((folder) => existsSync(folder)),
    [false, false, true],
  );
  kept.sweep(Date.now() + 1.9 * 86_400_000);
  assert.ok(existsSync(folders[2] ?? ''));
  kept.sweep(Date.now() + 2.1 * 86_400_000);
  assert.deepEqual(kept.jobs, []);
  assert.deepEqual(readdirSync(join(root, `kept-${counter}`)), []);
});

test('what cannot be begun is not held: who comes next can take it', () => {
  const kept = opened();
  const asked = job();
  const folder = leave(kept, asked);
  rmSync(folder, { recursive: true });
  // A file in the way stands for a disk that is full.
  writeFileSync(folder, '');
  assert.throws(() => kept.take(asked), /EEXIST/);
  assert.deepEqual(kept.jobs, [asked.id], 'what is no folder has no bytes');
  rmSync(folder);
  kept.take(asked)?.end(true);
  assert.ok(!existsSync(folder));
  const held = kept.take(asked) ?? assert.fail('it is held');
  // The note cannot be written.
  rmSync(`${held.folder}.job`);
  mkdirSync(`${held.folder}.job`);
  assert.throws(() => held.end(false), /EISDIR/);
  rmSync(`${held.folder}.job`, { recursive: true });
  assert.ok(kept.take(asked), 'it is held no more');
});

test('another process may take things away while they are looked through', async () => {
  const folder = join(root, `kept-${++counter}`);
  const kept = new KeptWork(folder, silentLog);
  leave(kept, job());
  const name = 'f'.repeat(64);
  const busy = new Worker(
    `const { mkdirSync, rmSync, writeFileSync } = require('node:fs');
    const { parentPort, workerData: { folder, name } } = require('node:worker_threads');
    for (const until = Date.now() + 400; Date.now() < until; ) {
      mkdirSync(folder + '/' + name + '/inner', { recursive: true });
      writeFileSync(folder + '/' + name + '.job', 'another');
      writeFileSync(folder + '/' + name + '/inner/chunk-0', 'x');
      rmSync(folder + '/' + name, { recursive: true });
      rmSync(folder + '/' + name + '.job');
    }
    parentPort.postMessage('done');`,
    { eval: true, workerData: { folder, name } },
  );
  let running = true;
  const done = once(busy, 'exit').then(() => {
    running = false;
  });
  while (running) {
    assert.ok(kept.jobs.length >= 1);
    await new Promise(setImmediate);
  }
  await done;
});
