import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { type MadeMap, writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { Health } from './health.ts';
import { judge } from './judge.ts';
import { preparePlay } from './prepare.ts';
import type { Timeline } from './timeline.ts';

interface Play extends MadeMap {
  readonly mods?: number;
  readonly gameVersion?: number;
  /** By default a play without a mistake. */
  readonly frames?: readonly MadeFrame[];
}

function play({ mods = 0, gameVersion = 20_200_427, frames, ...made }: Play): Timeline {
  const bytes = writeMap(made);
  const map = readBeatmap(bytes, 'map.osu');
  const written = frames ?? autoPlay(preparePlay(map, mods, 'map.osu'));
  return judge(
    map,
    readReplay(writeReplay({ beatmap: bytes, mods, version: gameVersion, frames: written }), 'a.osr'),
    'map.osu',
  );
}

const counts = ({ n300, n100, n50, miss, maxCombo }: Timeline) => [n300, n100, n50, miss, maxCombo];

/** A click of the left button, let go 10 ms later. */
const click = (time: number, x = 100, y = 100, keys = 5): MadeFrame[] => [
  { time, x, y, keys },
  { time: time + 10, x, y, keys: 0 },
];
const idle = (time: number, x = 100, y = 100): MadeFrame => ({ time, x, y, keys: 0 });
const circle = (time: number, x = 100, y = 100): string => `${x},${y},${time},1,0`;

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

const SPINNER = '256,192,1000,12,0,4000,0:0:0:0:';

test('a spinner: needed half turns by OD, verdict, points and bonus', () => {
  // OD 5: 5 a second, 15 for 3 s. Every second half turn gives 100, after 15 + 3 of them 1100. At 0.045 rad/ms 3 s are 43 half turns, less what the disc needs to come to speed.
  const t = play({ objects: [SPINNER] });
  assert.equal(t.n300, 1);
  const turns = t.events.filter((event) => event.kind === 'spin' && event.value > 0).length;
  const bonus = t.events.filter((event) => event.kind === 'bonus').length;
  assert.equal(turns, 9);
  assert.ok(bonus >= 10 && bonus <= 12, `${bonus} bonuses`);
  assert.equal(t.score, 300 + turns * 100 + bonus * 1100);
  const still = play({ objects: [SPINNER], frames: [idle(0), { time: 1000, x: 300, y: 192, keys: 5 }, idle(4100)] });
  assert.deepEqual(counts(still), [0, 0, 0, 1, 0]);
});

test('behind a spinner a new colour begins, whether the map says so or not', () => {
  // Two colours: the one up to the spinner, with a 100 in it, and the one behind.
  const objects = [circle(500), '256,192,1000,8,0,2000,0:0:0:0:', circle(3000), circle(4000)];
  const frames = autoPlay(preparePlay(readBeatmap(writeMap({ objects }), 'map.osu'), 0, 'map.osu'));
  const late = frames.map((frame) => (frame.time <= 501 ? { ...frame, time: frame.time + 60 } : frame));
  const t = play({ objects, frames: late });
  assert.deepEqual([t.n300, t.n100, t.geki, t.katu], [3, 1, 1, 1]);
});

test('SO turns the spinner itself, 0.03 radians a millisecond of the map', () => {
  // To the frame at 4000: 3000 × 0.03 / π = 28.6 half turns. A 100 for 2, 4 … 18; from 20 to 28 a bonus each.
  for (const mods of [MOD.SO, MOD.SO | MOD.DT, MOD.SO | MOD.HT])
    for (const step of [4, 16, 25]) {
      const frames = Array.from({ length: Math.ceil(4200 / step) }, (_, i) => idle(i * step, 300, 192));
      const t = play({ objects: [SPINNER], mods, frames });
      assert.equal(t.n300, 1);
      assert.equal(t.score, 300 + 9 * 100 + 5 * 1100, `${mods}, a frame each ${step} ms`);
    }
});

/** A hand going round at a steady speed, in frames of 1/60 s. @param speed radians a millisecond of the map */
const round = (speed: number, rate = 1): MadeFrame[] =>
  Array.from({ length: Math.floor(4200 / rate / (1000 / 60)) }, (_, i) => {
    const time = Math.round((i * rate * 1000) / 60);
    const angle = speed * Math.max(0, time - 1000);
    return { time, x: 256 + 100 * Math.cos(angle), y: 192 + 100 * Math.sin(angle), keys: time < 1000 ? 0 : 5 };
  });

test('the disc of a spinner comes to speed slowly, and no faster than 477 turns a minute', () => {
  // 3 s: it gains 0.00108 radians a millisecond each millisecond, so 0.03 takes 28 ms, while it turns half as far as it would; the cursor is first measured a frame after it began.
  // 0.03 × (3000 - 17 - 14) / π = 28.4.
  const halfTurns = (speed: number): number => {
    const { score } = play({ objects: [SPINNER], frames: round(speed) });
    const points = score - 300;
    return points <= 900 ? points / 50 : 18 + (points - 900) / 550;
  };
  assert.equal(halfTurns(0.03), 28);
  // 0.02 × (3000 - 17 - 9) / π = 18.9.
  assert.equal(halfTurns(0.02), 18);
  // 0.05 × (3000 - 17 - 23) / π = 47.1, of which the even ones give points.
  assert.equal(halfTurns(0.05), 46);
  assert.equal(halfTurns(0.12), 46);
});

test('in DT the disc turns 1.5 times as far, in HT 0.75 times, and comes to speed in real time', () => {
  const score = (speed: number, mods: number, rate: number): number =>
    play({ objects: [SPINNER], mods, frames: round(speed, rate) }).score;
  // DT: a frame is 25 ms of the map. 0.03 a millisecond of the map is measured as 0.045 a real one; 0.00108 gained in each real one, that is 42 real ms, 62 of the map.
  // 0.045 × (3000 - 25 - 31) / π = 42.2: a 100 for 2, 4 … 18 and a bonus for 20, 22 … 42.
  assert.equal(score(0.03, MOD.DT, 1.5), 300 + 9 * 100 + 12 * 1100);
  // HT: 12.5 ms; 0.0225; 21 real ms, 16 of the map. 0.0225 × (3000 - 12 - 8) / π = 21.3.
  assert.equal(score(0.03, MOD.HT, 0.75), 300 + 9 * 100 + 1 * 1100);
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

test('files of formats 3 and 4 are played in their own times', () => {
  for (const version of [3, 4, 14]) {
    const { events } = play({ version, objects: [circle(1000)], frames: [idle(0), ...click(1007), idle(3000)] });
    assert.equal(events[0]?.error, 7, `v${version}`);
  }
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

test('a tap between two frames does not measure the cursor anew', () => {
  const steady = round(0.03);
  const tapping = steady.flatMap((frame, i) => {
    const next = steady[i + 1];
    if (i % 7 !== 0 || !next || frame.time < 1000) return [frame];
    return [frame, { ...frame, time: frame.time + 5, keys: 15 }, { ...frame, time: frame.time + 9, keys: 5 }];
  });
  assert.equal(play({ objects: [SPINNER], frames: tapping }).score, play({ objects: [SPINNER], frames: steady }).score);
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

test('before version 6 what lies where the curve of a slider ends is stacked under it, also where the ball comes back', () => {
  const objects = ['100,100,1000,2,0,L|200:100,2,100', circle(3200, 200)];
  const stack = (version: number) =>
    preparePlay(readBeatmap(writeMap({ version, objects }), 'm'), 0, 'm').objects.map((object) => object.stack);
  assert.deepEqual(stack(5), [0, -1]);
  assert.deepEqual(stack(6), [0, 0]);
});

test('a map whose breaks leave less than a second to play is as dense as any can be', () => {
  // (5 + 5 + 5 + 16) / 38 × 5 = 4: of three circles the last has a combo of two before it, less one, and gives 300 / 25 × 4 more.
  const score = (pause: number) =>
    play({ objects: [circle(1000), circle(9000), circle(9500)], breaks: [[1100, 1100 + pause]] }).score;
  assert.equal(score(8000), 900 + 12 * 4);
  assert.equal(score(8700), 900 + 12 * 4);
});

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
