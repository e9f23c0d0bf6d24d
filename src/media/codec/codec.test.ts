import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lookAt, makeFootage } from '../../../test/media/footage.ts';
import { InputError, UserError } from '../../base/errors.ts';
import { probeFile, renderVideo } from './codec.ts';
import type { RenderPlan } from './plan.ts';

let folder = '';
let first = '';
let second = '';
let counter = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-codec-'));
  const common = { width: 320, height: 180, fps: 15, content: 'plain', sound: true } as const;
  [first, second] = await Promise.all([
    makeFootage({ ...common, path: join(folder, 'first.mp4'), seconds: 6 }),
    makeFootage({ ...common, path: join(folder, 'second.mp4'), seconds: 4, firstFrame: 90 }),
  ]);
});
after(() => rm(folder, { recursive: true, force: true }));

function plan(change: Partial<RenderPlan>): RenderPlan {
  return {
    inputs: [
      { name: 'first', path: first },
      { name: 'second', path: second },
    ],
    sources: [{ name: 'Door', pieces: [{ input: 0, from: 2, to: 4, wallStart: Date.UTC(2026, 10, 21, 18) }] }],
    layout: 'main',
    overlay: { clock: false, timeZone: 'UTC' },
    limits: {},
    sound: 'keep',
    metadata: { title: 'Door', createdAt: Date.UTC(2026, 10, 21, 18) },
    output: join(folder, `out-${++counter}.mp4`),
    scratch: folder,
    ...change,
  };
}

test('a cut begins and ends on the exact frames, with sound', async () => {
  const asked = plan({});
  const progress: number[] = [];
  const result = await renderVideo(asked, { onProgress: (now) => progress.push(now) });
  assert.equal(result.frames, 30);
  assert.equal(result.duration, 2);
  assert.equal(result.bytes, (await stat(asked.output)).size);
  const seen = await lookAt(asked.output);
  assert.deepEqual(
    seen.frames,
    Array.from({ length: 30 }, (_, index) => 30 + index),
  );
  // The tone is loud in even seconds: the clip begins with second 2.
  assert.ok((seen.loudness[5] ?? 0) > 5 * (seen.loudness[15] ?? 1), `${seen.loudness}`);
  assert.ok(progress.length > 0 && progress.every((now, index) => now >= (progress[index - 1] ?? 0)));
});

test('pieces of several files become one clip without a lost or doubled frame', async () => {
  const asked = plan({
    sources: [
      {
        name: 'Door',
        pieces: [
          { input: 0, from: 4.6, to: 6, wallStart: 0 },
          { input: 1, from: 0, to: 1.6, wallStart: 1400 },
        ],
      },
    ],
  });
  const result = await renderVideo(asked);
  assert.equal(result.frames, 45);
  assert.deepEqual(
    (await lookAt(asked.output)).frames,
    Array.from({ length: 45 }, (_, index) => 69 + index),
  );
});

test('a title and a clock are drawn, and the size limit is kept', async () => {
  const asked = plan({
    overlay: { title: 'Front door', clock: true, timeZone: 'Europe/Berlin' },
    limits: { maxBytes: 60_000 },
  });
  const result = await renderVideo(asked);
  assert.ok(result.bytes <= 60_000, `${result.bytes}`);
  assert.ok(result.bytes > 0.95 * 60_000 || result.crf <= 18, `${result.bytes} at CRF ${result.crf}`);
});

test('a grid shows all sources at the same time, also where one has a gap', async () => {
  const asked = plan({
    layout: 'grid',
    sources: [
      { name: 'A', pieces: [{ input: 0, from: 0, to: 2, wallStart: 10_000 }] },
      { name: 'B', pieces: [{ input: 1, from: 0, to: 2, wallStart: 11_000 }] },
    ],
  });
  const result = await renderVideo(asked);
  assert.deepEqual([result.width, result.height, result.frames], [640, 180, 45]);
});

test('a lossless master holds the same frames', async () => {
  const master = join(folder, 'master.mkv');
  await renderVideo(plan({ master, limits: { maxBytes: 50_000 } }));
  const seen = await lookAt(master);
  assert.deepEqual(
    seen.frames,
    Array.from({ length: 30 }, (_, index) => 30 + index),
  );
  assert.ok(seen.loudness.length >= 20);
});

test('hostile input is a clear error for that input alone', async () => {
  const garbage = join(folder, 'garbage.mp4');
  await writeFile(garbage, Buffer.from('this is no film'.repeat(1000)));
  const playlist = join(folder, 'list.m3u8');
  await writeFile(playlist, `#EXTM3U\n#EXTINF:1\nfile://${first}\n#EXT-X-ENDLIST\n`);
  for (const path of [garbage, playlist, join(folder, 'missing.mp4')]) {
    const asked = plan({ inputs: [{ name: 'evil', path }] });
    await assert.rejects(renderVideo(asked), (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      assert.equal(error.input, 'evil');
      assert.ok(!error.message.includes(folder), error.message);
      return true;
    });
    await assert.rejects(probeFile(path), InputError);
  }
});

test('one input that cannot be read is a gap in the clip, with a note, and not its end', async () => {
  const garbage = join(folder, 'rubbish.mp4');
  await writeFile(garbage, Buffer.from('this is no film'.repeat(1000)));
  // A container like any other; of its pictures none can be decoded.
  const opaque = join(folder, 'opaque.mp4');
  const bytes = await readFile(first);
  const data = bytes.indexOf('mdat') + 4;
  const end = data - 8 + bytes.readUInt32BE(data - 8);
  await writeFile(
    opaque,
    Buffer.concat([bytes.subarray(0, data), Buffer.alloc(end - data, 0xa5), bytes.subarray(end)]),
  );
  for (const path of [garbage, opaque, join(folder, 'missing.mp4')]) {
    const asked = plan({
      inputs: [
        { name: '0000.mp4', path: first },
        { name: '0001.mp4', path },
        { name: '0002.mp4', path: second },
      ],
      sources: [
        {
          name: 'Door',
          pieces: [
            { input: 0, from: 5, to: 6, wallStart: Date.UTC(2026, 10, 21, 18) },
            { input: 1, from: 0, to: 3, wallStart: Date.UTC(2026, 10, 21, 18, 0, 1) },
            { input: 2, from: 0, to: 1, wallStart: Date.UTC(2026, 10, 21, 18, 0, 4) },
          ],
        },
      ],
    });
    const result = await renderVideo(asked);
    assert.deepEqual(result.notes, ['3 s of Door could not be read and is left out: 18:00:01–18:00:04.']);
    const wanted = [...Array(15).keys()].flatMap((at) => [75 + at]).concat([...Array(15).keys()].map((at) => 90 + at));
    assert.deepEqual((await lookAt(asked.output)).frames, wanted);
  }
});

test('one input that the decoder dies of is left out, and the others become the clip', async () => {
  // 33 million pixels, held many times over: more than the process may have.
  const huge = await makeFootage({
    path: join(folder, 'huge.mp4'),
    width: 7680,
    height: 4320,
    fps: 5,
    seconds: 1,
    content: 'plain',
    sound: false,
  });
  const piece = (input: number, at: number) => ({
    input,
    from: 0,
    to: 1,
    wallStart: Date.UTC(2026, 10, 21, 18, 0, at),
  });
  const asked = plan({
    inputs: [first, huge, second].map((path, index) => ({ name: `000${index}.mp4`, path })),
    sources: [{ name: 'Door', pieces: [piece(0, 0), piece(1, 1), piece(2, 2)] }],
    limits: { width: 320 },
  });
  const maxMemory = 330_000_000;
  const result = await renderVideo(asked, { maxMemory });
  assert.deepEqual(result.notes, ['1 s of Door could not be read and is left out: 18:00:01–18:00:02.']);
  const wanted = [...Array(15).keys(), ...[...Array(15).keys()].map((at) => 90 + at)];
  assert.deepEqual((await lookAt(asked.output)).frames, wanted);
  const alone = plan({ inputs: [{ name: 'huge', path: huge }], limits: { width: 320 } });
  await assert.rejects(renderVideo(alone, { maxMemory }), /huge: needed too much memory/);
});

test('a file of which the rest is damaged is black there, and the clip goes on', async () => {
  const broken = join(folder, 'broken.mp4');
  const bytes = await readFile(first);
  const data = bytes.indexOf('mdat') + 4;
  const end = data - 8 + bytes.readUInt32BE(data - 8);
  const half = data + Math.floor((end - data) / 2);
  await writeFile(
    broken,
    Buffer.concat([bytes.subarray(0, half), Buffer.alloc(end - half, 0xa5), bytes.subarray(end)]),
  );
  const asked = plan({
    inputs: [
      { name: '0000.mp4', path: broken },
      { name: '0001.mp4', path: second },
    ],
    sources: [
      {
        name: 'Door',
        pieces: [
          { input: 0, from: 0, to: 6, wallStart: 0 },
          { input: 1, from: 0, to: 1, wallStart: 6000 },
        ],
      },
    ],
    sound: 'mute',
  });
  const result = await renderVideo(asked);
  assert.equal(result.frames, 105);
  assert.ok(
    result.notes.some((note) => /could not be decoded/.test(note)),
    result.notes.join(),
  );
  const { frames } = await lookAt(asked.output);
  assert.equal(frames[10], 10);
  assert.equal(frames[95], 95);
});

test('a limit that cannot be met says so', async () => {
  await assert.rejects(renderVideo(plan({ limits: { maxBytes: 1500 } })), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.code, 'limit-too-small');
    return true;
  });
});

test('an abort ends the process and leaves no output', async () => {
  const stop = new AbortController();
  const asked = plan({ sources: [{ name: 'A', pieces: [{ input: 0, from: 0, to: 6, wallStart: 0 }] }] });
  const running = renderVideo(asked, { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
  await assert.rejects(running, /enough/);
  await assert.rejects(stat(asked.output), /ENOENT/);
});

test('a decoder that needs too much memory, or says nothing, is stopped; that input alone fails', async () => {
  await assert.rejects(renderVideo(plan({}), { maxMemory: 1000 }), /too much memory/);
  await assert.rejects(renderVideo(plan({}), { silenceMs: 1 }), /got stuck/);
});

test('probe says what a file is', async () => {
  const probe = await probeFile(first);
  assert.deepEqual(probe.video, { codec: 'h264', width: 320, height: 180, fps: 15, turn: 0 });
  assert.equal(probe.audio?.codec, 'aac');
  assert.ok(Math.abs((probe.duration ?? 0) - 6) < 0.1);
});
