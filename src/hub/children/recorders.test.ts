import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { entry } from '../../base/entry.ts';
import { silentLog } from '../../base/log.ts';
import { startTimeOf } from '../../blobs/running.ts';
import { type ChildPlan, fromBefore } from './child.ts';
import { Recorders } from './recorders.ts';

const ID = 'b4b0c8b0-0000-4000-8000-000000000001';

async function until<T>(find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error('it did not come');
}

test('recorders that an earlier hub had are started before this one is ready, and are told then, once each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-recorders-'));
  const folders = { run: join(folder, 'run'), logs: join(folder, 'logs') };
  const code = join(folder, 'recorder.mjs');
  const told = join(folder, 'told');
  await writeFile(
    code,
    `import { appendFileSync } from 'node:fs';
process.on('message', (hello) => appendFileSync(${JSON.stringify(told)}, JSON.stringify({ ...hello, pid: process.pid }) + '\\n'));`,
  );
  await mkdir(folders.run);
  // Its number belongs to nobody any more.
  await writeFile(join(folders.run, 'recorder.json'), JSON.stringify({ id: ID, pid: 2 ** 22 + 1, startTime: 1 }));
  const ready = Promise.withResolvers<void>();
  const recorders = new Recorders({
    setting: 'auto',
    plan: (number): ChildPlan => ({
      role: number === 1 ? 'recorder' : `recorder-${number}`,
      entry: code,
      hello: async (id) => {
        await ready.promise;
        return { id };
      },
    }),
    folders,
    log: silentLog,
    cameras: () => 3,
    hasLeftovers: async () => false,
  });
  try {
    recorders.startKnown();
    const { pid } = await until(async () => {
      const record = JSON.parse(await readFile(join(folders.run, 'recorder.json'), 'utf8')) as { pid: number };
      return startTimeOf(record.pid) === undefined ? undefined : record;
    });
    assert.equal(await readFile(told, 'utf8').catch(() => 'nothing'), 'nothing');
    ready.resolve();
    await recorders.start();
    const first = await until(async () => (await readFile(told, 'utf8').catch(() => '')) || undefined);
    assert.deepEqual(JSON.parse(first), { id: ID, pid });
    assert.equal(recorders.count, 1);
    // One that was not needed any more keeps its id, and is not started before somebody needs it.
    const record = JSON.parse(await readFile(join(folders.run, 'recorder.json'), 'utf8')) as object;
    await writeFile(
      join(folders.run, 'recorder-2.json'),
      JSON.stringify({ ...record, pid: 2 ** 22 + 1, retired: true }),
    );
    assert.equal(fromBefore('recorder-2', folders), undefined);
    assert.deepEqual(fromBefore('recorder', folders), { runs: true });
  } finally {
    await recorders.stop();
    await rm(folder, { recursive: true });
  }
});

test('a recorder that has not been told anything yet ends when it is asked to', async () => {
  const child = fork(entry(import.meta.url, '../../sources/camera/recorder.main'), { stdio: 'ignore' });
  const exited = once(child, 'exit');
  // Its handlers are there when its file has been read; that of SIGHUP (1) is its own, Node has none.
  await until(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const caught = BigInt(`0x${/SigCgt:\s*([0-9a-f]+)/.exec(status)?.[1] ?? '0'}`);
    return (caught & 1n) !== 0n ? true : undefined;
  });
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});
