import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { judge } from './judge.ts';
import { maniaWindows } from './mania-windows.ts';
import type { Timeline } from './timeline.ts';

/** Four columns. `keys` of a frame are columns, and stand in x. */
function play(objects: readonly string[], keys: readonly (readonly [number, number])[], mods = 0, hp = 5): Timeline {
  const bytes = writeMap({ mode: 3, cs: 4, od: 8, hp, objects });
  const frames: MadeFrame[] = keys.map(([time, down]) => ({ time, x: down, y: 0, keys: 0 }));
  return judge(
    readBeatmap(bytes, 'map.osu'),
    readReplay(writeReplay({ mode: 3, beatmap: bytes, mods, frames }), 'a.osr'),
    'map.osu',
  );
}

const note = (column: number, time: number): string => `${64 + 128 * column},192,${time},1,0`;
const hold = (column: number, time: number, end: number): string =>
  `${64 + 128 * column},192,${time},128,0,${end}:0:0:0:0:`;
const all = (t: Timeline) => [t.geki, t.n300, t.katu, t.n100, t.n50, t.miss];

test('windows: of OD, EZ and HR', () => {
  assert.deepEqual(maniaWindows(8, 0), { max: 16, w300: 40, w200: 73, w100: 103, w50: 127, miss: 164 });
  assert.equal(maniaWindows(8, MOD.EZ).w300, 56);
  assert.equal(maniaWindows(8, MOD.HR).w300, 28);
});

test('windows at other speeds: as long for the player, so other milliseconds of the map', () => {
  // OD 8: 40, 73, 103, 127, 164 and 16. One and a half times as fast: 60, 109.5 …; at three quarters 30, 54.75 …
  assert.deepEqual(maniaWindows(8, MOD.DT), { max: 24, w300: 60, w200: 109, w100: 154, w50: 190, miss: 246 });
  assert.deepEqual(maniaWindows(8, MOD.HT), { max: 12, w300: 30, w200: 54, w100: 77, w50: 95, miss: 123 });
  // Easy at three quarters: 1.05 times; Hard Rock one and a half times as fast: 1.0714 times.
  assert.deepEqual(maniaWindows(8, MOD.EZ | MOD.HT), { max: 16, w300: 42, w200: 76, w100: 108, w50: 133, miss: 172 });
  assert.deepEqual(maniaWindows(8, MOD.HR | MOD.DT), { max: 17, w300: 42, w200: 78, w100: 110, w50: 136, miss: 175 });
});

test('osu!(lazer) with its Classic mod, at a speed of its own: windows are as long for the player', () => {
  // OD 8 at 1.3 times: 20.8, 52, 94.9, 133.9, 165.1 and 213.2.
  assert.deepEqual(maniaWindows(8, MOD.DT, 1.3), { max: 20, w300: 52, w200: 94, w100: 133, w50: 165, miss: 213 });
  const bytes = writeMap({ mode: 3, cs: 4, od: 8, objects: [note(1, 1000)] });
  const frames = [
    { time: 0, x: 0, y: 0, keys: 0 },
    { time: 1050, x: 2, y: 0, keys: 0 },
    { time: 1100, x: 0, y: 0, keys: 0 },
  ];
  const at = (speed: number): Timeline => {
    const scoreInfo = { mods: [{ acronym: 'CL' }, { acronym: 'DT', settings: { speed_change: speed } }] };
    const made = writeReplay({ mode: 3, beatmap: bytes, mods: MOD.DT, version: 30_000_016, frames, scoreInfo });
    return judge(readBeatmap(bytes, 'map.osu'), readReplay(made, 'a.osr'), 'map.osu');
  };
  // 50 ms late is a 300 at 1.3 (52) and a 200 at 1.2 (48).
  assert.deepEqual([at(1.3).n300, at(1.2).katu], [1, 1]);
});

/** The verdict of one press so many milliseconds late. */
function verdictOf(error: number, mods: number): number {
  const t = play(
    [note(1, 1000)],
    [
      [0, 0],
      [1000 + error, 2],
      [1100 + error, 0],
      [2000, 0],
    ],
    mods,
  );
  return [320, 300, 200, 100, 50, 0][all(t).indexOf(1)] ?? -1;
}

test('the same press with Easy, Hard Rock, Half Time and Double Time', () => {
  // 20 ms: a MAX within 22 (EZ, 16 × 1.4) and 24 (DT); a 300 within 28 (HR, 40 / 1.4) and 30 (HT).
  assert.deepEqual(
    [0, MOD.EZ, MOD.HR, MOD.HT, MOD.DT].map((mods) => verdictOf(20, mods)),
    [300, 320, 300, 300, 320],
  );
  // 75 ms: 100; EZ has 200 to 102, HR 100 only to 73 and then 50, HT 100 to 77, DT 200 to 109.
  assert.deepEqual(
    [0, MOD.EZ, MOD.HR, MOD.HT, MOD.DT].map((mods) => verdictOf(75, mods)),
    [100, 200, 50, 100, 200],
  );
  // 125 ms late: 50; with EZ 100 to 144; with HR (50 to 90) and HT (50 to 95) it was missed before; with DT 100 to 154.
  assert.deepEqual(
    [0, MOD.EZ, MOD.HR, MOD.HT, MOD.DT].map((mods) => verdictOf(125, mods)),
    [50, 100, 0, 0, 100],
  );
});

test('Mirror: the columns in the other order', () => {
  const press = [
    [0, 0],
    [1000, 8],
    [1010, 0],
    [2000, 0],
  ] as const;
  assert.deepEqual(all(play([note(0, 1000)], press, MOD.MR)), [1, 0, 0, 0, 0, 0]);
  assert.deepEqual(all(play([note(0, 1000)], press)), [0, 0, 0, 0, 0, 1]);
});

test('a note: every verdict, to the millisecond', () => {
  for (const [error, index] of [
    [0, 0],
    [16, 0],
    [17, 1],
    [40, 1],
    [41, 2],
    [73, 2],
    [74, 3],
    [103, 3],
    [104, 4],
    [127, 4],
    [-127, 4],
    [-128, 5],
    [-164, 5],
  ] as const) {
    const t = play(
      [note(1, 1000)],
      [
        [0, 0],
        [1000 + error, 2],
        [1100 + error, 0],
        [2000, 0],
      ],
    );
    assert.equal(all(t)[index], 1, `${error} ms: ${all(t)}`);
  }
});

test('a press too early is nothing, and the next one counts', () => {
  assert.deepEqual(
    all(
      play(
        [note(0, 1000)],
        [
          [800, 1],
          [820, 0],
          [1000, 1],
          [1010, 0],
          [2000, 0],
        ],
      ),
    ),
    [1, 0, 0, 0, 0, 0],
  );
});

test('columns do not touch each other; what nobody presses is a miss', () => {
  const t = play(
    [note(0, 1000), note(1, 1000), note(3, 1000)],
    [
      [0, 0],
      [1000, 9],
      [1020, 0],
      [2000, 0],
    ],
  );
  assert.deepEqual(all(t), [2, 0, 0, 0, 0, 1]);
});

test('score: a million for the best of all, by verdict and bonus', () => {
  const best = play(
    [note(0, 1000), note(1, 2000)],
    [
      [0, 0],
      [1000, 1],
      [1010, 0],
      [2000, 2],
      [2010, 0],
    ],
  );
  assert.equal(best.score, 1_000_000);
  assert.equal(best.accuracy, 1);
  // A 200 costs 8 of the 100 of the bonus: 250000 × 200/320 + 250000 × 16 × √92 / 320.
  const less = play(
    [note(0, 1000)],
    [
      [0, 0],
      [1060, 1],
      [1070, 0],
    ],
  );
  assert.equal(less.score, Math.round(500_000 * (200 / 320) + (500_000 * 16 * Math.sqrt(92)) / 320));
  assert.equal(
    play(
      [note(0, 1000)],
      [
        [0, 0],
        [1000, 1],
        [1010, 0],
      ],
      MOD.NF | MOD.EZ,
    ).score,
    250_000,
  );
});

test('a long note: head and end together, a combo each 100 ms from the press', () => {
  const whole = play(
    [hold(2, 1000, 1550)],
    [
      [0, 0],
      [1005, 4],
      [1550, 0],
      [3000, 0],
    ],
  );
  assert.deepEqual(all(whole), [1, 0, 0, 0, 0, 0]);
  assert.equal(whole.maxCombo, 6);
  const letGo = play(
    [hold(2, 1000, 1550)],
    [
      [0, 0],
      [1005, 4],
      [1250, 0],
      [1300, 4],
      [1550, 0],
      [3000, 0],
    ],
  );
  assert.deepEqual(all(letGo), [0, 0, 0, 0, 1, 0]);
  const never = play(
    [hold(2, 1000, 1550)],
    [
      [0, 0],
      [3000, 0],
    ],
  );
  assert.deepEqual(all(never), [0, 0, 0, 0, 0, 1]);
  const lateEnd = play(
    [hold(2, 1000, 1550)],
    [
      [0, 0],
      [1000, 4],
      [1625, 0],
      [3000, 0],
    ],
  );
  assert.deepEqual(all(lateEnd), [0, 1, 0, 0, 0, 0]);
});

test('life: what each verdict takes, by HP and the mods that change it; where it is empty the play has failed', () => {
  const many = Array.from({ length: 60 }, (_, n) => note(n % 4, 1000 + n * 250));
  /** Somebody who presses these notes so late, and is looked at every 50 ms. */
  const keysOf = (late: readonly (number | null)[], until: number): [number, number][] => {
    const edges = late.flatMap((by, n): [number, number][] => {
      const at = 1000 + n * 250 + (by ?? 0);
      return by === null
        ? []
        : [
            [at, 1 << (n % 4)],
            [at + 10, 0],
          ];
    });
    const idle = Array.from({ length: until / 50 }, (_, n): [number, number] => [n * 50 + 23, 0]);
    return [...edges, ...idle].sort((a, b) => a[0] - b[0]);
  };
  const after = (objects: readonly string[], late: readonly (number | null)[], mods = 0, hp = 5): number[] => {
    const { events } = play(objects, keysOf(late, 20_000), mods, hp);
    return late.map((_, n) => events.find(({ object, kind }) => object === n && kind === 'result')?.hp ?? -1);
  };
  const near = (told: readonly number[], expected: readonly number[]): void =>
    assert.deepEqual(
      told.map((life) => life.toFixed(5)),
      expected.map((life) => life.toFixed(5)),
    );
  // HP 5: a miss takes 6 × 0.75 %, a 50 6 × 0.16 %, a 100 nothing.
  near(after(many, [null, 125, 100]), [0.955, 0.9454, 0.9454]);
  // Hard Rock makes HP 7, Easy 2.5.
  near(after(many, [null, null], MOD.HR), [0.94, 0.88]);
  near(after(many, [null], MOD.EZ), [0.97375]);
  // At HP 10 a 320 gives half of what it gives at HP 0 to what a map makes of it; a 300 gives less than a 320, a 200 less again.
  const [, best = 0] = after(many, [null, 0]);
  const [, good = 0] = after(many, [null, 30]);
  const [missed = 0, fair = 0] = after(many, [null, 60]);
  assert.ok(best > good && good > fair && fair > missed, `${best} ${good} ${fair} ${missed}`);
  // (0.0055 − 5 × 0.0005) to (0.005 − 5 × 0.0005), whatever the map makes of both.
  assert.ok(Math.abs((best - missed) / (good - missed) - 0.003 / 0.0025) < 1e-9);
  // 22 misses leave one per cent, the next one nothing: with Easy (38 of 2.625 %) two more lives.
  const nothing = play(many, keysOf([], 20_000));
  assert.equal(nothing.failedAt, nothing.events.filter(({ kind }) => kind === 'result')[22]?.time);
  assert.equal(play(many, keysOf([], 20_000), MOD.EZ).failedAt, null);
  const long = Array.from({ length: 120 }, (_, n) => note(n % 4, 1000 + n * 250));
  const easy = play(long, keysOf([], 35_000), MOD.EZ);
  const results = easy.events.filter(({ kind }) => kind === 'result');
  assert.deepEqual([results[38]?.hp, easy.failedAt], [1, results[3 * 39 - 1]?.time]);
});

test('modes and maps that cannot be judged are said so', () => {
  const bytes = writeMap({ mode: 3, objects: ['1,2,3,1,0'] });
  const map = readBeatmap(bytes, 'map.osu');
  const of = (mode: 0): ReturnType<typeof readReplay> =>
    readReplay(writeReplay({ mode, beatmap: bytes, frames: [] }), 'a.osr');
  assert.throws(() => judge(map, of(0), 'map.osu'), /replay of osu! on a map of osu!mania/);
});
