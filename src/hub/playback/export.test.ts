import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input, type InputVideoTrack } from 'mediabunny';
import { type RealWish, realSegments } from '../../../test/footage/real-segments.ts';
import { makeSegment, streamConfig } from '../../../test/footage/segment-file.ts';
import { lookAt } from '../../../test/media/footage.ts';
import { silentLog } from '../../base/log.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { boxes, findBox } from '../../media/mp4/box.ts';
import { type ExportPlan, type ExportRequest, exportBytes, planExport } from './export.ts';
import type { Playable } from './library.ts';
import { SegmentShelf } from './segment-shelf.ts';

const T = Date.parse('2026-11-21T18:00:00Z');
const SOURCE = randomUUID();
/** Pictures a second of the prepared streams. */
const FPS = 15;
let root = '';
let blobs: FolderStore;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-export-'));
  blobs = new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });
});
after(() => rm(root, { recursive: true }));

let count = 0;
async function record(wish: Partial<RealWish> = {}): Promise<Playable[]> {
  const made = await realSegments({ fixture: 'h264-360p', sourceId: SOURCE, runWallStart: T, groups: [3, 3], ...wish });
  return await Promise.all(
    made.map(async (segment) => {
      const key = `door/${count++}.mp4`;
      await blobs.put(key, segment.bytes);
      const shownFrom = segment.identity.wallStart;
      return { key, shownFrom, shownTo: shownFrom + segment.durationMs };
    }),
  );
}

async function exported(
  playables: readonly Playable[],
  request: ExportRequest,
): Promise<{ plan: ExportPlan; bytes: Buffer }> {
  const shelf = new SegmentShelf(blobs);
  const plan = await planExport(playables, shelf, request, silentLog);
  assert.equal(plan?.kind, 'plan');
  const chunks: Buffer[] = [];
  for await (const chunk of exportBytes(plan, shelf, { start: 0, end: plan.bytes - 1 })) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, plan.bytes, 'as long as was said');
  return { plan, bytes };
}

async function seen(bytes: Buffer) {
  const path = join(root, `${count++}-export.mp4`);
  await writeFile(path, bytes);
  return await lookAt(path);
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

test('every picture taken in the range and no other, from between two key frames on, over the seam of two files', async () => {
  const { plan, bytes } = await exported(await record(), { from: T + 1400, to: T + 4900, gaps: 'close' });
  // 1400 ms is exactly picture 21, and picture 73 is taken at 4867 ms.
  assert.equal(plan.frames, 53);
  const file = await seen(bytes);
  assert.deepEqual(file.frames, numbers(21, 74));
  assert.ok(Math.abs((file.at[0] ?? 1) - 0) < 0.001, 'it begins with the first of them');
  assert.deepEqual([plan.start - T, plan.end - T], [1400, 4933]);
});

test('the tables stand in front of the data', async () => {
  const { bytes } = await exported(await record(), { from: T, to: T + 2000, gaps: 'close' });
  assert.deepEqual(
    [...boxes(bytes, 'export')].map((box) => box.type),
    ['ftyp', 'moov', 'mdat'],
  );
});

test('any range of bytes is the same bytes, and equal requests have equal validators', async () => {
  const playables = await record();
  const { plan, bytes } = await exported(playables, { from: T + 500, to: T + 5000, gaps: 'close' });
  const shelf = new SegmentShelf(blobs);
  const head = plan.head.length;
  for (const [start, end] of [
    [0, 0],
    [head - 3, head + 3],
    [head + 20_000, plan.bytes - 1],
    [plan.bytes - 1, plan.bytes - 1],
  ] as const) {
    const chunks: Buffer[] = [];
    for await (const chunk of exportBytes(plan, shelf, { start, end })) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).equals(bytes.subarray(start, end + 1)), `${start}–${end}`);
  }
  assert.equal((await exported(playables, { from: T + 500, to: T + 5000, gaps: 'close' })).plan.etag, plan.etag);
  assert.notEqual((await exported(playables, { from: T + 500, to: T + 5001, gaps: 'keep' })).plan.etag, '');
  assert.notEqual((await exported(playables, { from: T + 600, to: T + 5000, gaps: 'close' })).plan.etag, plan.etag);
});

test('pictures that are shown in another order than decoded', async () => {
  const playables = await record({ fixture: 'h264-360p-b', groups: [2, 2] });
  const { plan, bytes } = await exported(playables, { from: T + 1400, to: T + 3000, gaps: 'close' });
  assert.deepEqual((await seen(bytes)).frames, numbers(21, 45));
  assert.equal(plan.frames, 24);
});

test('a gap is closed, or the picture before it stands as long as it was', async () => {
  const before = await record({ groups: [2] });
  const after = await record({ groups: [2], run: 'run0000000000001', runWallStart: T + 60_000 });
  const range = { from: T, to: T + 90_000 };
  const closed = await seen((await exported([...before, ...after], { ...range, gaps: 'close' })).bytes);
  assert.deepEqual(closed.frames, [...numbers(0, 30), ...numbers(0, 30)]);
  assert.ok(Math.abs((closed.at[30] ?? 0) - 2) < 0.002, `${closed.at[30]}`);
  const { plan, bytes } = await exported([...before, ...after], { ...range, gaps: 'keep' });
  const kept = await seen(bytes);
  assert.deepEqual(kept.frames, closed.frames);
  assert.ok(Math.abs((kept.at[30] ?? 0) - 60) < 0.002, `${kept.at[30]}`);
  assert.equal(plan.end - T, 62_000);
});

test('where two files overlap nothing is shown twice, and time does not drift', async () => {
  const older = await record({ groups: [4] });
  const newer = await record({ groups: [4], run: 'run0000000000001', runWallStart: T + 2600 });
  const { plan, bytes } = await exported([...older, ...newer], { from: T, to: T + 20_000, gaps: 'close' });
  const file = await seen(bytes);
  assert.equal(file.frames.length, plan.frames);
  for (const [at, seconds] of file.at.entries())
    assert.ok(Math.abs(seconds - at / FPS) < 0.5 / FPS, `picture ${at} stands at ${seconds} s`);
  assert.deepEqual(file.frames.slice(-60), numbers(0, 60));
});

test('sound stays beside its pictures, whatever is cut off in front of it, over seams and closed gaps', async () => {
  const playables: Playable[] = [];
  for (const [run, at] of [
    ['run0000000000000', 0],
    ['run0000000000001', 60_000],
  ] as const) {
    const made = makeSegment({ sourceId: SOURCE, runWallStart: T + at, run, fragments: 6, keyEvery: 3, sound: true });
    const key = `door/${count++}.mp4`;
    await blobs.put(key, made.bytes);
    playables.push({ key, shownFrom: T + at, shownTo: T + at + 6000 });
  }
  for (const [gaps, jump] of [
    ['close', 0],
    ['keep', 54_000],
  ] as const) {
    const { plan, bytes } = await exported(playables, { from: T + 1500, to: T + 63_000, gaps });
    assert.equal(plan.frames, 75);
    const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
    try {
      const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
      assert.ok(video && audio);
      for (const [track, unitMs, first] of [
        [video, 100, 15],
        [audio, 64, 24],
      ] as const) {
        let run = 0;
        let before = -1;
        let seen = 0;
        for await (const packet of new EncodedPacketSink(track as InputVideoTrack).packets()) {
          const number = Number(Buffer.from(packet.data).toString());
          if (number < before) run++;
          before = number;
          // When it was taken, after the first picture that is shown; in the second run six seconds, or a minute, later.
          const wanted = number * unitMs - 1500 + run * (6000 + jump);
          assert.ok(Math.abs(packet.timestamp * 1000 - wanted) < 1, `${number} of run ${run} at ${packet.timestamp} s`);
          if (wanted >= 0) {
            if (seen++ === 0) assert.equal(number, first);
          }
        }
        assert.equal(run, 1);
        // 4.5 s and 3 s.
        assert.ok(Math.abs(seen - 7500 / unitMs) < 2, `${seen}`);
      }
    } finally {
      input.dispose();
    }
  }
});

test('a change of coding is told as parts, none of which has it', async () => {
  const a = makeSegment({ sourceId: SOURCE, runWallStart: T, fragments: 3 });
  const b = makeSegment({
    sourceId: SOURCE,
    runWallStart: T + 3000,
    run: 'run0000000000001',
    fragments: 3,
    config: streamConfig(0x28),
  });
  const playables: Playable[] = [];
  for (const made of [a, b]) {
    const key = `door/${count++}.mp4`;
    await blobs.put(key, made.bytes);
    playables.push({ key, shownFrom: made.identity.wallStart, shownTo: made.identity.wallStart + 3000 });
  }
  const found = await planExport(
    playables,
    new SegmentShelf(blobs),
    { from: T + 1000, to: T + 6000, gaps: 'close' },
    silentLog,
  );
  assert.deepEqual(found, {
    kind: 'parts',
    parts: [
      { from: T + 1000, to: T + 3000, codec: 'avc1.64001f' },
      { from: T + 3000, to: T + 6000, codec: 'avc1.640028' },
    ],
  });
  for (const part of found?.kind === 'parts' ? found.parts : [])
    assert.equal((await exported(playables, { ...part, gaps: 'close' })).plan.frames, (part.to - part.from) / 100);
});

test('a range without a picture is no export', async () => {
  const playables = await record();
  const none = await planExport(
    playables,
    new SegmentShelf(blobs),
    { from: T + 60_000, to: T + 61_000, gaps: 'close' },
    silentLog,
  );
  assert.equal(none, undefined);
});

test('tables stay small: runs of equal durations are one entry', async () => {
  const { bytes } = await exported(await record({ groups: [10, 10] }), { from: T, to: T + 20_000, gaps: 'close' });
  const path = ['trak', 'mdia', 'minf', 'stbl', 'stts'];
  let at = findBox(bytes, 'moov', 'export');
  for (const type of path) at = at && findBox(at, type, 'export');
  assert.equal(at?.readUInt32BE(4), 1);
});
