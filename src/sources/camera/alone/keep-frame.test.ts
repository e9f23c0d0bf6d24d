import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { numberIn, pixelsOf } from '../../../../test/media/jpeg.ts';
import { startTestCamera, type TestCamera } from '../../../../test/rtsp/camera.ts';
import { systemClock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import { FrameFile, type FrameStatus } from './frame-file.ts';
import { type KeepOptions, keepFrame } from './keep-frame.ts';

let folder = '';
let camera: TestCamera;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-frame-'));
  camera = await startTestCamera({ fixture: 'h264-360p' });
});
after(async () => {
  await camera.close();
  await rm(folder, { recursive: true, force: true });
});

function start(name: string, change: Partial<KeepOptions> = {}) {
  const file = new FrameFile(join(folder, `${name}.jpg`), join(folder, `${name}.json`));
  const stop = new AbortController();
  const words: string[] = [];
  const running = keepFrame({ url: camera.url(), username: null, password: null }, file, {
    rate: 'key',
    wish: { quality: 80 },
    stale: 'mark',
    staleAfterMs: 1500,
    clock: systemClock,
    log: silentLog,
    signal: stop.signal,
    say: (line) => words.push(line),
    ...change,
  });
  const status = async (): Promise<FrameStatus | undefined> =>
    readFile(file.statusPath, 'utf8').then(
      (text) => JSON.parse(text) as FrameStatus,
      () => undefined,
    );
  return {
    file,
    words,
    status,
    running,
    async until(look: (now: FrameStatus) => boolean | Promise<boolean>): Promise<FrameStatus> {
      const end = performance.now() + 30_000;
      for (;;) {
        const now = await status();
        if (now !== undefined && (await look(now))) return now;
        assert.ok(performance.now() < end, `not in time: ${JSON.stringify(now)} ${words.join(' ')}`);
        await sleep(30);
      }
    },
    async end(): Promise<void> {
      stop.abort();
      await running;
    },
  };
}

const brightness = async (path: string): Promise<number> => {
  const { data } = await pixelsOf(await readFile(path));
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at + 1] ?? 0;
  return sum / (data.length / 4);
};

test('a reader never sees a part of a picture nor an empty file, while every picture is written', async () => {
  const kept = start('every', { rate: 'every', wish: { quality: 60, width: 320 } });
  await kept.until(({ sequence }) => sequence > 0);
  const seen = new Set<string>();
  for (let read = 0; read < 3000; read += 1) {
    const bytes = await readFile(kept.file.path);
    assert.ok(bytes.length > 1000, `${bytes.length} bytes`);
    assert.equal(bytes.readUInt16BE(0), 0xffd8);
    assert.equal(bytes.readUInt16BE(bytes.length - 2), 0xffd9);
    seen.add(bytes.subarray(-200).toString('hex'));
    if (read % 30 === 0) await sleep(5);
  }
  assert.ok(seen.size > 3, `${seen.size} pictures`);
  const { time, width } = await kept.until(({ sequence }) => sequence > 10);
  assert.equal(width, 320);
  assert.ok(Math.abs(Date.parse(time ?? '') - Date.now()) < 10_000);
  await kept.end();
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes('tmp')),
    [],
  );
});

test('a camera that freezes makes the file look old, and a camera that comes back makes it fresh', async () => {
  const marked = start('mark');
  const removed = start('remove', { stale: 'remove' });
  const fresh = await marked.until(({ state, sequence }) => state === 'fresh' && sequence > 1);
  await removed.until(({ state }) => state === 'fresh');
  assert.equal((await stat(marked.file.path)).mtime.toISOString(), (await marked.status())?.time ?? fresh.time);
  const before = await brightness(marked.file.path);
  camera.fault({ kind: 'freeze', seconds: 60 });
  const stale = await marked.until(({ state, age }) => state === 'stale' && (age ?? 0) > 1.5);
  await removed.until(({ state }) => state === 'stale');
  await marked.until(async () => (await brightness(marked.file.path)) < before * 0.75);
  assert.ok(Math.abs((await stat(marked.file.path)).mtimeMs - Date.parse(stale.time ?? '')) < 2);
  await assert.rejects(stat(removed.file.path), /ENOENT/);
  camera.heal();
  await marked.until(({ state, sequence }) => state === 'fresh' && sequence > stale.sequence);
  await removed.until(({ state }) => state === 'fresh');
  assert.notEqual(await numberIn({ data: await readFile(marked.file.path) }), undefined);
  await marked.end();
  await removed.end();
  assert.equal((await marked.status())?.state, 'stopped');
  await assert.rejects(stat(removed.file.path), /ENOENT/);
});

test('once: one picture and the end; or why there is none', async () => {
  const once = start('once', { rate: 'once', wish: { quality: 80, height: 90 } });
  await once.running;
  assert.equal((await pixelsOf(await readFile(once.file.path))).height, 90);
  const none = keepFrame({ url: 'rtsp://127.0.0.1:9/none', username: null, password: null }, once.file, {
    rate: 'once',
    wish: { quality: 80 },
    stale: 'mark',
    staleAfterMs: 1000,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    say: () => undefined,
  });
  await assert.rejects(none, /cannot be reached|refused/i);
});
