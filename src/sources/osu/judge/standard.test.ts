import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { circle, click, counts, idle, play } from '../../../../test/osu/made-play.ts';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { judge } from './judge.ts';
import { preparePlay } from './prepare.ts';
import type { Timeline } from './timeline.ts';

const SLIDER = '100,100,1000,2,0,L|300:100,1,200';

/** The last click that still is a 300, 100, 50, for each difficulty and mod: half-open windows of whole ms. */
test('windows of OD, EZ and HR', () => {
  for (const [od, mods, w300, w100, w50] of [
    [5, 0, 50, 100, 150],
    [10, 0, 20, 60, 100],
    [0, 0, 80, 140, 200],
    [8, MOD.EZ, 56, 108, 160],
    [8, MOD.HR, 20, 60, 100],
    [5, MOD.HT, 50, 100, 150],
    [5, MOD.DT, 50, 100, 150],
  ] as const)
    for (const [error, verdict] of [
      [w300 - 1, 300],
      [w300, 100],
      [w100 - 1, 100],
      [w100, 50],
      [w50 - 1, 50],
      [1 - w300, 300],
      [-w50, 0],
    ] as const) {
      const y = (mods & MOD.HR) !== 0 ? 284 : 100;
      const { events } = play({
        od,
        mods,
        objects: [circle(2000)],
        frames: [idle(0), ...click(2000 + error, 100, y), idle(4000)],
      });
      assert.equal(events[0]?.value, verdict, `OD ${od}, mods ${mods}, ${error} ms`);
    }
});

test('a circle that nobody clicks is a miss, and breaks the combo', () => {
  const t = play({
    objects: [circle(1000), circle(2000), circle(3000)],
    frames: [idle(0), ...click(1000), idle(2500), ...click(3000), idle(5000)],
  });
  assert.deepEqual(counts(t), [2, 0, 0, 1, 1]);
  assert.equal(t.unjudged, 0);
});

test('the radius is that of CS, a little larger', () => {
  // CS 5: 32 × 1.00041 = 32.013.
  for (const [x, hit] of [
    [132, 1],
    [132.0131, 1],
    [132.014, 0],
  ] as const)
    assert.equal(
      play({ objects: [circle(1000)], frames: [idle(0), ...click(1000, x), idle(3000)] }).n300,
      hit,
      String(x),
    );
});

test('note lock: a later circle cannot be clicked before an earlier one', () => {
  const objects = [circle(1000), circle(1200, 300)];
  const locked = play({
    objects,
    frames: [idle(0), ...click(1010, 300), ...click(1060), ...click(1200, 300), idle(3000)],
  });
  assert.deepEqual(
    locked.events.map((event) => [event.time, event.object, event.value]),
    [
      [1060, 0, 100],
      [1200, 1, 300],
    ],
  );
});

test('note lock: a slider holds the next object until its end, in games before 20190506 until 3 ms before', () => {
  // 2 s from 1000, OD 5: a click 97 ms early is a 100.
  const held = autoPlay(preparePlay(readBeatmap(writeMap({ objects: [SLIDER] }), 'map.osu'), 0, 'map.osu'));
  const objects = [SLIDER, circle(3094, 300)];
  const early = (at: number, gameVersion: number): Timeline =>
    play({
      objects,
      gameVersion,
      frames: [
        ...held.filter((frame) => frame.time < 2980),
        ...click(at, 300, 100, 10),
        ...click(3130, 300, 100),
        idle(4000),
      ],
    });
  for (const [at, version, verdicts] of [
    [2996, 20_151_228, [300, 300]],
    [2997, 20_151_228, [100, 300]],
    [2997, 20_190_507, [300, 300]],
    [2999, 20_190_507, [300, 300]],
  ] as const) {
    const results = early(at, version).events.filter((event) => event.kind === 'result');
    assert.deepEqual(
      results.map((event) => event.value),
      verdicts,
      `${at} ms, ${version}`,
    );
  }
});

test('stacked circles: the lower one is passed over until the upper one is done', () => {
  const t = play({
    objects: [circle(1000), circle(1100)],
    stackLeniency: 1,
    frames: [idle(0), ...click(1000, 99, 99), ...click(1100), idle(3000)],
  });
  assert.deepEqual(counts(t), [2, 0, 0, 0, 2]);
});

test('score V1: 300 points and the combo before, times difficulty and mods', () => {
  // Difficulty 15, 3 objects in 2 s: 3 / 2 × 8 = 12; (15 + 12) / 38 × 5 = 3.55, 4. The third circle has a combo of 2 before it: 300 + 1 × 12 × 4.
  const objects = [circle(1000), circle(2000), circle(3000)];
  assert.equal(play({ objects }).score, 300 + 300 + 348);
  // HD 1.06: 12 × 4 × 1.06 = 50.88.
  assert.equal(play({ objects, mods: MOD.HD }).score, 950);
  // Relax and autopilot count no combo.
  assert.equal(play({ objects, mods: MOD.AP }).score, 900);
});

test('EZ: circles of half the CS, and longer seen', () => {
  // CS 2.5: (54.4 + 32) / 2 × 1.00041 = 43.2177. AR 2.5: 1500 ms.
  for (const [x, hit] of [
    [143.217, 1],
    [143.218, 0],
  ] as const)
    assert.equal(
      play({ objects: [circle(1000)], mods: MOD.EZ, frames: [idle(0), ...click(1000, x), idle(3000)] }).n300,
      hit,
      String(x),
    );
  const { difficulty } = preparePlay(readBeatmap(writeMap({ objects: [circle(1000)] }), 'm'), MOD.EZ, 'm');
  assert.equal(difficulty.preempt, 1500);
  assert.equal(difficulty.hp, 2.5);
});

test('RX hits what the cursor is on from 12 ms before its time; AP takes clicks up to 200 ms from it', () => {
  const hovering = [0, 950, 987, 989, 1005].map((time) => idle(time));
  const relaxed = play({ objects: [circle(1000)], mods: MOD.RX, frames: [...hovering, idle(3000)] });
  assert.deepEqual([relaxed.events[0]?.time, relaxed.n300], [989, 1]);
  const away = play({
    objects: [circle(1000)],
    mods: MOD.RX,
    frames: [idle(0, 200), idle(1000, 200), idle(1020), idle(3000)],
  });
  assert.deepEqual([away.events[0]?.time, away.events[0]?.error], [1020, 20]);
  const pilot = (at: number, mods: number): number =>
    play({ objects: [circle(1000)], mods, frames: [idle(0), ...click(at), ...click(1000), idle(3000)] }).n300;
  assert.deepEqual([pilot(799, MOD.AP), pilot(799, 0), pilot(801, MOD.AP)], [1, 0, 0]);
});

test('RX clicks, AP leaves the clicks', () => {
  const objects = [circle(1000), SLIDER.replace('1000', '2000')];
  const frames = autoPlay(preparePlay(readBeatmap(writeMap({ objects }), 'map.osu'), 0, 'map.osu')).map((frame) => ({
    ...frame,
    keys: 0,
  }));
  assert.deepEqual(counts(play({ objects, mods: MOD.RX, frames })), [2, 0, 0, 0, 4]);
  assert.deepEqual(counts(play({ objects, mods: MOD.AP })), [2, 0, 0, 0, 4]);
});

test('EZ, NF, SD, PF, HD and FL change no verdict of a play without a mistake', () => {
  const objects = [circle(1000), '200,200,2000,2,0,L|250:200,1,50', circle(4000)];
  for (const mods of [MOD.EZ, MOD.NF, MOD.SD, MOD.SD | MOD.PF, MOD.HD, MOD.FL, MOD.DT | MOD.NC, MOD.HR | MOD.HD])
    assert.deepEqual(counts(play({ objects, mods })), [3, 0, 0, 0, 4], String(mods));
});

test('of the header nothing is used but mode, version and mods', () => {
  const bytes = writeMap({ objects: [circle(1000), SLIDER] });
  const map = readBeatmap(bytes, 'map.osu');
  const { header, frames } = readReplay(
    writeReplay({ beatmap: bytes, frames: autoPlay(preparePlay(map, 0, 'm')) }),
    'a.osr',
  );
  const only = { mode: header.mode, version: header.version, lazer: header.lazer, mods: header.mods };
  const spied = new Proxy(header, {
    get(target, key) {
      assert.ok(key in only, `reads ${String(key)}`);
      return Reflect.get(target, key);
    },
  });
  assert.equal(judge(map, { header: spied, frames, lazerMods: [] }, 'm').n300, 2);
});

test('osu!(lazer): with its Classic mod it is judged as stable', () => {
  const bytes = writeMap({ objects: [circle(1000), SLIDER.replace('1000', '2000')] });
  const map = readBeatmap(bytes, 'map.osu');
  const frames = autoPlay(preparePlay(map, 0, 'm'));
  const of = (...names: string[]): Timeline => {
    const scoreInfo = { mods: names.map((acronym) => ({ acronym })) };
    return judge(
      map,
      readReplay(writeReplay({ beatmap: bytes, frames, version: 30_000_012, scoreInfo }), 'a.osr'),
      'm',
    );
  };
  assert.deepEqual(counts(of('CL', 'HD')), [2, 0, 0, 0, 4]);
  assert.throws(() => of('CL', 'DA'), /with the mods DA/);
});
