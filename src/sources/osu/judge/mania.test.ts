import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { judge } from './judge.ts';
import { maniaWindows } from './mania.ts';
import type { Timeline } from './timeline.ts';

/** Four columns. `keys` of a frame are columns, and stand in x. */
function play(objects: readonly string[], keys: readonly (readonly [number, number])[], mods = 0): Timeline {
  const bytes = writeMap({ mode: 3, cs: 4, od: 8, objects });
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

test('modes and maps that cannot be judged are said so', () => {
  const bytes = writeMap({ objects: ['1,2,3,1,0'] });
  const map = readBeatmap(bytes, 'map.osu');
  const of = (mode: 2 | 3): ReturnType<typeof readReplay> =>
    readReplay(writeReplay({ mode, beatmap: bytes, frames: [] }), 'a.osr');
  assert.throws(() => judge(map, of(2), 'map.osu'), /replay of osu!catch, which Vidette cannot judge yet/);
  assert.throws(() => judge(map, of(3), 'map.osu'), /replay of osu!mania on a map of osu!/);
});
