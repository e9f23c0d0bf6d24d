/** `vidette clip` and `vidette inspect` with replays of other games than osu!standard, from files to a video. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { describeReplay } from '../../src/cli/inspect-replay.ts';
import { SoundFile } from '../../src/media/codec/sound-file.ts';
import { inspectReplay } from '../../src/sources/osu/inspect.ts';
import { prepareMania } from '../../src/sources/osu/judge/mania-play.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { vidette } from '../cli/run.ts';
import { lookAt } from '../media/footage.ts';
import { autoCatch } from './auto-catch.ts';
import { autoMania } from './auto-mania.ts';
import { autoTaiko } from './auto-taiko.ts';
import { writeReplay } from './replay-writer.ts';
import { CATCH_TEXT, generatedCatch } from './scene/generated-catch.ts';
import { MAP_TEXT } from './scene/generated-play.ts';
import { generatedTaiko, TAIKO_TEXT } from './scene/generated-taiko.ts';

const maniaOf = (text: string) => prepareMania(readBeatmap(Buffer.from(text), 'made up'), 0, 'made up');

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-games-'));
  for (const { name, mode, text, frames } of [
    { name: 'taiko', mode: 1, text: TAIKO_TEXT, frames: autoTaiko(generatedTaiko().play) },
    { name: 'mania', mode: 3, text: MAP_TEXT, frames: autoMania(maniaOf(MAP_TEXT)) },
    { name: 'catch', mode: 2, text: CATCH_TEXT, frames: autoCatch(generatedCatch().play) },
  ] as const) {
    await writeFile(join(folder, `${name}.osu`), text);
    await writeFile(join(folder, `${name}.osr`), writeReplay({ mode, beatmap: Buffer.from(text), frames }));
  }
});
after(() => rm(folder, { recursive: true, force: true }));

/** The loudest sample. */
function peakOf(path: string): number {
  const file = new SoundFile({ name: 'the clip', path }, { channels: 1, sampleRate: 48_000 });
  let peak = 0;
  for (let part = file.read(); part; part = file.read())
    for (const value of part) peak = Math.max(peak, Math.abs(value));
  file.close();
  return peak;
}

async function clipOf(game: string): Promise<void> {
  const out = join(folder, `${game}.mp4`);
  const args = [
    '--size',
    '320x180',
    '--fps',
    '15',
    '--preset',
    'draft',
    '--skip-intro',
    '-l',
    '4',
    '-o',
    out,
    '--json',
  ];
  const ran = await vidette(['clip', join(folder, `${game}.osr`), '--beatmap', join(folder, `${game}.osu`), ...args], {
    cwd: folder,
  });
  assert.equal(ran.code, 0, ran.err);
  assert.equal((await lookAt(out)).frames.length, 60);
  assert.ok(peakOf(out) > 0.05, 'strokes are heard');
}

test('a replay of osu!taiko is judged, and becomes a video with its drum', async () => {
  const found = await inspectReplay(join(folder, 'taiko.osr'), { beatmap: join(folder, 'taiko.osu') });
  const { judged, performance } = found;
  assert.match(describeReplay(found), /^Judged +11 × great, 0 × good, 0 misses, combo 11, /m);
  // Eleven notes without a mistake, two of them large.
  assert.deepEqual([judged?.n300, judged?.n100, judged?.miss, judged?.geki], [11, 0, 0, 2]);
  assert.deepEqual([judged?.maxCombo, judged?.accuracy, judged?.failedAt], [11, 100, null]);
  assert.ok((performance?.pp ?? 0) > 0);
  await clipOf('taiko');
});

test('a replay of osu!catch is judged, and becomes a video with its sounds', async () => {
  const found = await inspectReplay(join(folder, 'catch.osr'), { beatmap: join(folder, 'catch.osu') });
  const { judged, performance } = found;
  assert.match(
    describeReplay(found),
    /^Judged +12 fruits, 2 droplets, 4 tiny droplets and 0 of them missed, 0 misses, /m,
  );
  // Nine fruits and the three of a stream, a droplet on each of its two ways; 17 bananas are no part of it.
  assert.deepEqual([judged?.n300, judged?.n100, judged?.n50, judged?.miss, judged?.katu], [12, 2, 4, 0, 0]);
  assert.deepEqual([judged?.maxCombo, judged?.accuracy, judged?.failedAt], [14, 100, null]);
  assert.ok((performance?.pp ?? 0) > 0);
  await clipOf('catch');
});

test('a map of osu! that was played as osu!mania is converted, judged and becomes a video', async () => {
  const replay = join(folder, 'mania.osr');
  const { judged, performance } = await inspectReplay(replay, { beatmap: join(folder, 'mania.osu') });
  const { objects } = maniaOf(MAP_TEXT);
  assert.deepEqual([judged?.geki, judged?.miss, judged?.score], [objects.length, 0, 1_000_000]);
  assert.ok((performance?.stars ?? 0) > 0.5);
  await clipOf('mania');
});
