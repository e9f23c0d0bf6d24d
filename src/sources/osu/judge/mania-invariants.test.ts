/** What must hold for any play of osu!mania, whatever map, mods and keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { MOD, type ReplayFrames } from '../read/replay.ts';
import { judgeMania } from './mania.ts';
import { type ManiaPlay, prepareMania } from './mania-play.ts';

const MODS = [0, MOD.EZ, MOD.HR, MOD.DT, MOD.HT, MOD.NF | MOD.HD, MOD.MR, MOD.EZ | MOD.HT, MOD.HR | MOD.DT] as const;

/** Notes of a column never overlap: each begins after the one before is over. */
const plays = fc
  .record({
    columns: fc.integer({ min: 1, max: 18 }),
    od: fc.double({ noNaN: true, min: 0, max: 10 }),
    mods: fc.constantFrom(...MODS),
    notes: fc.array(
      fc.record({
        column: fc.integer({ min: 0, max: 17 }),
        gap: fc.integer({ min: 120, max: 1500 }),
        held: fc.constantFrom(0, 0, 150, 640),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ columns, od, mods, notes }): ManiaPlay => {
    const ends = new Map<number, number>();
    const objects = notes.map(({ column: wanted, gap, held }) => {
      const column = wanted % columns;
      const time = (ends.get(column) ?? 1000) + gap;
      ends.set(column, time + held);
      const x = Math.floor(((column + 0.5) * 512) / columns);
      return held > 0 ? `${x},192,${time},128,0,${time + held}:0:0:0:0:` : `${x},192,${time},1,0,0:0:0:0:`;
    });
    return prepareMania(readBeatmap(writeMap({ mode: 3, cs: columns, od, objects }), 'any'), mods, 'any');
  });

function framesOf(edges: readonly (readonly [time: number, column: number])[]): ReplayFrames {
  let keys = 0;
  const states: [number, number][] = [[0, 0]];
  for (const [time, column] of [...edges].sort((a, b) => a[0] - b[0])) {
    keys ^= 1 << column;
    states.push([time, keys]);
  }
  states.push([(states.at(-1)?.[0] ?? 0) + 3000, 0]);
  return {
    count: states.length,
    time: Float64Array.from(states, ([time]) => time),
    x: Float64Array.from(states, ([, down]) => down),
    y: new Float64Array(states.length),
    keys: new Uint8Array(states.length),
  };
}

test('a play without a mistake is judged so, with any mod', () => {
  fc.assert(
    fc.property(plays, (play) => {
      const edges = play.objects.flatMap(({ kind, column, time, endTime }) => [
        [time, column] as const,
        [kind === 'hold' ? endTime : time + 40, column] as const,
      ]);
      const judged = judgeMania(play, framesOf(edges));
      assert.equal(judged.geki, play.objects.length);
      assert.deepEqual([judged.accuracy, judged.miss, judged.unjudged, judged.failedAt], [1, 0, 0, null]);
      assert.ok(judged.events.every(({ hp }) => hp === 1));
      const halves = [MOD.EZ, MOD.NF, MOD.HT].filter((mod) => (play.mods & mod) !== 0).length;
      assert.ok(Math.abs(judged.score - 1_000_000 * 0.5 ** halves) <= 1, `${judged.score}`);
    }),
  );
});

test('any keys: one verdict an object, the score never falls, the combo grows by one or ends', () => {
  const presses = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 17 })), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(plays, presses, (play, pressed) => {
      const { events, ...judged } = judgeMania(play, framesOf(pressed));
      const results = events.filter(({ kind }) => kind === 'result');
      assert.equal(new Set(results.map(({ object }) => object)).size, results.length);
      const counted = judged.geki + judged.n300 + judged.katu + judged.n100 + judged.n50 + judged.miss;
      assert.equal(counted, results.length);
      assert.equal(counted + judged.unjudged, play.objects.length);
      let [score, combo] = [0, 0];
      for (const event of events) {
        assert.ok(event.score >= score && event.score <= 1_000_000);
        assert.ok(event.combo === combo + 1 || event.combo === combo || event.combo === 0);
        assert.ok(event.accuracy >= 0 && event.accuracy <= 1 && event.hp >= 0 && event.hp <= 1);
        ({ score, combo } = event);
      }
      assert.ok(judged.maxCombo >= combo);
    }),
  );
});
