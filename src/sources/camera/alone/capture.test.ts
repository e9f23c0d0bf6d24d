import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EncodedPacketSink, FilePathSource, Input, MP4 } from 'mediabunny';
import { projectRoot } from '../../../../test/house/imports.ts';
import { startTestCamera, type TestCamera } from '../../../../test/rtsp/camera.ts';
import { readFrameMark } from '../../../../test/rtsp/frame-number.ts';
import { systemClock } from '../../../base/clock.ts';
import { UserError } from '../../../base/errors.ts';
import { probeFile } from '../../../media/codec/codec.ts';
import { capture } from './capture.ts';
import type { Captured } from './captured-file.ts';

let folder = '';
let camera: TestCamera;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-capture-'));
  camera = await startTestCamera({ fixture: 'h264-360p' });
});
after(async () => {
  await camera.close();
  await rm(folder, { recursive: true, force: true });
});

function start(path: string, fragmented: boolean) {
  const stop = new AbortController();
  let now: Captured | undefined;
  const done = capture(
    { url: camera.url(), username: null, password: null },
    {
      path,
      force: false,
      fragmented,
      signal: stop.signal,
      clock: systemClock,
      say: () => undefined,
      onProgress: (progress) => {
        now = progress;
      },
    },
  );
  return {
    done,
    stop: () => stop.abort(),
    async until(look: (now: Captured) => boolean): Promise<void> {
      const end = performance.now() + 40_000;
      while (now === undefined || !look(now)) {
        assert.ok(performance.now() < end, `not in time: ${JSON.stringify(now)}`);
        await Promise.race([sleep(50), done]);
      }
    },
  };
}

/** Numbers and times of the pictures in a file, in order. */
async function picturesIn(path: string): Promise<{ number: number; seconds: number }[]> {
  using input = new Input({ source: new FilePathSource(path), formats: [MP4] });
  const track = await input.getPrimaryVideoTrack();
  assert.ok(track);
  const sink = new EncodedPacketSink(track);
  const found: { number: number; seconds: number }[] = [];
  for (let packet = await sink.getFirstPacket(); packet; packet = await sink.getNextPacket(packet))
    found.push({ number: Number(readFrameMark('h264', packet.data)?.number ?? -1), seconds: packet.timestamp });
  return found;
}

/** Types of the boxes at the top of a file. */
async function boxesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at))
    types.push(bytes.toString('latin1', at + 4, at + 8));
  return types;
}

test('every picture is in the file, which is an ordinary MP4 when it is stopped; a stream that was away leaves a gap of its length', async () => {
  const path = join(folder, 'door.mp4');
  const { done, stop, until } = start(path, false);
  await until(({ pictures }) => pictures > 30);
  camera.fault({ kind: 'reset' });
  await until(({ gaps, pictures }) => gaps === 1 && pictures > 60);
  stop();
  const [file] = await done;
  assert.ok(file);
  assert.equal(file.gaps, 1);
  assert.deepEqual(await boxesOf(path), ['ftyp', 'moov', 'mdat']);
  assert.deepEqual(await readdir(folder), ['door.mp4'], 'nothing is left beside it');
  const pictures = await picturesIn(path);
  assert.equal(pictures.length, file.pictures);
  const steps = pictures.slice(1).map(({ number, seconds }, index) => {
    const before = pictures[index];
    assert.ok(before);
    return { frames: number - before.number, seconds: seconds - before.seconds };
  });
  assert.equal(steps.filter(({ frames }) => frames !== 1).length, 1, 'one hole');
  for (const { frames, seconds } of steps)
    assert.ok(Math.abs(seconds - frames / 15) < (frames === 1 ? 0.02 : 0.7), `${frames} frames in ${seconds} s`);
  const probe = await probeFile(path);
  assert.ok(probe.video);
});

test('after kill -9 the file can be played up to its last second, and is not overwritten', async () => {
  const path = join(folder, 'killed.mp4');
  const child = spawn(process.execPath, ['src/cli/vidette.ts', 'capture', camera.url(), path], {
    cwd: projectRoot,
    stdio: 'ignore',
  });
  try {
    const end = performance.now() + 40_000;
    while ((await stat(path).catch(() => undefined))?.size === undefined || (await stat(path)).size < 200_000) {
      assert.ok(performance.now() < end && child.exitCode === null);
      await sleep(50);
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const pictures = await picturesIn(path);
  assert.ok(pictures.length >= 15);
  for (const [index, { number }] of pictures.entries()) assert.equal(number, (pictures[0]?.number ?? 0) + index);
  assert.ok((await probeFile(path)).video);

  const again = start(path, false);
  await assert.rejects(again.done, (error) => error instanceof UserError && /exists already/.test(error.message));
  assert.equal((await picturesIn(path)).length, pictures.length);
});

test('what cannot be read is told at once, and leaves no file', async () => {
  const path = join(folder, 'none.mp4');
  const options = {
    path,
    force: false,
    fragmented: true,
    signal: new AbortController().signal,
    clock: systemClock,
    say: () => undefined,
    onProgress: () => undefined,
  };
  const text = join(folder, 'text.mp4');
  await writeFile(text, 'no video at all\n'.repeat(100));
  const address = { url: `file://${text}`, username: null, password: null };
  await assert.rejects(capture(address, options), /cannot be opened|no streams|no pictures/);
  await assert.rejects(stat(path), /ENOENT/);
});
