/** A replay of a map with a video and a storyboard, from files to a video: the right picture at the right time, and what is heard of it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { MOD } from '../../src/sources/osu/read/replay.ts';
import { vidette } from '../cli/run.ts';
import { lookAt, makeFootage } from '../media/footage.ts';
import { autoPlay } from './auto-play.ts';
import { writeReplay } from './replay-writer.ts';
import { MAP_TEXT } from './scene/generated-play.ts';
import { writeZip } from './zip-writer.ts';

const VIDEO_FPS = 25;
/** Ms of the music at the first picture of the video. */
const VIDEO_FROM = 300;
const STORY = `[Events]
Sprite,Foreground,TopLeft,"white.png",0,0
 F,0,2000,5000,1
Sprite,Foreground,TopLeft,"gone.png",0,0
 F,0,2000,5000,1
 nonsense
`;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-story-'));
  const event = `Video,${VIDEO_FROM},"clip.mp4"\n\n[TimingPoints]`;
  const map = Buffer.from(MAP_TEXT.replace('[TimingPoints]', event).replace('AudioFilename: music.wav\n', ''));
  const white = createCanvas(200, 100);
  white.getContext('2d').fillStyle = '#ffffff';
  white.getContext('2d').fillRect(0, 0, 200, 100);
  const footage = { content: 'plain', width: 640, height: 360, fps: VIDEO_FPS, seconds: 8 } as const;
  const video = await readFile(await makeFootage({ ...footage, path: join(folder, 'clip.mp4') }));
  await writeFile(
    join(folder, 'set.osz'),
    writeZip({
      'made up.osu': map,
      'made up.osb': Buffer.from(STORY),
      'white.png': white.toBuffer('image/png'),
      'clip.mp4': video,
    }),
  );
  const mods = MOD.DT;
  const frames = autoPlay(preparePlay(readBeatmap(map, 'made up'), mods, 'made up'));
  await writeFile(join(folder, 'fast.osr'), writeReplay({ beatmap: map, mods, frames }));
});
after(() => rm(folder, { recursive: true, force: true }));

/** In the left upper corner of the storyboard's 4:3, where nobody plays. */
const CORNER = { x: 90, y: 8, width: 60, height: 24 };

async function clipped(...more: readonly string[]) {
  const out = join(folder, 'out.mp4');
  const look = ['--size', '640x360', '--fps', '30', '--preset', 'draft', '--dim', '0', '--hide', 'all', '-l', '4'];
  const args = ['clip', join(folder, 'fast.osr'), '--beatmap', join(folder, 'set.osz'), ...look, ...more];
  const ran = await vidette([...args, '-o', out, '--json', '--force'], { cwd: folder });
  assert.equal(ran.code, 0, ran.err);
  const { notes } = JSON.parse(ran.out) as { notes: readonly string[] };
  const seen = await lookAt(out, [CORNER]);
  return { notes, seen, bright: (n: number) => (seen.areas[n]?.[0]?.mean ?? 0) > 200 };
}

/** Ms of the music at a frame: the clip begins 1.2 s of real time before the first object is seen, at 450 ms. */
const timeOf = (n: number): number => 450 - 1200 * 1.5 + (n / 30) * 1500;

test('the video shows the picture of the moment at any speed, and the storyboard lies over it', async () => {
  const { notes, seen, bright } = await clipped();
  assert.equal(seen.frames.length, 120);
  let right = 0;
  for (const [n, number] of seen.frames.entries()) {
    const time = timeOf(n);
    if (time < VIDEO_FROM) assert.equal(number, null, `frame ${n}: the video has not begun`);
    else if (number === Math.floor(((time - VIDEO_FROM + 1e-3) * VIDEO_FPS) / 1000)) right++;
  }
  // Some are covered by what is played.
  assert.ok(right >= 50, `${right} of ${seen.frames.filter((_, n) => timeOf(n) >= VIDEO_FROM).length}`);
  for (const n of [0, 60, 80, 100, 110, 119]) assert.equal(bright(n), timeOf(n) >= 2000 && timeOf(n) < 5000, `${n}`);
  assert.deepEqual(notes, [
    'made up.osb, line 6: “nonsense” cannot be read and is not shown.',
    "Pictures of the storyboard are not in the map's set: gone.png.",
  ]);
});

test('both can be left out', async () => {
  const { notes, seen, bright } = await clipped('--no-storyboard', '--no-video');
  assert.ok(seen.frames.every((number) => number === null));
  assert.ok(!bright(110));
  assert.deepEqual(notes, []);
});
