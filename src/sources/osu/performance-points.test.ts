import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMap } from '../../../test/osu/map-writer.ts';
import { CATCH_TEXT, generatedCatch } from '../../../test/osu/scene/generated-catch.ts';
import { generatedPlay, MAP_TEXT } from '../../../test/osu/scene/generated-play.ts';
import { generatedTaiko, TAIKO_TEXT } from '../../../test/osu/scene/generated-taiko.ts';
import { judge } from './judge/judge.ts';
import { performanceAlong, performancePoints } from './performance-points.ts';
import { readBeatmap } from './read/read-beatmap.ts';
import { MOD, type ReplayFrames } from './read/replay.ts';

const MAP = Buffer.from(MAP_TEXT);

for (const [name, mods, misses] of [
  ['without a mistake', 0, []],
  ['with Hidden and Double Time', MOD.HD | MOD.DT, []],
  ['with misses', 0, [2, 5]],
] as const)
  test(`points along a play end as the whole play's: ${name}`, () => {
    const { replay, timeline } = generatedPlay(mods, { misses });
    const along = performanceAlong(MAP, replay, timeline);
    const whole = performancePoints(MAP, replay, timeline);
    assert.ok(along && whole && whole.pp > 0);
    assert.equal(along.times.length, 12);
    assert.ok(Math.abs((along.pp.at(-1) ?? 0) - whole.pp) < 0.01, `${along.pp.at(-1)} and ${whole.pp}`);
    assert.deepEqual(
      [...along.times],
      [...along.times].sort((a, b) => a - b),
    );
  });

test('a miss takes points away at its moment', () => {
  const clean = generatedPlay(0);
  const missed = generatedPlay(0, { misses: [5] });
  const [a, b] = [clean, missed].map(({ replay, timeline }) => performanceAlong(MAP, replay, timeline));
  assert.ok(a && b);
  assert.deepEqual(a.pp.slice(0, 4), b.pp.slice(0, 4));
  assert.ok((b.pp.at(-1) ?? 0) < (a.pp.at(-1) ?? 0));
});

test('a long map is told in steps, and in bounded time', () => {
  const count = 9000;
  const objects = Array.from({ length: count }, (_, i) => `${(i * 97) % 512},192,${1000 + i * 200},1,0,0:0:0:0:`);
  const bytes = writeMap({ mode: 3, cs: 4, objects });
  const map = readBeatmap(bytes, 'long');
  const frames: ReplayFrames = {
    count: 2 * count,
    time: Float64Array.from({ length: 2 * count }, (_, i) => 1000 + (i >> 1) * 200 + (i % 2) * 50),
    x: Float64Array.from({ length: 2 * count }, (_, i) =>
      i % 2 ? 0 : 1 << Math.floor(((((i >> 1) * 97) % 512) * 4) / 512),
    ),
    y: new Float64Array(2 * count),
    keys: new Uint8Array(2 * count),
  };
  const { header } = generatedPlay().replay;
  const replay = { header: { ...header, mode: 3 as const }, frames, lazerMods: [] };
  const timeline = judge(map, replay, 'long');
  assert.equal(timeline.geki, count);
  const along = performanceAlong(bytes, replay, timeline);
  const whole = performancePoints(bytes, replay, timeline);
  assert.ok(along && whole);
  assert.ok(along.times.length > 300 && along.times.length < 500, `${along.times.length}`);
  assert.ok(Math.abs((along.pp.at(-1) ?? 0) - whole.pp) < 0.01);
});

test('a map that is none has no points', () => {
  const { replay, timeline } = generatedPlay(0);
  assert.equal(
    performanceAlong(Buffer.from('osu file format v14\n[HitObjects]\n'), replay, timeline)?.pp.length ?? 0,
    0,
  );
});

test('points along a play of osu!taiko and osu!catch end as the whole play’s, tiny droplets that were missed too', () => {
  for (const [{ replay, timeline }, text] of [
    [generatedTaiko(0, { misses: [3] }), TAIKO_TEXT],
    [generatedCatch(0, { misses: [6, 7, 8, 9] }), CATCH_TEXT],
  ] as const) {
    const map = Buffer.from(text);
    const along = performanceAlong(map, replay, timeline);
    const whole = performancePoints(map, replay, timeline);
    assert.ok(timeline.miss > 0 && along && whole && whole.pp > 0);
    assert.ok(Math.abs((along.pp.at(-1) ?? 0) - whole.pp) < 0.01, `${along.pp.at(-1)} and ${whole.pp}`);
  }
  assert.ok(generatedCatch(0, { misses: [6, 7, 8, 9] }).timeline.katu > 0);
});
