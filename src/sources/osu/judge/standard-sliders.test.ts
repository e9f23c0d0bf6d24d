import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { circle, click, counts, idle, play } from '../../../../test/osu/made-play.ts';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import type { MadeFrame } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { MOD } from '../read/replay.ts';
import { preparePlay } from './prepare.ts';
import type { Timeline } from './timeline.ts';

const SLIDER = '100,100,1000,2,0,L|300:100,1,200';

test('a slider: head 30, tick 10, end 30, and its verdict', () => {
  // 100 px a second, a tick each second: 2 s long, a tick at 2000, its end checked at 2964. (15 + 16) / 38 × 5 = 4.08, 4.
  const t = play({ objects: [SLIDER] });
  assert.deepEqual(
    t.events.map((event) => [event.time, event.kind, event.value, event.combo]),
    [
      [1000, 'head', 1, 1],
      [2000, 'tick', 1, 2],
      [2964, 'end', 1, 3],
      [3000, 'result', 300, 3],
    ],
  );
  assert.equal(t.score, 30 + 10 + 30 + 300 + 2 * 12 * 4);
});

test('a slider that is let go: the tick breaks the combo, the end does not', () => {
  const held = autoPlay(preparePlay(readBeatmap(writeMap({ objects: [SLIDER] }), 'map.osu'), 0, 'map.osu'));
  const letGo = (from: number, to: number): Timeline =>
    play({
      objects: [SLIDER],
      frames: held.map((frame) => (frame.time >= from && frame.time < to ? { ...frame, keys: 0 } : frame)),
    });
  assert.deepEqual(counts(letGo(1900, 2100)), [0, 1, 0, 0, 1]);
  assert.deepEqual(counts(letGo(2900, 4000)), [0, 1, 0, 0, 2]);
  assert.deepEqual(counts(letGo(1100, 4000)), [0, 0, 1, 0, 1]);
  assert.deepEqual(counts(letGo(0, 4000)), [0, 0, 0, 1, 0]);
});

test('a slider whose head was late: the parts count, the combo starts after it', () => {
  const held = autoPlay(preparePlay(readBeatmap(writeMap({ objects: [SLIDER] }), 'map.osu'), 0, 'map.osu'));
  const late = play({
    objects: [SLIDER],
    frames: held.map((frame) => (frame.time < 1200 ? { ...frame, keys: 0 } : frame)),
  });
  assert.deepEqual(counts(late), [0, 1, 0, 0, 2]);
});

test('the button that was down before cannot hold a slider that the other one clicked', () => {
  const frames: MadeFrame[] = [
    idle(0),
    { time: 900, x: 300, y: 300, keys: 5 },
    { time: 1000, x: 100, y: 100, keys: 15 },
  ];
  const path = Array.from({ length: 120 }, (_, i) => ({ time: 1010 + i * 17, x: 100 + (10 + i * 17) / 10, y: 100 }));
  const after = (keys: number): MadeFrame[] => path.map((place) => ({ ...place, keys }));
  const objects = [SLIDER];
  assert.deepEqual(counts(play({ objects, frames: [...frames, ...after(15)] })), [1, 0, 0, 0, 3]);
  assert.deepEqual(counts(play({ objects, frames: [...frames, ...after(10)] })), [1, 0, 0, 0, 3]);
  assert.deepEqual(counts(play({ objects, frames: [...frames, ...after(5)] })), [0, 0, 1, 0, 1]);
});

test('a slider shorter than the window of its head: the verdict still has the combo that the missed head breaks', () => {
  // 10 px at 100 px a second: 100 ms, the window is 150. Its end is checked at 1064.
  const objects = [circle(500), circle(700), '100,100,1000,2,0,L|110:100,1,10'];
  const frames = [
    idle(0),
    ...click(500),
    ...click(700),
    { time: 990, x: 300, y: 100, keys: 5 },
    { time: 1050, x: 105, y: 100, keys: 5 },
    { time: 1064, x: 106, y: 100, keys: 5 },
    { time: 1100, x: 110, y: 100, keys: 5 },
    idle(1300),
  ];
  const t = play({ objects, frames });
  assert.deepEqual(
    t.events.slice(2).map((event) => [event.kind, event.value, event.combo]),
    [
      ['end', 1, 3],
      ['result', 100, 3],
      ['head', 0, 0],
    ],
  );
});

test('a head that is open when its slider is over breaks the combo at the end of its own window, and what was clicked before counts', () => {
  // 10 px: 100 ms. The window of its head lasts until 1150, the next circle is clicked at 1140.
  const objects = ['100,100,1000,2,0,L|110:100,1,10', circle(1200, 300), circle(1400, 300), circle(1600, 300)];
  const until = (clicked: number) =>
    play({
      objects,
      frames: [
        idle(0),
        { time: 990, x: 200, y: 300, keys: 5 },
        { time: 1050, x: 105, y: 100, keys: 5 },
        { time: 1064, x: 106, y: 100, keys: 5 },
        { time: 1100, x: 110, y: 100, keys: 5 },
        idle(1110, 300),
        ...click(clicked, 300),
        ...click(1400, 300),
        ...click(1600, 300),
        idle(1900),
      ],
    });
  const combos = (t: Timeline) => t.events.map(({ kind, combo }) => [kind, combo]);
  assert.deepEqual(combos(until(1140)), [
    ['end', 1],
    ['result', 1],
    ['result', 2],
    ['head', 0],
    ['result', 1],
    ['result', 2],
  ]);
  // At a frame behind the window the break comes first.
  assert.deepEqual(combos(until(1151)).slice(2), [
    ['head', 0],
    ['result', 1],
    ['result', 2],
    ['result', 3],
  ]);
});

test('sliders end at the whole millisecond before the sum of their single-precision pieces', () => {
  // 100 px in 1 s. The second one is 2⁻¹⁷ px too short, the third as much too long (slider-path.test.ts).
  const ends = ['90:120', '10:120', '10:240'].map((end) => {
    const map = readBeatmap(writeMap({ objects: [`0,0,1000,2,0,L|${end},1,100`] }), 'm');
    return preparePlay(map, 0, 'm').objects[0]?.endTime;
  });
  assert.deepEqual(ends, [2000, 1999, 2000]);
});

test('Catmull sliders and repeats: a play without a mistake has the combo that the map has', () => {
  const objects = [
    '100,100,1000,2,0,C|200:150|300:100,2,150',
    '50,300,5000,2,0,B|100:200|200:300,3,120',
    '60,50,9000,2,0,P|100:20|140:50,1,100',
  ];
  // 1.5 s a way: a tick each; 1.2 s: one each; 1 s: none (it would lie at the end).
  assert.deepEqual(counts(play({ objects })), [3, 0, 0, 0, 5 + 7 + 2]);
  assert.deepEqual(counts(play({ objects, mods: MOD.EZ })), [3, 0, 0, 0, 14]);
  assert.deepEqual(counts(play({ objects, mods: MOD.HR })), [3, 0, 0, 0, 14]);
  assert.deepEqual(counts(play({ objects, mods: MOD.HT })), [3, 0, 0, 0, 14]);
});

test('a Catmull slider: the ball goes along the curve, and the cursor must be within 2.4 radii of it at the tick', () => {
  // Between the first two points x = 50 t + 50 t², y = 192 - 50 t - 200 t² + 150 t³. 200 px at 100 px a second: the tick is after 100 px, where t is 0.692: (58.58, 111.30).
  const objects = ['0,192,1000,2,0,C|100:92|300:192,1,200'];
  // Radius 32.013 × 2.4 = 76.83.
  for (const [y, ticks] of [
    [111.3 + 76, 1],
    [111.3 + 77.6, 0],
  ] as const) {
    const frames = autoPlay(preparePlay(readBeatmap(writeMap({ objects }), 'm'), 0, 'm'));
    const t = play({
      objects,
      frames: frames.map((frame) => (frame.time > 1990 && frame.time < 2010 ? { ...frame, x: 58.58, y } : frame)),
    });
    assert.equal(t.events.find(({ kind }) => kind === 'tick')?.value, ticks, String(y));
  }
});

test('before version 6 what lies where the curve of a slider ends is stacked under it, also where the ball comes back', () => {
  const objects = ['100,100,1000,2,0,L|200:100,2,100', circle(3200, 200)];
  const stack = (version: number) =>
    preparePlay(readBeatmap(writeMap({ version, objects }), 'm'), 0, 'm').objects.map((object) => object.stack);
  assert.deepEqual(stack(5), [0, -1]);
  assert.deepEqual(stack(6), [0, 0]);
});
