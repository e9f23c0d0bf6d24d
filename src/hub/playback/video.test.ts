import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type MadeSegment, makeSegment, type SegmentWish, streamConfig } from '../../../test/footage/segment-file.ts';
import { silentLog } from '../../base/log.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { boxes, findBox, getU64 } from '../../media/mp4/box.ts';
import type { Playable } from './library.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { planVideo, type VideoRequest, videoBytes } from './video.ts';

const SOURCE = 'b4b0c8b0-0000-4000-8000-000000000001';
const T = Date.parse('2026-11-21T18:00:00Z');
let root = '';
let blobs: FolderStore;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-video-'));
  blobs = new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });
});
after(async () => {
  await rm(root, { recursive: true });
});

let count = 0;
async function store(
  wish: Partial<SegmentWish> & { fragments: number },
  more: Partial<Playable> = {},
): Promise<Playable & { made: MadeSegment }> {
  const made = makeSegment({ sourceId: SOURCE, runWallStart: T, ...wish });
  const key = `door/${count++}.mp4`;
  await blobs.put(key, more.upTo === undefined ? made.bytes : made.bytes.subarray(0, made.openBytes));
  const shownFrom = made.identity.wallStart;
  return { key, shownFrom, shownTo: shownFrom + made.durationMs, ...more, made };
}

async function play(playables: readonly Playable[], request: VideoRequest, shelf = new SegmentShelf(blobs)) {
  const plan = await planVideo(playables, shelf, request, silentLog);
  if (!plan) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of videoBytes(plan, shelf, new AbortController().signal)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const times: number[] = [];
  const payloads: string[] = [];
  for (const item of boxes(bytes, 'answer')) {
    if (item.type === 'mdat') payloads.push(item.body.toString('latin1', 0, 10));
    if (item.type !== 'moof') continue;
    const tfdt = findBox(findBox(item.body, 'traf', 'answer') ?? Buffer.alloc(0), 'tfdt', 'answer');
    assert.ok(tfdt);
    times.push(getU64(tfdt, 4, 'answer') / 90);
  }
  return {
    plan,
    times,
    first: payloads.map((text) => Number(text) / 10),
    start: plan.start - T,
    end: plan.end - T,
    origin: plan.origin - T,
  };
}

test('from the key frame at or before what was asked, in seconds after the origin', async () => {
  const segment = await store({ fragments: 8, keyEvery: 4 });
  const answer = await play([segment], { from: T + 5500, to: T + 6500, origin: T - 10_000 });
  assert.deepEqual(answer?.first, [4, 5, 6]);
  assert.deepEqual(answer?.times, [14_000, 15_000, 16_000]);
  assert.deepEqual([answer?.start, answer?.end, answer?.origin], [4000, 7000, -10_000]);
  assert.equal(answer?.plan.mime, 'video/mp4; codecs="avc1.64001f"');
});

test('an origin after the first picture moves back to it', async () => {
  const segment = await store({ fragments: 4, keyEvery: 4 });
  const answer = await play([segment], { from: T + 2500, to: T + 3000 });
  assert.deepEqual([answer?.origin, answer?.times], [0, [0, 1000, 2000]]);
});

test('across segments of a run without a seam, across a gap with one', async () => {
  const a = await store({ fragments: 3 });
  const b = await store({ fragments: 3, seq: 1, mediaStartMs: 3000 });
  const c = await store({ fragments: 2, run: 'run0000000000001', runWallStart: T + 60_000 });
  const answer = await play([a, b, c], { from: T + 1000, to: T + 100_000, origin: T });
  assert.deepEqual(answer?.times, [1000, 2000, 3000, 4000, 5000, 60_000, 61_000]);
  assert.deepEqual(answer?.first, [1, 2, 0, 1, 2, 0, 1]);
});

test('where two files overlap no time is sent twice', async () => {
  const a = await store({ fragments: 5 });
  const b = await store({ fragments: 5, run: 'run0000000000001', runWallStart: T + 3000, keyEvery: 2 });
  const answer = await play([a, b], { from: T, to: T + 20_000, origin: T });
  assert.deepEqual(answer?.times, [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000]);
});

test('only what is shown of a fenced segment is sent', async () => {
  const a = await store({ fragments: 6 }, { shownTo: T + 3000 });
  const b = await store({ fragments: 6, run: 'run0000000000001', runWallStart: T + 3000 });
  const answer = await play([a, b], { from: T, to: T + 5000, origin: T });
  assert.deepEqual(answer?.first, [0, 1, 2, 0, 1]);
});

test('at a hand-over the pictures that both recorders have are not sent twice, although their times differ a little', async () => {
  for (const late of [-40, 40, 300]) {
    const a = await store({ fragments: 6 }, { shownTo: T + 3000 + late });
    const b = await store({ fragments: 6, run: 'run0000000000001', runWallStart: T + 3000 + late });
    const answer = await play([a, b], { from: T, to: T + 5000, origin: T });
    assert.deepEqual(answer?.first, late < 0 ? [0, 1, 2, 0, 1, 2] : [0, 1, 2, 0, 1]);
  }
});

test('where a recorder that was to take over died early, the pictures of the one that went on are on both sides, each once', async () => {
  for (const late of [-40, 0, 40, 300]) {
    const a = await store({ fragments: 7 });
    const b = await store({ fragments: 1, run: 'run0000000000001', runWallStart: T + 3000 + late });
    const pieces = [{ ...a, shownTo: T + 3000 + late }, b, { ...a, shownFrom: T + 4000 + late }];
    const answer = await play(pieces, { from: T, to: T + 9000, origin: T });
    assert.deepEqual(answer?.first, [0, 1, 2, 0, 4, 5, 6], `${late} ms apart`);
  }
});

test('a change of configuration ends the answer there', async () => {
  const a = await store({ fragments: 3 });
  const b = await store({ fragments: 3, run: 'run0000000000001', runWallStart: T + 3000, config: streamConfig(0x28) });
  const answer = await play([a, b], { from: T, to: T + 6000 });
  assert.equal(answer?.end, 3000);
  const next = await play([a, b], { from: T + 3000, to: T + 6000, origin: T });
  assert.deepEqual([next?.plan.mime, next?.times], ['video/mp4; codecs="avc1.640028"', [3000, 4000, 5000]]);
});

test('an open segment is played up to its extent, and further when it has grown', async () => {
  const open = await store({ fragments: 6, keyEvery: 2 }, { upTo: 0 });
  const shelf = new SegmentShelf(blobs);
  const upTo = (n: number): number => (open.made.fragments[n]?.offset ?? 0) + 5;
  const first = await play([{ ...open, upTo: upTo(2), shownTo: T + 2000 }], { from: T, to: T + 20_000 }, shelf);
  assert.deepEqual(first?.first, [0, 1]);
  const later = await play(
    [{ ...open, upTo: upTo(5), shownTo: T + 5000 }],
    { from: T + 2000, to: T + 20_000, origin: T },
    shelf,
  );
  assert.deepEqual(later?.first, [2, 3, 4]);
});

test('what is kept of a segment holds no memory but its own', async () => {
  const { key } = await store({ fragments: 2 });
  const { init } = await new SegmentShelf(blobs).open(key);
  assert.equal(init.buffer.byteLength, init.length);
});

test('an open segment that is finished meanwhile is read from where it is now', async () => {
  const whole = await store({ fragments: 4 });
  const gone = { ...whole, key: 'spool/gone.part', upTo: whole.made.openBytes, movedTo: async () => whole.key };
  const answer = await play([gone], { from: T, to: T + 20_000 });
  assert.deepEqual(answer?.first, [0, 1, 2, 3]);
});

test('a missing or damaged file is a gap, nothing in the range is no answer', async () => {
  const a = await store({ fragments: 2 });
  await blobs.put('door/garbage.mp4', Buffer.alloc(500, 7));
  const bad = { key: 'door/garbage.mp4', shownFrom: T + 2000, shownTo: T + 3000 };
  const missing = { key: 'door/none.mp4', shownFrom: T + 3000, shownTo: T + 4000 };
  const b = await store({ fragments: 2, run: 'run0000000000001', runWallStart: T + 4000 });
  const answer = await play([a, bad, missing, b], { from: T, to: T + 20_000 });
  assert.deepEqual(answer?.times, [0, 1000, 4000, 5000]);
  assert.equal(await play([bad], { from: T, to: T + 9000 }), undefined);
});

test('the picture at a moment is found where a range of one millisecond begins with it', async () => {
  const segment = await store({ fragments: 4 });
  for (const from of [T, T + 1000, T + 1500, T + 3999])
    assert.deepEqual((await play([segment], { from, to: from + 1 }))?.first, [Math.floor((from - T) / 1000)]);
});

test('an answer is at most five minutes long', async () => {
  const long = await store({ fragments: 400 });
  const answer = await play([long], { from: T, to: T + 400_000 });
  assert.equal(answer?.end, 300_000);
});
