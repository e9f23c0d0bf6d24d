import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeSegment, type SegmentWish, streamConfig } from '../../../test/footage/segment-file.ts';
import { silentLog } from '../../base/log.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { type Cut, cutsOf } from './cuts.ts';
import { hlsPieces, playlistText } from './hls.ts';
import type { Playable } from './library.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { RangeSigner } from './signed-range.ts';

const T = Date.parse('2026-11-21T18:00:00Z');
const SOURCE = randomUUID();
let root = '';
let blobs: FolderStore;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-hls-'));
  blobs = new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });
});
after(() => rm(root, { recursive: true }));

let count = 0;
async function store(wish: Partial<SegmentWish> & { fragments: number }, open = false): Promise<Playable> {
  const made = makeSegment({ sourceId: SOURCE, runWallStart: T, ...wish });
  const key = `door/${count++}.mp4`;
  await blobs.put(key, open ? made.bytes.subarray(0, made.openBytes) : made.bytes);
  const shownFrom = made.identity.wallStart;
  return { key, shownFrom, shownTo: shownFrom + made.durationMs, ...(open ? { upTo: made.openBytes } : {}) };
}

async function cuts(playables: readonly Playable[], from: number, to: number): Promise<Cut[]> {
  const found: Cut[] = [];
  for await (const cut of cutsOf(playables, new SegmentShelf(blobs), { from, to }, silentLog)) found.push(cut);
  return found;
}

const list = (all: readonly Cut[], growing = false): number[][] =>
  hlsPieces(all, growing).map((piece) => [piece.start - T, piece.end - T]);

test('pieces begin with key frames, hold four seconds at least, and leave nothing out', async () => {
  const a = await store({ fragments: 10 });
  const b = await store({ fragments: 6, seq: 1, mediaStartMs: 10_000, keyEvery: 3 });
  assert.deepEqual(list(await cuts([a, b], T, T + 60_000)), [
    [0, 4000],
    [4000, 8000],
    [8000, 10_000],
    [10_000, 16_000],
  ]);
});

test('a playlist that grows only gets longer: what it has listed stays', async () => {
  const open = await store({ fragments: 7 }, true);
  const earlier = await cuts([open], T, T + 60_000);
  assert.deepEqual(list(earlier, true), [[0, 4000]]);
  const longer = await store({ fragments: 12 }, true);
  assert.deepEqual(list(await cuts([longer], T, T + 60_000), true), [
    [0, 4000],
    [4000, 8000],
  ]);
});

test('a gap and a new coding are seams, with times and heads of their own', async () => {
  const a = await store({ fragments: 4 });
  const b = await store({ fragments: 4, run: 'run0000000000001', runWallStart: T + 60_000 });
  const c = await store({
    fragments: 4,
    run: 'run0000000000002',
    runWallStart: T + 64_000,
    config: streamConfig(0x28),
  });
  const text = playlistText({
    pieces: hlsPieces(await cuts([a, b, c], T, T + 90_000), false),
    growing: false,
    initUrl: (piece) => `i${piece.start - T}`,
    pieceUrl: (piece) => `p${piece.start - T}`,
  });
  assert.equal(
    text,
    `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="i0"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T18:00:00.000Z
#EXTINF:4.00000,
p0
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T18:01:00.000Z
#EXTINF:4.00000,
p60000
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="i64000"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T18:01:04.000Z
#EXTINF:4.00000,
p64000
#EXT-X-ENDLIST
`,
  );
});

test('a signature is for one range of one track of one camera, and ends', () => {
  let now = T;
  const signer = new RangeSigner(Buffer.alloc(32, 3), () => now);
  const range = { cameraId: 'a', track: 'main', from: 1, to: 2 };
  const signature = signer.sign(range, 1000);
  signer.check(range, signature);
  for (const other of [
    { ...range, cameraId: 'b' },
    { ...range, track: 'sub' },
    { ...range, from: 0 },
    { ...range, to: 3 },
  ])
    assert.throws(() => signer.check(other, signature), /not signed/);
  assert.throws(() => signer.check(range, { ...signature, expires: signature.expires + 1 }), /not signed/);
  assert.throws(() => new RangeSigner(Buffer.alloc(32, 4), () => now).check(range, signature), /not signed/);
  now += 1001;
  assert.throws(() => signer.check(range, signature), /expired/);
});
