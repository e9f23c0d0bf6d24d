import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../base/log.ts';
import { startTimeOf } from '../../blobs/running.ts';
import { Child, fromBefore } from './child.ts';

test('a child that could not be told what it needs is ended before another is started', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-child-'));
  const entry = join(folder, 'idle.mjs');
  const started = join(folder, 'started');
  await writeFile(
    entry,
    `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(started)}, process.pid + '\\n');
process.on('message', () => undefined);
setInterval(() => undefined, 1000);
`,
  );
  let away = 2;
  const child = new Child(
    {
      role: 'idle',
      entry,
      hello: async () => {
        // Long enough for the process to have begun.
        await sleep(300);
        if (away-- > 0) throw new Error('the database is away');
        return { hello: true };
      },
    },
    { run: join(folder, 'run'), logs: join(folder, 'logs') },
    silentLog,
  );
  const pids = async (): Promise<number[]> =>
    (await readFile(started, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number);
  try {
    child.start();
    for (let waited = 0; waited < 8000 && (away >= 0 || (await pids()).length < 3); waited += 50) await sleep(50);
    const all = await pids();
    assert.ok(all.length >= 2);
    const alive = all.filter((pid) => startTimeOf(pid) !== undefined);
    assert.deepEqual(alive, [child.pid]);
  } finally {
    await child.stop();
    for (const pid of await pids()) if (startTimeOf(pid) !== undefined) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  }
});

test('a child that was not needed any more is noted as such, with its id; started again it has the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-child-'));
  const entry = join(folder, 'idle.mjs');
  await writeFile(entry, "process.on('message', () => undefined);\n");
  const folders = { run: join(folder, 'run'), logs: join(folder, 'logs') };
  const ids: string[] = [];
  const plan = {
    role: 'idle',
    entry,
    hello: async (id: string) => {
      ids.push(id);
      return {};
    },
  };
  try {
    for (let time = 0; time < 2; time++) {
      const child = new Child(plan, folders, silentLog);
      child.start();
      for (let waited = 0; waited < 8000 && ids.length === time; waited += 20) await sleep(20);
      assert.deepEqual(fromBefore('idle', folders), { runs: true });
      await child.retire();
      assert.equal(fromBefore('idle', folders), undefined);
    }
    assert.equal(ids[0], ids[1]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
