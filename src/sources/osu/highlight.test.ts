import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HighlightPlay, highlightOf } from './highlight.ts';
import { bordersOf } from './measures.ts';
import type { TimingPoint } from './read/beatmap.ts';

const point = (time: number, beatLength: number, more: Partial<TimingPoint> = {}): TimingPoint => ({
  time,
  beatLength,
  meter: 4,
  sampleSet: 1,
  sampleIndex: 0,
  volume: 100,
  uninherited: beatLength > 0,
  kiai: false,
  omitsFirstBar: false,
  ...more,
});

/** Two minutes of music at 120 beats a minute that begin at 250 ms: measures of two seconds. A result every half second. */
function play({
  strains = Array.from({ length: 120 }, () => 0.3),
  misses = [] as readonly number[],
  timing = [point(250, 500)],
  breaks = [] as HighlightPlay['map']['breaks'],
} = {}): HighlightPlay {
  let combo = 0;
  const events = Array.from({ length: 241 }, (_, index) => {
    const time = index * 500;
    const isMissed = misses.includes(time);
    combo = isMissed ? 0 : combo + 1;
    return { time, kind: 'result' as const, value: isMissed ? 0 : 300, combo };
  });
  return { map: { timing, breaks }, from: 0, to: 120_000, first: 0, last: 120_000, strains, events };
}

const hardAt = (from: number, to: number): number[] =>
  Array.from({ length: 120 }, (_, second) => (second >= from && second < to ? 0.9 : 0.2));

test('the hard part is taken, from measure to measure', () => {
  const { from, to } = highlightOf(play({ strains: hardAt(40, 60) }), 20_000);
  assert.deepEqual([(from - 250) % 2000, (to - 250) % 2000], [0, 0]);
  assert.ok(Math.abs(from - 40_250) <= 2000 && to - from <= 20_000 && to - from >= 16_000, `${from} to ${to}`);
});

test('of two parts that are as hard, the one without a miss', () => {
  const strains = Array.from({ length: 120 }, (_, second) =>
    (second >= 20 && second < 40) || second >= 90 ? 0.9 : 0.2,
  );
  const clean = highlightOf(play({ strains, misses: [95_000, 99_500, 104_000, 109_500, 115_000] }), 15_000);
  assert.ok(clean.from >= 18_000 && clean.to <= 42_000, `${clean.from} to ${clean.to}`);
  const late = highlightOf(play({ strains, misses: [25_000, 30_500, 36_000] }), 15_000);
  assert.ok(late.from >= 85_000, `${late.from} to ${late.to}`);
});

test('where nothing else tells, the long combo and what the mapper marked', () => {
  const { to } = highlightOf(play(), 30_000);
  assert.equal(to, 120_000);
  const kiai = [point(250, 500), point(60_250, -100, { kiai: true }), point(90_250, -100)];
  const strains = Array.from({ length: 120 }, (_, second) => (second < 30 ? 0.2 : 0.5));
  const marked = highlightOf(play({ strains, timing: kiai, misses: [118_000, 112_000, 104_000, 100_000] }), 30_000);
  assert.deepEqual([marked.from, marked.to], [60_250, 90_250]);
});

test('a play that is no longer is taken whole', () => {
  assert.deepEqual(highlightOf({ ...play(), from: -500, to: 9_000 }, 10_000), { from: -500, to: 9_000 });
});

test('measures begin at each tempo, also before the first', () => {
  const map = { timing: [point(1000, 300, { meter: 3 }), point(3000, 400)], breaks: [] };
  assert.deepEqual(
    bordersOf(map, -1000, 7000).map(({ time }) => time),
    [-800, 100, 1000, 1900, 2800, 4600, 6200].sort((a, b) => a - b),
  );
});

test('any timing: within the play, never longer than asked, never much shorter, at once', () => {
  const number = fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e9 }), fc.constantFrom(0, 1e-9, 1e300, -1e-300));
  fc.assert(
    fc.property(
      fc.array(fc.record({ time: fc.double({ noNaN: true, min: -1e6, max: 1e9 }), beatLength: number }), {
        maxLength: 30,
      }),
      fc.double({ noNaN: true, min: 20_000, max: 2e9 }),
      fc.integer({ min: 10_000, max: 90_000 }),
      (points, to, length) => {
        const timing = points
          .toSorted((a, b) => a.time - b.time)
          .map(({ time, beatLength }) => point(time, beatLength));
        const part = highlightOf({ ...play({ timing }), to, last: to }, length);
        assert.ok(part.from >= 0 && part.to <= to, `${part.from} to ${part.to} of ${to}`);
        assert.ok(part.to - part.from <= Math.min(length, to) + 1e-3);
        assert.ok(part.to - part.from >= Math.min(length, to) * 0.8 - 1e-3);
      },
    ),
    { numRuns: 200 },
  );
});
