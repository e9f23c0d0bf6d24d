import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { autoCatch } from '../../../../test/osu/auto-catch.ts';
import { type MadeMap, writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { type CatchPlay, prepareCatch } from './catch-play.ts';
import { judge } from './judge.ts';
import { LegacyRandom } from './legacy-random.ts';
import type { Timeline } from './timeline.ts';

const prepared = (made: MadeMap, mods = 0): CatchPlay =>
  prepareCatch(readBeatmap(writeMap({ mode: 2, ...made }), 'map.osu'), mods, 'map.osu');

function play(made: MadeMap, frames: readonly MadeFrame[], mods = 0): Timeline {
  const bytes = writeMap({ mode: 2, ...made });
  const replay = readReplay(writeReplay({ mode: 2, beatmap: bytes, mods, frames }), 'a.osr');
  return judge(readBeatmap(bytes, 'map.osu'), replay, 'map.osu');
}

const at = (x: number, ...times: number[]): MadeFrame[] => times.map((time) => ({ time, x, y: 384, keys: 0 }));
const fruit = (x: number, time: number): string => `${x},192,${time},1,0,0:0:0:0:`;
/** 200 px at 100 px a second: a droplet in the middle, 15 tiny ones on either side. */
const stream = (time: number): string => `100,192,${time},2,0,L|300:192,1,200`;
const counts = (t: Timeline): number[] => [t.n300, t.n100, t.n50, t.miss, t.katu];

test('the numbers of the game’s own lot', () => {
  // Of seed 1337: 1337 ^ (1337 << 11) = 2739513; 273326509 ^ 521 ^ 2739513 ^ 10701 = 274941776. The rest by the same steps elsewhere.
  const random = new LegacyRandom(1337);
  assert.deepEqual([random.next(), random.next(), random.next()], [274_941_776, 514_112_300, 938_046_240]);
  const bits = new LegacyRandom(1337);
  // The lowest bits of 274941776, from the lowest on: …01010000.
  assert.deepEqual(
    Array.from({ length: 8 }, () => bits.bool()),
    [false, false, false, false, true, false, true, false],
  );
  // The next number is the second: 0.2394 × 50 = 11.97.
  assert.equal(bits.between(0, 50), 11);
});

test('a juice stream: fruits at its ends, droplets at its ticks, tiny ones thrown about between them', () => {
  const { objects } = prepared({ objects: [stream(1000)] });
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  assert.deepEqual(
    of('fruit').map(({ time, x }) => [time, x]),
    [
      [1000, 100],
      [3000, 300],
    ],
  );
  assert.deepEqual(
    of('droplet').map(({ time, x }) => [time, x]),
    [[2000, 200]],
  );
  // A gap of 1000 ms, halved until it is no more than 100: 62.5. Behind the droplet 964 ms to the old last tick: 60.25.
  const thrown = [-14, -10, -2, 15, 17, 1, 0, -14, -7, -11, -3, 14, 4, -8, 5];
  // The droplet has drawn one number of its own in between.
  const behind = [-8, 18, 17, 13, -7, -16, 13, -4, 4, -14, -3, 0, 14, -14, -18];
  const expected = [
    ...thrown.map((by, k) => [1000 + 62.5 * (k + 1), 100 + 6.25 * (k + 1) + by]),
    ...behind.map((by, k) => [2000 + 60.25 * (k + 1), 200 + 6.025 * (k + 1) + by]),
  ];
  const tinies = of('tiny');
  assert.equal(tinies.length, 30);
  for (const [k, { time, x }] of tinies.entries()) {
    assert.equal(time, expected[k]?.[0]);
    assert.ok(Math.abs(x - (expected[k]?.[1] ?? 0)) < 0.001, `${k}: ${x}`);
  }
});

test('a stream with turns has a fruit at each; thrown droplets stay on the field', () => {
  const { objects } = prepared({ objects: ['0,192,1000,2,0,L|100:192,3,100'] });
  const fruits = objects.filter(({ kind }) => kind === 'fruit');
  assert.deepEqual(
    fruits.map(({ time, x, node }) => [time, x, node]),
    [
      [1000, 0, 0],
      [2000, 100, 1],
      [3000, 0, 2],
      [4000, 100, 3],
    ],
  );
  assert.ok(objects.every(({ x }) => x >= 0 && x <= 512));
});

test('bananas: so many that they are at most 100 ms apart, each where the lot says', () => {
  const { objects } = prepared({ objects: ['256,192,1000,12,0,1500'] });
  // 500 halved to 62.5: nine. Each draws four numbers, of which the first is its place: 274941776 / 2³¹ × 512 = 65.55.
  const places = [65.551, 482.882, 164.77, 315.217, 145.717, 159.172, 310.31, 441.516, 428.498];
  assert.deepEqual(
    objects.map(({ kind, time }) => `${kind} ${time}`),
    places.map((_, k) => `banana ${1000 + 62.5 * k}`),
  );
  for (const [k, { x }] of objects.entries()) assert.ok(Math.abs(x - (places[k] ?? 0)) < 0.001, `${x}`);
});

test('who cannot be reached by dashing is thrown to', () => {
  // Half a catcher is 53.375. 512 px in 200 ms: 195.8 ms of dashing are too few for 458.6; in 500 ms 495.8 are enough.
  const of = (...objects: string[]): (number | undefined)[] =>
    prepared({ objects }).objects.map(({ hyperTo }) => hyperTo?.x);
  assert.deepEqual(of(fruit(0, 1000), fruit(512, 1200)), [512, undefined]);
  assert.deepEqual(of(fruit(0, 1000), fruit(512, 1500)), [undefined, undefined]);
  // To 200 in 160 ms: 155.8 for 146.6, 9.2 to spare. On in the same direction 170 in 160 ms: 155.8 is less than 170 - 9.2 = 160.8; back it is more than 116.6.
  assert.deepEqual(of(fruit(0, 1000), fruit(200, 1160), fruit(370, 1320)), [undefined, 370, undefined]);
  assert.deepEqual(of(fruit(0, 1000), fruit(200, 1160), fruit(30, 1320)), [undefined, undefined, undefined]);
});

test('Hard Rock moves fruits apart, and scatters those in one place', () => {
  const objects = [
    fruit(100, 1000),
    // 200 ms later in the same place: to the left (the first bit) by 0.2394 × 50 = 11.
    fruit(100, 1200),
    // 400 ms after the first: to the left by 0.4368 × 100, of which 20 is the most.
    fruit(100, 1400),
    // 30 px in 600 ms: 30 px farther.
    fruit(130, 1600),
    // 340 px in 100 ms: as it is.
    fruit(500, 1700),
    // 10 px farther would leave the field.
    fruit(510, 1900),
    // More than a second later nothing is done.
    fruit(500, 3000),
  ];
  assert.deepEqual(
    prepared({ objects }, MOD.HR).objects.map(({ x }) => x),
    [100, 89, 80, 160, 500, 510, 500],
  );
  assert.deepEqual(
    prepared({ objects }).objects.map(({ x }) => x),
    [100, 100, 100, 130, 500, 510, 500],
  );
});

test('the plate: four fifths of a catcher of 106.75 px at CS 5; narrower with HR, wider with EZ', () => {
  const half = (cs: number, mods = 0): number => prepared({ cs, objects: [] }, mods).halfPlate;
  for (const [value, expected] of [
    [half(5), 42.7],
    [half(0), 42.7 * 1.7],
    [half(10), 42.7 * 0.3],
    // CS 6.5: 1 - 0.7 × 1.5 / 5 = 0.79. CS 2.5: 1.35.
    [half(5, MOD.HR), 42.7 * 0.79],
    [half(5, MOD.EZ), 42.7 * 1.35],
  ] as const)
    assert.ok(Math.abs(value - expected) < 1e-4, `${value}`);
  const one = { objects: [fruit(100, 1000)] };
  assert.deepEqual(counts(play(one, at(142.6, 0, 2000))), [1, 0, 0, 0, 0]);
  assert.deepEqual(counts(play(one, at(142.8, 0, 2000))), [0, 0, 0, 1, 0]);
  assert.deepEqual(counts(play(one, at(57.2, 0, 2000))), [0, 0, 0, 1, 0]);
  // Between two frames the catcher is on its way.
  assert.equal(play(one, [...at(0, 900), ...at(200, 1100)]).n300, 1);
  // What falls after the last frame is nobody's.
  assert.equal(play(one, at(100, 0, 900)).unjudged, 1);
});

test('score, combo and accuracy of a whole play, to the point', () => {
  // 3 objects in 4 s: (15 + 6) / 38 × 5 = 2.76: 3; a combo is worth 12 × 3 = 36.
  const made = { objects: [fruit(100, 1000), stream(2000), fruit(300, 5000)] };
  const whole = play(made, autoCatch(prepared(made)));
  assert.deepEqual([counts(whole), whole.maxCombo, whole.accuracy], [[4, 1, 30, 0, 0], 5, 1]);
  // 300, 300 at the head, 30 × 10, 100, 300 + 2 × 36 at the end, 300 + 3 × 36.
  assert.equal(whole.score, 300 + 300 + 300 + 100 + 372 + 408);
  // HR 1.12: 40.32 a combo: 80 and 120. DT 1.06: 38.16: 76 and 114.
  const hard = prepared(made, MOD.HR);
  assert.equal(play(made, autoCatch(hard), MOD.HR).score, 300 + 300 + 300 + 100 + 380 + 420);
  assert.equal(play(made, autoCatch(prepared(made)), MOD.DT).score, 300 + 300 + 300 + 100 + 376 + 414);
  // Who stays at 100 catches what falls from 57.3 to 142.7: of the first 15 tiny ones the 1st to 4th, the 6th (138.5) and the 8th (136).
  const lazy = play(made, at(100, 0, 6000));
  assert.deepEqual([counts(lazy), lazy.maxCombo], [[2, 0, 6, 3, 24], 2]);
  assert.equal(lazy.score, 660);
  assert.ok(Math.abs(lazy.accuracy - 8 / 35) < 1e-12);
});

test('bananas give 1100 each, no combo and no accuracy', () => {
  const made = { objects: [fruit(100, 500), '256,192,1000,12,0,1500', fruit(100, 2500)] };
  const all = play(made, autoCatch(prepared(made)));
  // 2 fruits, 9 bananas; before the second fruit the combo is 1.
  assert.deepEqual([all.score, all.maxCombo, counts(all), all.unjudged], [600 + 9 * 1100, 2, [2, 0, 0, 0, 0], 0]);
  const none = play(made, at(100, 0, 3000));
  assert.deepEqual([none.maxCombo, none.accuracy], [2, 1]);
});

test('life: drained by misses until it is empty; EZ fills it twice more', () => {
  const made = { hp: 5, objects: Array.from({ length: 40 }, (_, k) => fruit(100, 1000 + k * 500)) };
  const good = play(made, at(100, 0, 30_000));
  assert.ok(good.events.every(({ hp }) => hp > 0.7) && good.failedAt === null);
  const bad = play(made, at(400, 0, 30_000));
  assert.ok(bad.failedAt !== null && bad.failedAt < 6000);
  const easy = play(made, at(400, 0, 30_000), MOD.EZ);
  assert.ok(easy.failedAt === null || easy.failedAt > 2 * bad.failedAt);
});

test('a map of osu!standard falls like one of osu!catch', () => {
  const objects = ['100,50,1000,5,0', '100,192,2000,2,0,L|300:192,2,200', '256,192,7000,12,0,8000', '400,10,9000,1,0'];
  assert.deepEqual(prepared({ mode: 0, objects }).objects, prepared({ mode: 2, objects }).objects);
  assert.equal(play({ mode: 0, objects }, autoCatch(prepared({ mode: 0, objects }))).miss, 0);
});

const list = fc.array(
  fc.record({
    kind: fc.constantFrom('fruit', 'fruit', 'stream', 'shower'),
    gap: fc.integer({ min: 40, max: 900 }),
    x: fc.integer({ min: 0, max: 512 }),
    to: fc.integer({ min: 0, max: 512 }),
    length: fc.integer({ min: 5, max: 400 }),
    spans: fc.integer({ min: 1, max: 3 }),
    newCombo: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

function linesOf(made: typeof list extends fc.Arbitrary<infer T> ? T : never): string[] {
  let time = 1000;
  return made.map(({ kind, gap, x, to, length, spans, newCombo }) => {
    time += gap;
    const start = time;
    const combo = newCombo ? 4 : 0;
    if (kind === 'fruit') return `${x},192,${start},${1 + combo},0`;
    time += kind === 'shower' ? 800 : length * spans * 10;
    if (kind === 'shower') return `256,192,${start},${8 + combo},0,${time}`;
    return `${x},192,${start},${2 + combo},0,L|${to}:100,${spans},${length}`;
  });
}

const mods = fc.constantFrom(0, MOD.EZ, MOD.HR, MOD.DT, MOD.HT, MOD.HD | MOD.HR | MOD.DT, MOD.NF);

function check(t: Timeline, { objects }: CatchPlay): void {
  const counted = objects.filter(({ kind }) => kind !== 'banana').length;
  assert.equal(t.n300 + t.n100 + t.n50 + t.miss + t.katu + t.unjudged, counted, 'counts sum to what falls');
  let [score, time, combo, most] = [0, Number.NEGATIVE_INFINITY, 0, 0];
  for (const event of t.events) {
    assert.ok(event.score >= score && event.time >= time && event.hp >= 0 && event.hp <= 1);
    assert.ok(event.combo === 0 || event.combo === combo || event.combo === combo + 1);
    assert.ok(event.accuracy >= 0 && event.accuracy <= 1);
    ({ score, time, combo } = event);
    most = Math.max(most, combo);
  }
  assert.deepEqual([t.score, t.maxCombo], [score, most]);
}

test('autoplay of any map, made for it or converted, misses nothing', () => {
  fc.assert(
    fc.property(list, mods, fc.constantFrom(0, 2), (made, mod, mode) => {
      const map = { mode, objects: linesOf(made) };
      const catching = prepared(map, mod);
      const t = play(map, autoCatch(catching), mod);
      check(t, catching);
      assert.deepEqual([t.miss, t.katu, t.unjudged, t.accuracy, t.failedAt], [0, 0, 0, 1, null]);
      assert.equal(t.maxCombo, catching.objects.filter(({ kind }) => kind === 'fruit' || kind === 'droplet').length);
      const bananas = catching.objects.filter(({ kind }) => kind === 'banana').length;
      assert.equal(t.events.filter(({ kind }) => kind === 'bonus').length, bananas);
    }),
    { numRuns: 100 },
  );
});

test('any catcher on any map: counts, combo and score hold together', () => {
  const hand = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: -50, max: 600 })), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(list, mods, hand, (made, mod, steps) => {
      const map = { objects: linesOf(made) };
      let time = 800;
      const frames = steps.map(([step, x]) => {
        time += step;
        return { time, x, y: 384, keys: 0 };
      });
      check(play(map, frames, mod), prepared(map, mod));
    }),
    { numRuns: 100 },
  );
});
