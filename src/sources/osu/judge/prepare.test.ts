import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circle, click, idle, play } from '../../../../test/osu/made-play.ts';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { preparePlay } from './prepare.ts';

test('files of formats 3 and 4 are played in their own times', () => {
  for (const version of [3, 4, 14]) {
    const { events } = play({ version, objects: [circle(1000)], frames: [idle(0), ...click(1007), idle(3000)] });
    assert.equal(events[0]?.error, 7, `v${version}`);
  }
});

test('files before version 8 have ticks by the tempo alone, those before 6 stack forwards', () => {
  const timing = ['0,1000,4,1,0,100,1,0', '0,-50,4,1,0,100,0,0'];
  const objects = ['100,100,1000,2,0,L|400:100,1,300'];
  const ticks = (version: number): number =>
    play({ version, timing, objects }).events.filter((event) => event.kind === 'tick').length;
  assert.equal(ticks(14), 1);
  assert.equal(ticks(7), 2);
  const stack = (version: number) =>
    preparePlay(
      readBeatmap(writeMap({ version, objects: [circle(1000), circle(1100), circle(1200)] }), 'm'),
      0,
      'm',
    ).objects.map((object) => object.stack);
  assert.deepEqual(stack(14), [2, 1, 0]);
  assert.deepEqual(
    stack(5),
    [2, 0, 0].map((_, i) => [2, 1, 0][i]),
  );
});

test('a map whose breaks leave less than a second to play is as dense as any can be', () => {
  // (5 + 5 + 5 + 16) / 38 × 5 = 4: of three circles the last has a combo of two before it, less one, and gives 300 / 25 × 4 more.
  const score = (pause: number) =>
    play({ objects: [circle(1000), circle(9000), circle(9500)], breaks: [[1100, 1100 + pause]] }).score;
  assert.equal(score(8000), 900 + 12 * 4);
  assert.equal(score(8700), 900 + 12 * 4);
});
