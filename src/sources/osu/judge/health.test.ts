import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { circle, click, idle, play } from '../../../../test/osu/made-play.ts';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { MOD } from '../read/replay.ts';
import { Health } from './health.ts';
import { preparePlay } from './prepare.ts';
import type { Timeline } from './timeline.ts';

const SPINNER = '256,192,1000,12,0,4000,0:0:0:0:';

test('the life bar: each half turn of a spinner gives, each missed end of a slider takes', () => {
  const hpAfter = (t: Timeline, kind: string) => t.events.filter((event) => event.kind === kind).map(({ hp }) => hp);
  const circles = Array.from({ length: 20 }, (_, i) => circle(1000 + i * 300));
  const slider = '100,100,8000,2,0,L|200:100,1,100';
  const hit = autoPlay(preparePlay(readBeatmap(writeMap({ objects: [...circles, slider] }), 'm'), 0, 'm'));
  const loose = hit.map((frame) => (frame.time > 8100 ? { ...frame, keys: 0 } : frame));
  const [before = 0] = hpAfter(play({ objects: [...circles, slider], frames: loose }), 'head').slice(-1);
  const [after = 0] = hpAfter(play({ objects: [...circles, slider], frames: loose }), 'end').slice(-1);
  assert.ok(before - after > 15 / 200, `${before} to ${after}`);
  const halfTurns = play({ objects: [SPINNER] }).events.filter(({ kind }) => kind === 'spin');
  assert.ok(halfTurns.filter(({ value }) => value === 0).length >= 9);
});

test('the life bar: nothing drains while no circle or slider can be seen', () => {
  // Preempt 1200 ms: the second circle is seen from 8800 on; the spinner takes nothing.
  const map = readBeatmap(writeMap({ objects: [circle(1000), circle(10_000), '256,192,10500,12,0,14000'] }), 'm');
  const health = new Health(map, preparePlay(map, 0, 'm'));
  const lifeAt = (time: number): number => {
    health.goTo(time);
    return health.hp;
  };
  const seen = lifeAt(1000);
  assert.ok(seen < 1);
  assert.equal(lifeAt(8800), seen);
  const later = lifeAt(10_000);
  assert.ok(later < seen);
  assert.ok(lifeAt(10_500) < later);
  assert.equal(lifeAt(14_000), lifeAt(10_500));
});

test('a break at the last slider of a colour makes the game forget a miss before it: katu', () => {
  const objects = [circle(1000), circle(2000, 300), '100,100,3000,2,0,L|200:100,1,100', '100,300,6000,5,0'];
  const onBall = [3050, 3500, 3964, 4000].map((time) => ({ time, x: 100 + (time - 3000) / 10, y: 100, keys: 5 }));
  const ends = [...onBall, idle(4010), ...click(6000, 100, 300)];
  const hit = play({ objects, frames: [idle(0), ...click(1000), idle(2200), ...click(3000).slice(0, 1), ...ends] });
  assert.deepEqual([hit.n300, hit.n100, hit.miss, hit.geki, hit.katu], [3, 0, 1, 1, 0]);
  // Held since before the head could be clicked.
  const before = { time: 2300, x: 400, y: 300, keys: 5 };
  const headless = play({ objects, frames: [idle(0), ...click(1000), idle(2200), before, ...ends] });
  const { n300, n100, miss, geki, katu } = headless;
  assert.deepEqual([n300, n100, miss, geki, katu], [2, 1, 1, 1, 1]);
});

test('the life bar: full after a play without a mistake, empty after nothing but misses', () => {
  const objects = Array.from({ length: 40 }, (_, i) => circle(1000 + i * 500));
  const good = play({ objects, hp: 6 });
  assert.equal(good.failedAt, null);
  assert.ok((good.events.at(-1)?.hp ?? 0) > 0.9);
  const bad = play({
    objects,
    hp: 6,
    frames: [idle(0), idle(1500), idle(3000), ...objects.map((_, i) => idle(3500 + i * 500))],
  });
  assert.ok(bad.failedAt !== null && bad.failedAt < 10_000);
  assert.equal(bad.miss, 40);
  const easy = play({
    objects,
    hp: 6,
    mods: MOD.EZ,
    frames: [idle(0), ...objects.map((_, i) => idle(1500 + i * 500))],
  });
  assert.ok(easy.failedAt === null || easy.failedAt > (bad.failedAt ?? 0));
});
