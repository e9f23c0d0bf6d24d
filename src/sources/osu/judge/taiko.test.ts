import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { autoTaiko } from '../../../../test/osu/auto-taiko.ts';
import { type MadeMap, writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { judge } from './judge.ts';
import { prepareTaiko, type TaikoPlay } from './taiko-play.ts';
import type { Timeline } from './timeline.ts';

type Press = readonly [time: number, keys: number];

/** Bits of the keys. */
const DON = 1;
const KAT = 2;
const DON2 = 4;
const KAT2 = 8;

function play(made: MadeMap, presses: readonly Press[], mods = 0): Timeline {
  return judgeFrames(
    made,
    presses.map(([time, keys]) => ({ time, x: 0, y: 0, keys })),
    mods,
  );
}

function judgeFrames(made: MadeMap, frames: readonly MadeFrame[], mods: number): Timeline {
  const bytes = writeMap({ mode: 1, ...made });
  const replay = readReplay(writeReplay({ mode: 1, beatmap: bytes, mods, frames }), 'a.osr');
  return judge(readBeatmap(bytes, 'map.osu'), replay, 'map.osu');
}

const prepared = (made: MadeMap, mods = 0): TaikoPlay =>
  prepareTaiko(readBeatmap(writeMap({ mode: 1, ...made }), 'map.osu'), mods, 'map.osu');

/** A note: don without, kat with a clap (8) or whistle (2); large with a finish (4). */
const note = (time: number, sound = 0): string => `256,192,${time},1,${sound},0:0:0:0:`;
/** Each key goes down and up at once. */
const taps = (...list: readonly Press[]): Press[] => [
  [0, 0],
  ...list.flatMap(([time, keys]): Press[] => [
    [time, keys],
    [time + 5, 0],
  ]),
  [9000, 0],
];
const counts = (t: Timeline): number[] => [t.n300, t.n100, t.miss];

test('windows: of OD, in whole milliseconds; EZ and HR change them, DT does not', () => {
  // OD 5: 35, 80, 95. OD 8: 50 - 24 = 26, 110 - 48 = 62, 120 - 40 = 80. OD 3: 41, 96, 111.
  assert.deepEqual(prepared({ od: 5, objects: [] }).windows, { great: 35, good: 80, miss: 95 });
  assert.deepEqual(prepared({ od: 8, objects: [] }).windows, { great: 26, good: 62, miss: 80 });
  assert.deepEqual(prepared({ od: 3, objects: [] }).windows, { great: 41, good: 96, miss: 111 });
  // EZ: OD 2.5: 42.5, 100, 115. HR: OD 7: 29, 68, 85.
  assert.deepEqual(prepared({ od: 5, objects: [] }, MOD.EZ).windows, { great: 42, good: 100, miss: 115 });
  assert.deepEqual(prepared({ od: 5, objects: [] }, MOD.HR).windows, { great: 29, good: 68, miss: 85 });
  assert.deepEqual(prepared({ od: 5, objects: [] }, MOD.DT).windows, { great: 35, good: 80, miss: 95 });
});

test('a note: every verdict, to the millisecond', () => {
  for (const [error, expected] of [
    [0, [1, 0, 0]],
    [34, [1, 0, 0]],
    [-34, [1, 0, 0]],
    [35, [0, 1, 0]],
    [-79, [0, 1, 0]],
    [80, [0, 0, 1]],
    [-80, [0, 0, 1]],
    [-95, [0, 0, 1]],
  ] as const)
    assert.deepEqual(counts(play({ objects: [note(1000)] }, taps([1000 + error, DON]))), expected, `${error}`);
  // Farther than the window of misses it is no press of this note: the one in time counts.
  assert.deepEqual(counts(play({ objects: [note(1000)] }, taps([904, DON], [1000, DON2]))), [1, 0, 0]);
});

test('don and kat: either side; the wrong colour is a miss, with Relax it is not', () => {
  const objects = [note(1000), note(1500, 8), note(2000, 2), note(2500)];
  assert.deepEqual(counts(play({ objects }, taps([1000, DON], [1500, KAT], [2000, KAT2], [2500, DON2]))), [4, 0, 0]);
  const wrong = play({ objects }, taps([1000, KAT], [1500, DON], [2000, KAT2], [2500, DON2]));
  assert.deepEqual([counts(wrong), wrong.maxCombo], [[2, 0, 2], 2]);
  assert.deepEqual(counts(play({ objects }, taps([1000, KAT], [1500, DON]), MOD.RX)), [2, 0, 2]);
});

test('a key that stays down is no new press; two keys in a frame are one press of a small note', () => {
  const objects = [note(1000), note(1060), note(2000)];
  assert.deepEqual(
    counts(
      play({ objects }, [
        [0, 0],
        [1000, DON],
        [1060, DON | DON2],
        [1100, 0],
        [2000, DON],
        [5000, 0],
      ]),
    ),
    [3, 0, 0],
  );
  // The second don of the first frame does not hit the next note early.
  const t = play({ objects: [note(1000), note(1030)] }, taps([1000, DON | DON2], [1030, DON]));
  assert.deepEqual(
    t.events.map(({ error }) => error),
    [0, 0],
  );
});

test('score: combo in tens up to a hundred, halves for 100s, mods, kiai, large notes', () => {
  // 3 objects in 2 s: density 12, CS counts as 2: (5 + 5 + 2 + 12) / 38 × 5 = 3.16: 3 stars; a ten of combo is 16 × 4 = 64.
  const three = play({ objects: [note(1000), note(2000), note(3000)] }, taps([1000, DON], [2000, DON], [3050, DON]));
  assert.deepEqual([three.score, three.accuracy, three.maxCombo], [300 + 300 + 150, 2.5 / 3, 3]);
  // 25 notes 100 ms apart: density 16: 28 / 38 × 5 = 3.68: 4 stars, 80 a ten: ten of 300, ten of 380, five of 460.
  const times = Array.from({ length: 25 }, (_, i) => 1000 + i * 100);
  const many = { objects: times.map((time) => note(time)) };
  const presses = taps(...times.map((time): Press => [time, DON]));
  assert.equal(play(many, presses).score, 10 * 300 + 10 * 380 + 5 * 460);
  // HR: 80 × 1.06 = 84.8, 84 a ten; HD and DT: 80 × 1.06 × 1.12 = 94.976. What is not combo is not multiplied.
  assert.equal(play(many, presses, MOD.HR).score, 10 * 300 + 10 * 384 + 5 * 468);
  assert.equal(play(many, presses, MOD.HD | MOD.DT).score, 10 * 300 + 10 * 394 + 5 * 488);
  assert.equal(play(many, presses, MOD.RX).score, 25 * 300);
  // Kiai from 2000 ms: of the 11th to the 20th 380 × 1.2 = 456, of the last five 460 × 1.2 = 552.
  const timing = ['0,1000,4,2,0,100,1,0', '2000,-100,4,2,0,100,0,1'];
  assert.equal(play({ ...many, timing }, presses).score, 10 * 300 + 10 * 456 + 5 * 552);
  // At a combo of 110 and more it is worth what it is at 100: 300 + 10 × 80.
  const long = Array.from({ length: 115 }, (_, i) => 1000 + i * 100);
  const all = play({ objects: long.map((time) => note(time)) }, [
    ...taps(...long.map((time): Press => [time, DON])).slice(0, -1),
    [20_000, 0],
  ]);
  assert.equal(all.score, 10 * (300 + 380 + 460 + 540 + 620 + 700 + 780 + 860 + 940 + 1020) + 15 * 1100);
});

test('a large note: the second key of its colour within 30 ms doubles it, and nothing else does', () => {
  const made = { objects: [note(1000, 4), note(3000, 12)] };
  const one = play(made, taps([1000, DON], [3000, KAT]));
  assert.deepEqual([one.score, one.geki, counts(one)], [600, 0, [2, 0, 0]]);
  const both = play(made, taps([1000, DON | DON2], [3000, KAT | KAT2]));
  assert.deepEqual([both.score, both.geki, both.maxCombo, counts(both)], [1200, 2, 2, [2, 0, 0]]);
  const near = play(made, [
    [0, 0],
    [1000, DON],
    [1029, DON | DON2],
    [1050, 0],
    [3000, KAT2],
    [3030, KAT | KAT2],
    [3100, 0],
  ]);
  assert.deepEqual([near.score, near.geki], [900, 1]);
  const late = play(made, [
    [0, 0],
    [1050, DON],
    [1060, DON | DON2],
    [1100, 0],
  ]);
  assert.deepEqual([late.score, late.katu, late.n100], [300, 1, 1]);
  // A kat beside the don of a large don is nobody's.
  assert.equal(play(made, taps([1000, DON], [1020, KAT], [3000, KAT])).score, 600);
});

test('a drumroll: ticks of an eighth of a beat between 60 and 120 ms, each hit once, in any colour', () => {
  // 1000 ms a beat: 125, halved to 62.5. 140 px × 1.4 / 140 px a beat … a slider of 100 px at multiplier 1 lasts a beat: to 2000, and one tick more.
  const roll = { objects: ['256,192,1000,2,0,L|356:192,1,100'] };
  const [object] = prepared(roll).objects;
  assert.ok(object?.kind === 'roll');
  assert.deepEqual([object.endTime, object.tickEvery, object.ticks], [2000, 62.5, 17]);
  const at = (tick: number): number => Math.round(1000 + tick * 62.5);
  const t = play(roll, taps([at(0), DON], [at(1), KAT], [at(2), DON], [at(2) + 20, KAT], [at(9), DON]));
  // The second press near the third tick is none.
  assert.deepEqual([t.score, t.maxCombo, counts(t), t.unjudged], [4 * 300, 0, [0, 0, 0], 0]);
  const large = { objects: ['256,192,1000,2,4,L|356:192,1,100'] };
  assert.equal(play(large, taps([1000, DON])).score, 720);
  const timing = ['0,1000,4,2,0,100,1,1'];
  assert.equal(play({ ...roll, timing }, taps([1000, DON])).score, 360);
  assert.equal(play({ ...large, timing }, taps([1000, DON])).score, 864);
  // Tempo 300 ms: 37.5 doubled is 75; tick rate 3: 50, doubled is 100.
  const quick = ['0,300,4,2,0,100,1,0'];
  const everyOf = (made: MadeMap): unknown => prepared(made).objects.map((one) => one.kind === 'roll' && one.tickEvery);
  assert.deepEqual(everyOf({ ...roll, timing: quick }), [75]);
  assert.deepEqual(everyOf({ ...roll, timing: quick, tickRate: 3 }), [100]);
  // A note close behind it takes the last tick.
  assert.equal(prepared({ objects: [...roll.objects, note(2050)] }).objects.length, 2);
  const [close] = prepared({ objects: [...roll.objects, note(2050)] }).objects;
  assert.equal(close?.kind === 'roll' && close.ticks, 16);
  // Inherited speed: twice as fast is half as long; taiko knows speeds down to a hundredth.
  const [fast] = prepared({ ...roll, timing: ['0,1000,4,2,0,100,1,0', '0,-50,4,2,0,100,0,0'] }).objects;
  const [slow] = prepared({ ...roll, timing: ['0,1000,4,2,0,100,1,0', '0,-5000,4,2,0,100,0,0'] }).objects;
  assert.deepEqual([fast?.endTime, slow?.endTime], [1500, 51_000]);
});

test('a denden: don and kat in turns, as many as it asks for; the last counts twice', () => {
  // 2 s at OD 5: 10 half turns × 1.65 = 16, and one: 17.
  const made = { objects: ['256,192,1000,12,0,3000'] };
  const needed = (mods: number): unknown =>
    prepared(made, mods).objects.map((one) => one.kind === 'denden' && one.needed);
  assert.deepEqual([needed(0), needed(MOD.DT), needed(MOD.HT)], [[17], [13], [25]]);
  const turns = Array.from({ length: 17 }, (_, i): Press => [1000 + i * 100, i % 2 === 0 ? DON : KAT]);
  const whole = play(made, taps(...turns));
  assert.deepEqual([whole.score, whole.maxCombo, counts(whole)], [17 * 300 + 2 * 300, 0, [0, 0, 0]]);
  assert.equal(whole.events.at(-1)?.kind, 'end');
  // The same colour twice counts once; what is not finished is no miss.
  const dons = play(made, taps(...turns.map(([time]): Press => [time, DON])));
  assert.deepEqual([dons.score, counts(dons), dons.events.at(-1)?.value], [300, [0, 0, 0], 0]);
  assert.equal(play(made, taps(...turns.map(([time]): Press => [time, DON])), MOD.RX).score, whole.score);
});

test('life: from nothing; three quarters of the notes fill it at HP 5, and half is enough at the end', () => {
  const times = Array.from({ length: 20 }, (_, i) => 1000 + i * 400);
  const made = { objects: times.map((time) => note(time)) };
  const good = play(made, taps(...times.map((time): Press => [time, DON])));
  // 3 / (3 × 20 × 0.75) = 1 / 15 each.
  assert.ok(Math.abs((good.events[0]?.hp ?? 0) - 1 / 15) < 1e-9);
  assert.ok(Math.abs((good.events[14]?.hp ?? 0) - 1) < 1e-9);
  assert.deepEqual([good.failedAt, good.startHp], [null, 0]);
  const few = play(made, taps(...times.slice(0, 7).map((time): Press => [time, DON])));
  // 7 / 15 less 13 misses of 0.0075 each.
  assert.ok(Math.abs((few.events.at(-1)?.hp ?? 0) - (7 / 15 - 13 * 0.0075)) < 1e-9);
  assert.equal(few.failedAt, (times.at(-1) ?? 0) + 81);
});

test('a map of osu!standard: short sliders become notes, long ones drumrolls, spinners dendens', () => {
  // 1000 ms a beat, 100 px a beat. A slider of 100 px with 3 ways lasts 3000 ms: a drumroll. One of 50 px with 2 ways 1000 ms, ticks 500 ms apart: three notes.
  const objects = [
    '10,10,1000,1,0',
    '10,10,2000,2,0,L|60:10,2,50,0|8|4',
    '10,10,4000,2,4,L|110:10,3,100',
    '10,10,9000,12,0,10000',
    '10,10,11000,1,12',
  ];
  const seen = prepared({ mode: 0, objects }).objects.map((one) =>
    one.kind === 'note'
      ? `${one.time} ${one.large ? 'large ' : ''}${one.rim ? 'kat' : 'don'}`
      : `${one.time}-${one.endTime} ${one.large ? 'large ' : ''}${one.kind}`,
  );
  assert.deepEqual(seen, [
    '1000 don',
    '2000 don',
    '2500 kat',
    '3000 large don',
    '4000-7000 large roll',
    '9000-10000 denden',
    '11000 large kat',
  ]);
  // In a map of taiko the same slider is a drumroll.
  assert.equal(prepared({ objects }).objects[1]?.kind, 'roll');
  const frames = autoTaiko(prepared({ mode: 0, objects }));
  const t = judgeFrames({ mode: 0, objects }, frames, 0);
  assert.deepEqual([counts(t), t.geki, t.maxCombo, t.unjudged], [[5, 0, 0], 2, 5, 0]);
});

const gaps = fc.array(
  fc.record({
    kind: fc.constantFrom('note', 'note', 'note', 'slider', 'spinner'),
    gap: fc.integer({ min: 130, max: 900 }),
    sound: fc.constantFrom(0, 2, 4, 8, 12),
    length: fc.integer({ min: 20, max: 400 }),
    spans: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);

function linesOf(
  list: readonly { kind: string; gap: number; sound: number; length: number; spans: number }[],
): string[] {
  let time = 1000;
  return list.map(({ kind, gap, sound, length, spans }) => {
    time += gap;
    if (kind === 'note') return note(time, sound);
    const start = time;
    time += kind === 'spinner' ? 1000 : length * spans * 10;
    if (kind === 'spinner') return `256,192,${start},12,0,${time}`;
    return `0,0,${start},2,${sound},L|${length}:0,${spans},${length}`;
  });
}

const mods = fc.constantFrom(0, MOD.EZ, MOD.HR, MOD.DT, MOD.HT, MOD.HD | MOD.FL, MOD.RX, MOD.NF);

function check(t: Timeline, notes: number): void {
  assert.equal(t.n300 + t.n100 + t.miss + t.unjudged, notes);
  let [score, time, combo] = [0, Number.NEGATIVE_INFINITY, 0];
  for (const event of t.events) {
    assert.ok(event.score >= score && event.time >= time && event.hp >= 0 && event.hp <= 1);
    assert.ok(event.combo === 0 || event.combo === combo || event.combo === combo + 1);
    ({ score, time, combo } = event);
  }
  const judged = t.events.filter(({ kind }) => kind === 'result').map(({ object }) => object);
  assert.equal(new Set(judged).size, judged.length);
  assert.equal(t.score, score);
}

test('autoplay of any map, made for it or converted, is perfect', () => {
  fc.assert(
    fc.property(gaps, mods, fc.constantFrom(0, 1), (list, mod, mode) => {
      const made = { mode, objects: linesOf(list) };
      const taiko = prepared(made, mod);
      const t = judgeFrames(made, autoTaiko(taiko), mod);
      check(t, taiko.notes);
      assert.deepEqual([counts(t), t.maxCombo, t.accuracy], [[taiko.notes, 0, 0], taiko.notes, 1]);
      assert.equal(t.geki, taiko.objects.filter(({ kind, large }) => kind === 'note' && large).length);
      for (const { index, kind, ...object } of taiko.objects) {
        if (kind !== 'denden' && kind !== 'roll') continue;
        const own = t.events.filter((event) => event.object === index);
        if (kind === 'roll') assert.equal(own.length, 'ticks' in object ? object.ticks : -1);
        else assert.equal(own.at(-1)?.value, 1);
      }
    }),
    { numRuns: 100 },
  );
});

test('any hand on any map: counts, combo and score hold together', () => {
  const hand = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.nat(15)), { maxLength: 600 });
  fc.assert(
    fc.property(gaps, mods, fc.constantFrom(0, 1), hand, (list, mod, mode, steps) => {
      const made = { mode, objects: linesOf(list) };
      let time = 900;
      const frames = steps.map(([step, keys]) => {
        time += step;
        return { time, x: 0, y: 0, keys };
      });
      check(judgeFrames(made, frames, mod), prepared(made, mod).notes);
    }),
    { numRuns: 100 },
  );
});
