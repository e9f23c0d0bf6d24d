import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { realSegments } from '../../../test/footage/real-segments.ts';
import { lookAt } from '../../../test/media/footage.ts';
import { silentLog } from '../../base/log.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { keyFrameBytes, videoOnlyMime } from './key-frames.ts';
import type { Playable } from './library.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { planVideo } from './video.ts';

const T = Date.parse('2026-11-21T18:00:00Z');
let root = '';
let playables: Playable[] = [];
let shelf: SegmentShelf;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-keys-'));
  const blobs = new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });
  shelf = new SegmentShelf(blobs);
  const made = await realSegments({
    fixture: 'h264-360p',
    sourceId: randomUUID(),
    runWallStart: T,
    groups: [3, 3],
  });
  playables = await Promise.all(
    made.map(async (segment, at) => {
      await blobs.put(`door/${at}.mp4`, segment.bytes);
      const shownFrom = segment.identity.wallStart;
      return { key: `door/${at}.mp4`, shownFrom, shownTo: shownFrom + segment.durationMs };
    }),
  );
});
after(() => rm(root, { recursive: true }));

async function keys(from: number, to: number, everyMs: number) {
  const plan = await planVideo(playables, shelf, { from, to, origin: T }, silentLog);
  assert.ok(plan);
  assert.equal(videoOnlyMime(plan), `video/mp4; codecs="${plan.mime.split('"')[1]}"`);
  const chunks: Buffer[] = [];
  for await (const chunk of keyFrameBytes(plan, everyMs, shelf, new AbortController().signal)) chunks.push(chunk);
  const path = join(root, `${from}-${everyMs}.keys`);
  await writeFile(path, Buffer.concat(chunks));
  return await lookAt(path);
}

test('key frames alone decode, each at its own time', async () => {
  const seen = await keys(T + 1200, T + 6000, 0);
  assert.deepEqual(seen.frames, [15, 30, 45, 60, 75]);
  assert.deepEqual(
    seen.at.map((at) => Math.round(at * 1000)),
    [1000, 2000, 3000, 4000, 5000],
  );
});

test('only so many as are asked for', async () => {
  assert.deepEqual((await keys(T, T + 6000, 1900)).frames, [0, 30, 60]);
});
