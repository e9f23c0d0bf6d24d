import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { makeFootage } from '../../../../test/media/footage.ts';
import { readBars } from '../../../media/barcode.ts';
import { BadInput } from '../../../media/codec/input-file.ts';
import { quietLog } from '../../../media/codec/native.ts';
import { VideoPictures } from './video-pictures.ts';

const SCREEN = { width: 320, height: 180 };
const FPS = 25;
let folder = '';
let path = '';
before(async () => {
  quietLog();
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-video-'));
  path = await makeFootage({
    path: join(folder, 'v.mp4'),
    content: 'plain',
    width: 320,
    height: 180,
    fps: FPS,
    seconds: 4,
  });
});
after(() => rm(folder, { recursive: true, force: true }));

/** The number of the picture that is shown at a moment; undefined where the video shows none. */
function shownAt(video: VideoPictures, now: number): number | undefined {
  if (video.at(now) === undefined) return undefined;
  const canvas = createCanvas(SCREEN.width, SCREEN.height);
  const context = canvas.getContext('2d');
  video.draw(context, SCREEN);
  const { data, width, height } = context.getImageData(0, 0, SCREEN.width, SCREEN.height);
  const number = readBars({ data, width, height, channels: 4 }, 'frame');
  return number === undefined ? -1 : Number(number);
}

test('the picture of the moment, forwards, backwards and begun anywhere; none before and behind', () => {
  const video = new VideoPictures({ name: 'v.mp4', path }, 1000, SCREEN);
  assert.equal(shownAt(video, 999), undefined);
  // 40 ms each from a second on.
  for (const [now, expected] of [
    [1000, 0],
    [1039, 0],
    [1040, 1],
    [2500, 37],
    [4999, 99],
    [1500, 12],
  ] as const)
    assert.equal(shownAt(video, now), expected, `${now}`);
  assert.equal(shownAt(video, 5001), undefined);
  video.restart();
  assert.equal(shownAt(video, 3300), 57);
  assert.equal(video.at(3301), video.at(3305), 'one picture is one number');
  video.restart();
});

test('begun anew it shows no picture of before, also where both are as far from their key frames', () => {
  const video = new VideoPictures({ name: 'v.mp4', path }, 1000, SCREEN);
  // A key frame every two seconds.
  for (const now of [2000, 4000, 1000, 3000, 1200]) {
    video.restart();
    assert.equal(shownAt(video, now), (now - 1000) / 40, `${now}`);
  }
  video.restart();
});

test('what is no video is told, and one that is cut off shows what it has', async () => {
  const words = join(folder, 'words.avi');
  await writeFile(words, 'only words');
  assert.throws(() => new VideoPictures({ name: 'words.avi', path: words }, 0, SCREEN), BadInput);
  const cut = join(folder, 'cut.mp4');
  const bytes = await readFile(path);
  const damaged = Buffer.from(bytes);
  // The index stays; what it points at is gone.
  const media = damaged.indexOf('mdat');
  damaged.fill(0, media + 4 + Math.floor((bytes.length - media) / 3), bytes.length - 20_000);
  await writeFile(cut, damaged);
  try {
    const video = new VideoPictures({ name: 'cut.mp4', path: cut }, 0, SCREEN);
    assert.equal(shownAt(video, 0), 0);
    for (let now = 0; now < 4000; now += 500) shownAt(video, now);
  } catch (error) {
    // Or it says why nothing of it can be seen.
    assert.ok(error instanceof BadInput, String(error));
  }
});
