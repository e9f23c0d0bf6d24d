/** `vidette clip --knockout` and `--versus`: several plays of one map in one video. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { MOD } from '../../src/sources/osu/read/replay.ts';
import { vidette } from '../cli/run.ts';
import { autoPlay } from './auto-play.ts';
import { writeReplay } from './replay-writer.ts';
import { maniaMap } from './scene/generated-mania.ts';
import { MAP_TEXT } from './scene/generated-play.ts';
import { writeZip } from './zip-writer.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-versus-'));
  const map = Buffer.from(MAP_TEXT);
  await writeFile(join(folder, 'set.osz'), writeZip({ 'made up.osu': map }));
  const frames = autoPlay(preparePlay(readBeatmap(map, 'made up'), 0, 'made up'));
  const write = (name: string, more: Partial<Parameters<typeof writeReplay>[0]>): Promise<void> =>
    writeFile(join(folder, name), writeReplay({ beatmap: map, frames, player: name.slice(0, -4), ...more }));
  await write('a.osr', {});
  // Nothing is clicked from the third object on.
  await write('b.osr', { frames: frames.map((frame) => (frame.time > 1800 ? { ...frame, keys: 0 } : frame)) });
  await write('fast.osr', { mods: MOD.DT });
  await write('other.osr', { mode: 3, beatmap: maniaMap() });
  await writeFile(join(folder, 'scores.json'), JSON.stringify([{ player: 'Known', score: 400_000, maxCombo: 90 }]));
  await writeFile(join(folder, 'bad.json'), '[{"player": "x", "score": "many"}]');
});
after(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const clip = (args: readonly string[]): ReturnType<typeof vidette> =>
  vidette(
    [
      'clip',
      ...args,
      '--beatmap',
      at('set.osz'),
      '--size',
      '320x180',
      '--fps',
      '20',
      '--preset',
      'draft',
      '-l',
      '4',
      '--json',
    ],
    { cwd: folder },
  );

test('a knock-out of two, and a list beside one', async () => {
  for (const [out, args] of [
    ['knockout.mp4', ['--knockout', at('b.osr'), at('a.osr')]],
    ['list.mp4', [at('a.osr'), '--versus', at('b.osr'), '--versus', at('scores.json'), '--versus', at('fast.osr')]],
  ] as const) {
    const ran = await clip([...args, '-o', at(out)]);
    assert.equal(ran.code, 0, ran.err);
    const made = JSON.parse(ran.out) as { duration: number; bytes: number };
    assert.ok(Math.abs(made.duration - 4) < 0.06 && made.bytes > 1000, ran.out);
  }
});

test('what does not go together is said', async () => {
  for (const [args, words] of [
    [['--knockout', at('a.osr')], /--knockout is of several replays/],
    [[at('a.osr'), at('b.osr')], /A clip is made of one thing/],
    [['--knockout', at('a.osr'), at('fast.osr')], /fast\.osr was played at another speed/],
    [['--knockout', at('a.osr'), at('other.osr')], /other\.osr is a replay of another map/],
    [[at('a.osr'), '--versus', at('bad.json')], /bad\.json.*is no list of scores: 0\.score/],
    [[at('a.osr'), '--versus', at('none.osr')], /no replay/],
  ] as const) {
    const wrong = await clip([...args, '-o', at('wrong.mp4')]);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.err, words);
  }
});
