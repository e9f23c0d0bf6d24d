import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeRoute } from '../../../test/openpilot/route.ts';
import { makeWorld } from '../../../test/openpilot/world.ts';
import { InputError, Unavailable } from '../../base/errors.ts';
import { silentLog } from '../../base/log.ts';
import { DriveReader } from './reader.ts';

let folder: string;
let good: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-reader-'));
  const written = await writeRoute({ folder, world: makeWorld(), minutes: 1, year: 2026, logs: () => ['qlog'] });
  good = join(folder, `${written.logId}--0`, 'qlog.zst');
  await stat(good).catch(() => {
    good = join(folder, `${written.logId}--0`, 'qlog');
  });
});
after(() => rm(folder, { recursive: true, force: true }));

const summary = (path: string) => ({ do: 'summary', files: [{ minute: 0, path, name: 'qlog of minute 0' }] }) as const;

test('a log that never ends is given up, and the next one is read by a new process', async () => {
  const pipe = join(folder, 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  // The second must be read within it, by a process that has yet to start.
  const reader = new DriveReader({ log: silentLog, patienceMs: 10_000 });
  try {
    const hung = assert.rejects(reader.ask(summary(pipe)), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /took too long/);
      return true;
    });
    const next = reader.ask(summary(good), false);
    await hung;
    assert.ok((await next).engaged.length > 0);
  } finally {
    reader.close();
  }
});

test('a process that grows too large is ended; what it read is at fault', async () => {
  const reader = new DriveReader({ log: silentLog, mostBytes: 1_000_000 });
  try {
    // Node alone has more than this: the first weighing ends it.
    const pipe = join(folder, 'pipe-2');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    await assert.rejects(reader.ask(summary(pipe)), /took too much memory/);
  } finally {
    reader.close();
  }
});

test('what is no log or no film is said, and the process lives on', async () => {
  const wrong = join(folder, 'wrong');
  await writeFile(wrong, Buffer.alloc(200_000, 0x47));
  const reader = new DriveReader({ log: silentLog });
  try {
    await assert.rejects(reader.ask(summary(wrong)), InputError);
    const file = { minute: 0, path: wrong, name: 'qcamera.ts of minute 0' };
    await assert.rejects(reader.ask({ do: 'film', file, to: join(folder, 'film.mp4') }), /qcamera\.ts of minute 0/);
    await assert.rejects(reader.ask({ do: 'poster', file, at: 1, width: 320 }), InputError);
    assert.ok((await reader.ask(summary(good))).distance !== null);
  } finally {
    reader.close();
  }
});

test('a hub that stops leaves nobody waiting', async () => {
  const reader = new DriveReader({ log: silentLog });
  const asked = [reader.ask(summary(good)), reader.ask(summary(good))].map((one) => assert.rejects(one, Unavailable));
  reader.close();
  await Promise.all(asked);
  await assert.rejects(reader.ask(summary(good)), Unavailable);
});
