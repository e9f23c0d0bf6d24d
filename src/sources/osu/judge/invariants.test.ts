import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { type MadeFrame, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { MOD } from '../read/replay.ts';
import { judge } from './judge.ts';
import { preparePlay } from './prepare.ts';
import type { Timeline } from './timeline.ts';

const place = fc.tuple(fc.integer({ min: 0, max: 512 }), fc.integer({ min: 0, max: 384 }));

/** Objects one after the other, from 0 to 1.5 s apart. */
const objects = fc
  .array(
    fc.record({
      kind: fc.constantFrom('circle', 'slider', 'spinner'),
      gap: fc.integer({ min: 60, max: 1500 }),
      at: place,
      points: fc.array(place, { minLength: 1, maxLength: 4 }),
      type: fc.constantFrom('L', 'P', 'B', 'C'),
      spans: fc.integer({ min: 1, max: 4 }),
      length: fc.integer({ min: 5, max: 300 }),
      newCombo: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((list) => {
    let time = 1000;
    return list.map(({ kind, gap, at: [x, y], points, type, spans, length, newCombo }) => {
      time += gap;
      const combo = newCombo ? 4 : 0;
      if (kind === 'circle') return `${x},${y},${time},${1 + combo},0`;
      if (kind === 'spinner') {
        const line = `256,192,${time},${8 + combo},0,${time + 1000}`;
        time += 1000;
        return line;
      }
      const path = points.map(([px, py]) => `${px}:${py}`).join('|');
      const line = `${x},${y},${time},${2 + combo},0,${type}|${path},${spans},${length}`;
      // 100 px a second.
      time += spans * length * 10;
      return line;
    });
  });

const mods = fc.constantFrom(
  0,
  MOD.EZ,
  MOD.HR,
  MOD.DT,
  MOD.HT,
  MOD.HD | MOD.HR | MOD.DT,
  MOD.RX,
  MOD.SO,
  MOD.NF,
  MOD.AP,
);
const version = fc.constantFrom(20_120_101, 20_151_228, 20_190_507, 20_250_401);

/** A hand that goes about at random, near the objects. */
const wander = fc.array(
  fc.record({
    step: fc.integer({ min: 1, max: 120 }),
    near: fc.nat(29),
    dx: fc.integer({ min: -40, max: 40 }),
    dy: fc.integer({ min: -40, max: 40 }),
    keys: fc.constantFrom(0, 1, 2, 3, 5, 10, 15),
  }),
  { minLength: 1, maxLength: 800 },
);

function check(t: Timeline, count: number): void {
  assert.equal(t.n300 + t.n100 + t.n50 + t.miss + t.unjudged, count, 'counts sum to the objects');
  const results = t.events.filter((event) => event.kind === 'result');
  assert.equal(new Set(results.map((event) => event.object)).size, results.length, 'one verdict an object');
  let [score, time, combo, largest] = [0, Number.NEGATIVE_INFINITY, 0, 0];
  for (const event of t.events) {
    assert.ok(event.score >= score, 'the score never falls');
    assert.ok(event.time >= time, 'moments never fall');
    assert.ok(
      event.combo === 0 || event.combo === combo || event.combo === combo + 1,
      'the combo grows by one, or ends',
    );
    assert.ok(event.accuracy >= 0 && event.accuracy <= 1);
    assert.ok(event.hp >= 0 && event.hp <= 1);
    ({ score, time, combo } = event);
    largest = Math.max(largest, combo);
  }
  assert.equal(t.maxCombo, largest);
  assert.equal(t.score, score);
}

test('any hand on any map: counts, combo and score hold together', () => {
  fc.assert(
    fc.property(objects, wander, mods, version, (lines, steps, mod, game) => {
      const bytes = writeMap({ objects: lines });
      const map = readBeatmap(bytes, 'map.osu');
      let time = 1500;
      const frames: MadeFrame[] = steps.map(({ step, near, dx, dy, keys }) => {
        time += step;
        const object = map.objects[near % map.objects.length];
        return { time, x: (object?.x ?? 0) + dx, y: (object?.y ?? 0) + dy, keys };
      });
      const replay = readReplay(writeReplay({ beatmap: bytes, mods: mod, version: game, frames }), 'a.osr');
      check(judge(map, replay, 'map.osu'), lines.length);
    }),
    { numRuns: 150 },
  );
});

test('a play without a mistake has no 100 and no break', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom(0, MOD.EZ, MOD.HT, MOD.DT), version, (lines, mod, game) => {
      // Without what would lock: circles and sliders only, and at 4 s or more from each other.
      const apart = lines
        .filter((line) => (Number(line.split(',')[3]) & 8) === 0)
        .map((line, i) =>
          line
            .split(',')
            .map((word, k) => (k === 2 ? String(2000 + i * 20_000) : word))
            .join(','),
        );
      fc.pre(apart.length > 0);
      const bytes = writeMap({ objects: apart });
      const map = readBeatmap(bytes, 'map.osu');
      const frames = autoPlay(preparePlay(map, mod, 'map.osu'));
      const t = judge(
        map,
        readReplay(writeReplay({ beatmap: bytes, mods: mod, version: game, frames }), 'a.osr'),
        'map.osu',
      );
      check(t, apart.length);
      assert.equal(t.n300, apart.length);
      assert.equal(t.events.at(-1)?.combo, t.maxCombo);
    }),
    { numRuns: 60 },
  );
});
