import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { type MadeMap, writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { judge } from './judge.ts';
import { preparePlay } from './prepare.ts';
import type { Timeline } from './timeline.ts';

interface LazerMod {
  readonly acronym: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface Play extends MadeMap {
  readonly mods?: number;
  readonly named?: readonly LazerMod[];
  /** By default a play without a mistake. */
  readonly frames?: readonly MadeFrame[];
}

function play({ mods = 0, named = [], frames, ...made }: Play): Timeline {
  const beatmap = writeMap(made);
  const map = readBeatmap(beatmap, 'map.osu');
  const written = frames ?? autoPlay(preparePlay(map, mods, 'map.osu'));
  const bytes = writeReplay({ beatmap, mods, version: 30_000_016, frames: written, scoreInfo: { mods: named } });
  return judge(map, readReplay(bytes, 'a.osr'), 'map.osu');
}

const counts = ({ n300, n100, n50, miss, maxCombo }: Timeline) => [n300, n100, n50, miss, maxCombo];
const click = (time: number, x = 100, y = 100, keys = 5): MadeFrame[] => [
  { time, x, y, keys },
  { time: time + 10, x, y, keys: 0 },
];
const idle = (time: number, x = 100, y = 100): MadeFrame => ({ time, x, y, keys: 0 });
const circle = (time: number, x = 100, y = 100): string => `${x},${y},${time},1,0`;
const close = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value}, not ${expected}`);

/** 2 s at 100 px a second, a tick at 2000. */
const SLIDER = '100,100,1000,2,0,L|300:100,1,200';
const held = autoPlay(preparePlay(readBeatmap(writeMap({ objects: [SLIDER] }), 'map.osu'), 0, 'map.osu'));
const slider = (change: (frame: MadeFrame) => MadeFrame): Timeline =>
  play({ objects: [SLIDER], frames: held.map(change) });
const letGo = (from: number, to: number): Timeline =>
  slider((frame) => (frame.time >= from && frame.time < to ? { ...frame, keys: 0 } : frame));

test('circles: windows of whole ms; a click up to 400 ms early is a miss, earlier it does nothing', () => {
  for (const [error, verdict] of [
    [49, 300],
    [-49, 300],
    [50, 100],
    [99, 100],
    [-100, 50],
    [149, 50],
    [-150, 0],
    [-400, 0],
  ] as const)
    assert.equal(
      play({ objects: [circle(2000)], frames: [idle(0), ...click(2000 + error), idle(4000)] }).events[0]?.value,
      verdict,
      `${error} ms`,
    );
  const early = play({ objects: [circle(2000)], frames: [idle(0), ...click(1599), ...click(2000), idle(4000)] });
  assert.deepEqual(counts(early), [1, 0, 0, 0, 1]);
  // Missed at the end of the window, not at the next frame.
  const missed = play({ objects: [circle(2000)], frames: [idle(0), idle(4000)] });
  assert.deepEqual(
    missed.events.map(({ time, value }) => [time, value]),
    [[2150, 0]],
  );
});

test('a slider: its verdict is that of its head; ticks are worth 30, the end 150', () => {
  const good = play({ objects: [SLIDER] });
  assert.deepEqual(
    good.events.map(({ time, kind, value, combo }) => [time, kind, value, combo]),
    [
      [1000, 'head', 1, 1],
      [2000, 'tick', 1, 2],
      [2964, 'end', 1, 3],
      [3000, 'result', 300, 3],
    ],
  );
  assert.equal(good.score, 1_000_000);
  assert.equal(good.accuracy, 1);
  // 60 ms late: a 100.
  const late = letGo(0, 1060);
  assert.deepEqual(counts(late), [0, 1, 0, 0, 3]);
  close(late.accuracy, (100 + 30 + 150) / (300 + 30 + 150));
});

test('a slider whose head is missed is a miss; its parts still lengthen the combo', () => {
  const t = letGo(0, 1300);
  assert.deepEqual(counts(t), [0, 0, 0, 1, 2]);
  close(t.accuracy, (30 + 150) / 480);
  assert.deepEqual(t.events[0], { ...t.events[0], time: 1150, kind: 'head', value: 0 });
});

test('a tick that is missed breaks the combo, an end does not', () => {
  const tick = letGo(1900, 2100);
  assert.deepEqual(counts(tick), [1, 0, 0, 0, 1]);
  close(tick.accuracy, (300 + 150) / 480);
  const end = letGo(2900, 4000);
  assert.deepEqual(counts(end), [1, 0, 0, 0, 2]);
  close(end.accuracy, (300 + 30) / 480);
  assert.equal(end.events.at(-1)?.combo, 2);
});

test('the end of a slider may be held at any moment of its last 36 ms', () => {
  const again = slider((frame) => (frame.time >= 2900 && frame.time < 2985 ? { ...frame, keys: 0 } : frame));
  close(again.accuracy, 1);
  const end = again.events.find(({ kind }) => kind === 'end');
  assert.ok(end && end.time >= 2985 && end.time <= 3000, `${end?.time}`);
});

test('a head that is hit late takes the ticks behind it, where the cursor is within reach of them', () => {
  // Ticks every 62.5 ms: eight a second at 200 px a second, 12.5 px apart. Clicked 140 ms late: those at 1063 and 1125 lie behind.
  const made = { tickRate: 8, timing: ['0,500,4,2,0,100,1,0'], objects: ['100,100,1000,2,0,L|300:100,1,200'] };
  const good = autoPlay(preparePlay(readBeatmap(writeMap(made), 'map.osu'), 0, 'map.osu'));
  const late = play({
    ...made,
    frames: good.map((frame) =>
      frame.time < 1140 ? { ...frame, x: 100, y: 100, keys: 0 } : { ...frame, x: frame.time < 1150 ? 125 : frame.x },
    ),
  });
  assert.equal(late.n50, 1);
  assert.ok(late.events.filter(({ kind }) => kind === 'tick').every(({ value }) => value === 1));
});

test('an object cannot be clicked before the time of the one before it; clicked after it, that one is missed', () => {
  const objects = [circle(1000), circle(1100, 300)];
  const locked = play({
    objects,
    frames: [idle(0), ...click(990, 300), ...click(1005), ...click(1100, 300), idle(3000)],
  });
  assert.deepEqual(counts(locked), [2, 0, 0, 0, 2]);
  const passed = play({ objects, frames: [idle(0), ...click(1010, 300), idle(3000)] });
  assert.deepEqual(
    passed.events.map(({ time, object, value }) => [time, object, value]),
    [
      [1010, 0, 0],
      [1010, 1, 100],
    ],
  );
});

test('a slider does not lock what comes after it', () => {
  // 2 s; the circle is 50 ms after its end and clicked 20 ms before that end.
  const t = play({
    objects: [SLIDER, circle(3050, 300)],
    frames: [
      ...held.filter(({ time }) => time < 2975),
      { time: 2980, x: 298, y: 100, keys: 15 },
      { time: 3010, x: 300, y: 100, keys: 0 },
      idle(4000),
    ],
  });
  assert.deepEqual(counts(t), [1, 1, 0, 0, 4]);
});

test('the standardised score', () => {
  // The second of two circles is missed: accuracy 0.5; of the combo 300 × √1 of 300 × (√1 + √2).
  const t = play({ objects: [circle(1000), circle(2000)], frames: [idle(0), ...click(1000), idle(4000)] });
  assert.equal(t.score, Math.round((500_000 * 0.5) / (1 + Math.SQRT2) + 500_000 * 0.5 ** 5));
  assert.equal(t.score, 119_178);
  for (const [acronym, settings, factor] of [
    ['HD', {}, 1.06],
    ['EZ', {}, 0.5],
    ['FL', {}, 1.12],
    ['DT', {}, 1.1],
    ['HT', {}, 0.3],
    ['DT', { speed_change: 1.37 }, 1.06],
    ['HT', { speed_change: 0.9 }, 0.5],
  ] as const)
    assert.equal(
      play({ objects: [circle(1000)], named: [{ acronym, settings }] }).score,
      Math.round(1e6 * factor),
      acronym,
    );
});

test('a spinner: whole turns of the cursor, 10 points each, and 50 from the third beyond what a 300 needs', () => {
  // OD 5, 3 s: 150 a minute are 7 turns, 380 are 19. At 0.03 radians a millisecond 3 s are 14 turns and a third; at 1.5 times the speed 21.
  const frames = Array.from({ length: 420 }, (_, i) => {
    const angle = 0.03 * (i * 10 - 900);
    return { time: i * 10, x: 256 + 100 * Math.cos(angle), y: 192 + 100 * Math.sin(angle), keys: i < 95 ? 0 : 5 };
  });
  const objects = ['256,192,1000,12,0,4000,0:0:0:0:'];
  const t = play({ objects, frames });
  assert.equal(t.n300, 1);
  assert.equal(t.score, 1_000_000 + 9 * 10 + 5 * 50);
  const quick = play({ objects, frames, mods: MOD.DT, named: [{ acronym: 'DT' }] });
  assert.equal(quick.score, Math.round((1_000_000 + 9 * 10 + 10 * 50) * 1.1));
  // To and fro within a turn is no turn.
  const rocking = frames.map((frame, i) => ({ ...frame, ...(i % 2 === 0 ? { x: 356, y: 192 } : { x: 256, y: 292 }) }));
  assert.equal(play({ objects, frames: rocking }).miss, 1);
});

test('DA sets what the map says, MR mirrors it', () => {
  // OD 10: 20 ms for a 300, 60 for a 100.
  const at = (settings: LazerMod['settings'] = {}): Timeline =>
    play({
      objects: [circle(1000)],
      named: [{ acronym: 'DA', settings }],
      frames: [idle(0), ...click(1030), idle(4000)],
    });
  assert.equal(at().n300, 1);
  assert.equal(at({ overall_difficulty: 10 }).n100, 1);
  assert.equal(at({ overall_difficulty: 'a' }).n300, 1);
  // CS 2: 45.44 × 1.00041.
  const far = (settings: LazerMod['settings'] = {}): number =>
    play({
      objects: [circle(1000)],
      named: [{ acronym: 'DA', settings }],
      frames: [idle(0), ...click(1000, 145), idle(4000)],
    }).n300;
  assert.equal(far(), 0);
  assert.equal(far({ circle_size: 2 }), 1);
  for (const [reflection, x, y] of [
    [undefined, 412, 100],
    [0, 412, 100],
    [1, 100, 284],
    [2, 412, 284],
  ] as const) {
    const settings = reflection === undefined ? {} : { reflection };
    const frames = held.map((frame) => ({
      ...frame,
      x: x === 412 ? 512 - frame.x : frame.x,
      y: y === 284 ? 384 - frame.y : frame.y,
    }));
    const t = play({ objects: [SLIDER], named: [{ acronym: 'MR', settings }], frames });
    assert.deepEqual(counts(t), [1, 0, 0, 0, 3], `reflection ${reflection}`);
    assert.equal(t.accuracy, 1);
  }
});

test('any hand on any map: counts, combo and accuracy hold together', () => {
  const lines = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 900 }),
      x: fc.integer({ min: 0, max: 512 }),
      kind: fc.constantFrom('circle', 'slider', 'spinner'),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const hand = fc.array(
    fc.record({
      step: fc.integer({ min: 1, max: 150 }),
      near: fc.nat(24),
      dx: fc.integer({ min: -50, max: 50 }),
      keys: fc.constantFrom(0, 5, 10, 15),
    }),
    { minLength: 1, maxLength: 400 },
  );
  fc.assert(
    fc.property(lines, hand, fc.constantFrom(0, MOD.HR, MOD.EZ, MOD.DT), (made, steps, mods) => {
      let time = 1000;
      const objects = made.map(({ gap, x, kind }) => {
        time += gap;
        if (kind === 'circle') return circle(time, x);
        return kind === 'slider' ? `${x},100,${time},2,0,L|${x}:300,2,60` : `256,192,${time},12,0,${time + 900}`;
      });
      let now = 600;
      const frames = steps.map(({ step, near, dx, keys }) => {
        now += step;
        return { time: now, x: (made[near % made.length]?.x ?? 0) + dx, y: (mods & MOD.HR) !== 0 ? 280 : 110, keys };
      });
      const t = play({ objects, frames, mods });
      assert.equal(t.n300 + t.n100 + t.n50 + t.miss + t.unjudged, objects.length);
      const results = t.events.filter(({ kind }) => kind === 'result');
      assert.equal(new Set(results.map(({ object }) => object)).size, results.length, 'one verdict an object');
      let [at, combo, largest] = [0, 0, 0];
      for (const event of t.events) {
        assert.ok(event.time >= at, 'moments never fall');
        assert.ok([0, combo, combo + 1].includes(event.combo), 'the combo grows by one, or ends');
        assert.ok(event.accuracy >= 0 && event.accuracy <= 1);
        ({ time: at, combo } = event);
        largest = Math.max(largest, combo);
      }
      assert.equal(t.maxCombo, largest);
    }),
    { numRuns: 60 },
  );
});

test('what cannot be judged is said', () => {
  const of = (named: readonly LazerMod[]) => () => play({ objects: [circle(1000)], named });
  assert.throws(of([{ acronym: 'WG' }]), /with the mods WG/);
  assert.throws(of([{ acronym: 'RX' }]), /with the mods RX/);
  assert.throws(of([{ acronym: 'CL', settings: { classic_note_lock: false } }]), /set to other rules/);
  assert.throws(of([{ acronym: 'CL' }, { acronym: 'DT', settings: { speed_change: 1.3 } }]), /at a speed of its own/);
});

test('a play without a mistake has a million points, on any map', () => {
  const place = fc.tuple(fc.integer({ min: 50, max: 460 }), fc.integer({ min: 50, max: 330 }));
  const lines = fc.array(
    fc.tuple(place, fc.array(place, { minLength: 0, maxLength: 3 }), fc.integer({ min: 1, max: 3 })),
    { minLength: 1, maxLength: 10 },
  );
  fc.assert(
    fc.property(lines, fc.constantFrom('L', 'B', 'C'), (made, type) => {
      const objects = made.map(([[x, y], points, spans], i) => {
        const time = 2000 + i * 12_000;
        return points.length === 0
          ? circle(time, x, y)
          : `${x},${y},${time},2,0,${type}|${points.map(([px, py]) => `${px}:${py}`).join('|')},${spans},${80 + spans * 40}`;
      });
      const t = play({ objects });
      assert.equal(t.n300, objects.length);
      assert.equal(t.score, 1_000_000);
      assert.equal(t.events.at(-1)?.combo, t.maxCombo);
    }),
    { numRuns: 15 },
  );
});
