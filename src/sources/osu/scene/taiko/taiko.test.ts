import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMap } from '../../../../../test/osu/map-writer.ts';
import { readBeatmap } from '../../read/read-beatmap.ts';
import { MOD } from '../../read/replay.ts';
import { Kiai } from '../kiai.ts';
import { stageOf } from '../stage.ts';
import { barLinesOf } from './bar-lines.ts';
import { laneOf, placeOf, wayOf } from './lane.ts';

const mapOf = (...timing: string[]) =>
  readBeatmap(writeMap({ mode: 1, sliderMultiplier: 1, timing, objects: ['0,0,1000,1,0'] }), 'map');

test('bar lines: one a bar of each tempo, at the speed of its moment; the first may be left out', () => {
  // 500 ms a beat, bars of 4, then of 3 and without the first; twice as fast from 3000 ms on.
  const map = mapOf('0,500,4,1,0,100,1,0', '3000,-50,4,1,0,100,0,0', '5000,500,3,1,0,100,1,8');
  const lines = barLinesOf(map, 0, 8100);
  assert.deepEqual(
    lines.map(({ time }) => time),
    [0, 2000, 4000, 6500, 8000],
  );
  // 140 px a beat; a tempo sets the speed back.
  assert.deepEqual(
    lines.map(({ speed }) => Math.round(speed * 1000) / 1000),
    [0.28, 0.28, 0.56, 0.28, 0.28],
  );
  assert.deepEqual(barLinesOf(mapOf('0,0.001,1,1,0,100,1,0'), 0, 1e6), []);
});

test('a note comes along the lane at its speed: osu! pixels a ms, faster with Hard Rock on a wide screen', () => {
  const stage = stageOf({ width: 1280, height: 720 });
  const lane = laneOf(stage, 0);
  assert.equal(placeOf(lane, 0.28, 1000, 1000), lane.target);
  // 100 ms before its time: 28 osu! pixels, of 1.5 pixels each.
  assert.ok(Math.abs(placeOf(lane, 0.28, 1000, 900) - lane.target - 42) < 1e-9);
  assert.ok(Math.abs(placeOf(lane, 0.28, 1000, 1000 - wayOf(lane, 0.28)) - 1280) < 1e-9);
  const hard = laneOf(stage, MOD.HR);
  assert.ok(Math.abs(hard.scale / lane.scale - 4 / 3) < 1e-9);
  assert.equal(
    laneOf(stageOf({ width: 540, height: 960 }), MOD.HR).scale,
    laneOf(stageOf({ width: 540, height: 960 }), 0).scale,
  );
});

test('kiai glows with the beat, and only there', () => {
  const kiai = new Kiai(mapOf('0,500,4,1,0,100,1,0', '1000,-100,4,1,0,100,0,1', '2000,-100,4,1,0,100,0,0').timing);
  assert.deepEqual([kiai.glow(-100), kiai.glow(999), kiai.glow(2000)], [0, 0, 0]);
  assert.ok(kiai.glow(1000) > kiai.glow(1250) && kiai.glow(1250) > kiai.glow(1499) && kiai.glow(1500) > 0.8);
});
