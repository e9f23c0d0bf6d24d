/** Invariant: no file can crash, hang or fill the memory of what reads and judges replays. `npm run bench -- osu-fuzz` tries 10,000 of each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import { judge } from '../../src/sources/osu/judge/judge.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { readReplay } from '../../src/sources/osu/read/read-replay.ts';
import { tryHostile } from './hostile.ts';
import { writeMap } from './map-writer.ts';
import { writeReplay } from './replay-writer.ts';

test('1,200 damaged replays, maps, sets, skins and storyboards: each is read, or refused by name and place', async () => {
  const { tried, judged, refused, wrong } = await tryHostile(1200);
  assert.deepEqual(wrong, []);
  assert.equal(tried, 1200);
  // Both happen, or this tests nothing.
  assert.ok(judged > 60 && refused > 200, `${judged} judged, ${refused} refused`);
});

const frames = Array.from({ length: 10_000 }, (_, i) => ({ time: i * 10, x: 100, y: 100, keys: i % 2 === 0 ? 5 : 0 }));

/** Maps that are made to be slow. */
const slow: Readonly<Record<string, readonly string[]>> = {
  'all objects at one moment': Array.from({ length: 40_000 }, () => '100,100,5000,1,0'),
  'all objects in one stack': Array.from({ length: 40_000 }, (_, i) => `100,100,${5000 + (i % 900)},1,0`),
  'sliders of 9000 ways': Array.from({ length: 2000 }, (_, i) => `100,100,${i},2,0,L|101:100,9000,1`),
  'a slider with a point for everything': [
    `100,100,5,2,0,B|${Array.from({ length: 9999 }, (_, i) => `${(i * 7919) % 100_000}:${(i * 104_729) % 100_000}`).join('|')},1,1000000`,
  ],
  'sliders without a length': Array.from({ length: 20_000 }, (_, i) => `100,100,${i},2,0,L|100:100,9000,0`),
  'ticks without end': Array.from({ length: 3000 }, (_, i) => `0,0,${i * 10},2,0,L|100000:0,9000,1000000`),
};

const cases = Object.entries(slow).flatMap(([name, objects]) =>
  ([0, 1, 2, 3] as const).map((mode) => ({ name, objects, mode })),
);

for (const { name, objects, mode } of cases)
  test(`a map that would take minutes is refused, or judged, soon: ${name}, game ${mode}`, () => {
    const bytes = writeMap({ objects, ar: 0, tickRate: 8, sliderMultiplier: 0.4 });
    const replay = readReplay(writeReplay({ mode, beatmap: bytes, frames }), 'a.osr');
    const started = process.cpuUsage();
    try {
      judge(readBeatmap(bytes, 'slow.osu'), replay, 'slow.osu');
    } catch (error) {
      assert.ok(error instanceof InputError && error.input === 'slow.osu', String(error));
    }
    const { user, system } = process.cpuUsage(started);
    // CPU, not wall time; 2 s are the bar, and the machine may be busy with threads of the collector.
    assert.ok((user + system) / 1e6 < 8, `${(user + system) / 1e6} s`);
  });
