import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DrawnWork, drawnEntry, renderDrawnEntry } from '../../../test/media/drawn.ts';
import { lookAt } from '../../../test/media/footage.ts';
import { pixelsOf } from '../../../test/media/jpeg.ts';
import { InputError, UserError } from '../../base/errors.ts';
import { NativeProcess } from '../codec/native-process.ts';
import { chunksOf } from './chunk-plan.ts';
import { type ChunkedClip, renderChunks } from './render-chunks.ts';

let folder = '';
let counter = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-chunks-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const WORK: DrawnWork = { width: 640, height: 360, fps: 30, frames: 250, busy: 12, sound: true };
const signal = new AbortController().signal;

function clip(work: Partial<DrawnWork> = {}, change: Partial<ChunkedClip> = {}): ChunkedClip {
  const index = ++counter;
  return {
    entry: drawnEntry,
    work: { ...WORK, ...work },
    name: 'the scene',
    key: 'test',
    limits: {},
    sound: 'keep',
    metadata: { title: 'Squares' },
    output: join(folder, `out-${index}.mp4`),
    folder: join(folder, `chunks-${index}`),
    ...change,
  };
}

test('chunks are two seconds, and no crumb is left at the end', () => {
  const rate = { num: 30, den: 1 };
  assert.deepEqual(chunksOf(130, rate), [
    { index: 0, first: 0, count: 60 },
    { index: 1, first: 60, count: 70 },
  ]);
  for (const frames of [1, 14, 59, 60, 61, 75, 76, 119, 120, 1000]) {
    const chunks = chunksOf(frames, rate);
    assert.equal(
      chunks.reduce((sum, { count }) => sum + count, 0),
      frames,
    );
    for (const [index, { first, count }] of chunks.entries()) {
      assert.equal(first, index * 60);
      assert.ok(count > 0 && count <= 75);
    }
  }
});

test('a clip in chunks is one file: every frame once, in order, with sound; the same bits each time', async () => {
  const seen: string[] = [];
  const asked = clip();
  const result = await renderChunks(asked, { signal, onProgress: (_, stage) => seen.push(stage) });
  assert.deepEqual([result.frames, result.chunks, result.resumed, result.width], [250, 4, 0, 640]);
  assert.equal(result.bytes, (await stat(asked.output)).size);
  const { frames, loudness } = await lookAt(asked.output);
  assert.deepEqual(frames, [...Array(250).keys()]);
  assert.ok(loudness.length > 70 && loudness.slice(2, -4).every((level) => level > 0.1), `${loudness}`);
  assert.ok(seen.includes('Drawing') && seen.includes('Joining'));
  await assert.rejects(readdir(asked.folder), /ENOENT/);
  const again = clip({}, { width: 1 });
  await renderChunks(again, { signal });
  assert.ok((await readFile(asked.output)).equals(await readFile(again.output)));
});

test('what is being drawn can be seen, whole each time, and one frame alone', async () => {
  const picture = join(folder, 'now.jpg');
  let seen: Buffer | undefined;
  const look = (): void => {
    if (existsSync(picture)) seen ??= readFileSync(picture);
  };
  const asked = clip({ frames: 70 });
  await renderChunks(asked, { signal, picture, onProgress: look });
  look();
  const shown = await pixelsOf(seen ?? assert.fail('no picture was shown'));
  assert.deepEqual([shown.width, shown.height], [480, 270]);

  const process = new NativeProcess(drawnEntry);
  try {
    await process.run({ do: 'open', work: WORK }, 'the scene', { signal });
    const paths = [7, 7, 90].map((frame, index) => ({ frame, path: join(folder, `frame-${index}.jpg`) }));
    for (const { frame, path } of paths) await process.run({ do: 'picture', frame, path }, 'the scene', { signal });
    const [first, again, other] = await Promise.all(paths.map(({ path }) => readFile(path)));
    assert.ok(first && again && other && first.equals(again) && !first.equals(other));
    const { width, height } = await pixelsOf(first);
    assert.deepEqual([width, height], [640, 360]);
  } finally {
    await process.close();
  }
});

test('killed at any moment it goes on, and the file is the same', async () => {
  const whole = clip();
  await renderChunks(whole, { signal });
  const expected = await readFile(whole.output);
  const finishedIn = async (path: string): Promise<number> => {
    const names = await readdir(path).catch(() => []);
    return names.filter((name) => /^chunk-\d+$/.test(name)).length;
  };
  for (const finished of [1, 3]) {
    const begun = join(folder, `begun-${finished}`);
    const asked = clip({ begun });
    const child = fork(renderDrawnEntry, { stdio: 'ignore' });
    child.send(asked);
    while ((await finishedIn(asked.folder)) < finished && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const { resumed, chunks } = await renderChunks(asked, { signal });
    assert.ok(resumed >= finished, `${resumed} of ${finished} were there already`);
    const again = (await readFile(begun, 'utf8')).split('\n').length - 1 - chunks;
    assert.ok(again <= availableParallelism(), `${again} chunks were made again`);
    assert.ok(expected.equals(await readFile(asked.output)));
  }
});

test('a size limit is met, and used: each chunk is looked at once, coded once, and at most two again', async () => {
  for (const [maxBytes, change, preset] of [
    [120_000, {}, 'veryfast'],
    [60_000, { frames: 60, busy: 30 }, 'medium'],
    [30_000, {}, 'veryfast'],
  ] as const) {
    const begun = join(folder, `begun-${maxBytes}`);
    const asked = clip({ ...change, begun }, { limits: { maxBytes }, preset });
    const result = await renderChunks(asked, { signal });
    assert.ok(result.bytes <= maxBytes, `${result.bytes} of ${maxBytes}`);
    assert.ok(result.bytes >= maxBytes * 0.93 || result.qp <= 20.5, `${result.bytes} of ${maxBytes}, QP ${result.qp}`);
    const begins = (await readFile(begun, 'utf8')).split('\n').length - 1;
    const most = 2 * result.chunks + 2;
    assert.ok(begins <= most, `${begins} looks and codings of ${result.chunks} chunks, in ${maxBytes}`);
    const { frames } = await lookAt(asked.output);
    if (result.fps === 30) assert.equal(frames.length, result.frames);
    if (maxBytes !== 120_000) continue;
    const again = clip(change, { limits: { maxBytes }, width: 1 });
    await renderChunks({ ...again, work: asked.work }, { signal });
    assert.ok((await readFile(asked.output)).equals(await readFile(again.output)), 'the same bits each time');
  }
  await assert.rejects(
    renderChunks(clip({ busy: 40 }, { limits: { maxBytes: 3000 } }), { signal }),
    (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.code, 'limit-too-small');
      return true;
    },
  );
});

test('what cannot be drawn ends it with its reason; a process that dies of it is tried once more; an abort leaves chunks for later', async () => {
  await assert.rejects(
    renderChunks(clip({ fail: { at: 70, how: 'throw' } }), { signal }),
    /this frame cannot be drawn/,
  );
  await assert.rejects(renderChunks(clip({ fail: { at: 70, how: 'exit' } }), { signal }), (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /the scene: the decoder ended with 7/);
    return true;
  });
  const stop = new AbortController();
  const asked = clip({ frames: 900 });
  const rendering = renderChunks(asked, {
    signal: stop.signal,
    onProgress: (progress) => progress > 0.4 && stop.abort(new Error('enough')),
  });
  await assert.rejects(rendering, /enough/);
  assert.ok((await readdir(asked.folder)).some((name) => name.startsWith('chunk-')));
  await assert.rejects(stat(asked.output), /ENOENT/);
});

test('an abort between two chunks leaves no process behind', async () => {
  const processes = (): number => process.getActiveResourcesInfo().filter((what) => what === 'ProcessWrap').length;
  const before = processes();
  const asked = clip({ frames: 480 }, { sound: 'mute' });
  for (const enough of [0.5, 0]) {
    const stop = new AbortController();
    // The second time it comes from a chunk that lies there finished, while a process waits for work.
    const onProgress = (progress: number): void => {
      if (progress > enough) stop.abort(new Error('enough'));
    };
    await assert.rejects(renderChunks(asked, { signal: stop.signal, onProgress }), /enough/);
    await sleep(100);
    assert.equal(processes(), before);
  }
});
