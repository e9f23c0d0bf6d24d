import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readiness, resolveRanges } from './ranges.ts';

const NOW = Date.parse('2026-11-21T18:00:00Z');
const range = { start: NOW - 20_000, end: NOW - 10_000 };

test('moments are resolved once, with lengths and ends', () => {
  assert.deepEqual(
    resolveRanges(
      [
        { start: '-5m', length: 10 },
        { start: '2026-11-21T17:00:00Z', end: 'now' },
      ],
      NOW,
    ),
    [
      { start: NOW - 300_000, end: NOW - 290_000 },
      { start: NOW - 3_600_000, end: NOW },
    ],
  );
});

test('ranges that cannot be are refused, and say which', () => {
  assert.throws(() => resolveRanges([{ start: '-1m', end: '-2m' }], NOW), /The range ends before it begins/);
  assert.throws(
    () =>
      resolveRanges(
        [
          { start: '-1m', length: 1 },
          { start: '2026-99-99T99:99:99Z', length: 1 },
        ],
        NOW,
      ),
    /Range 2 has a time/,
  );
  assert.throws(() => resolveRanges([{ start: '-7h', length: 6.1 * 3600 }], NOW), /longer than six hours/);
  assert.throws(() => resolveRanges([{ start: 'now', length: 90_000 }], NOW), /future|six hours/);
});

test('a clip waits for its end, then for the open segment, then for the report', () => {
  const nothing = { publishedTo: undefined, open: [], held: true, hubSince: 0 };
  assert.equal(readiness({ start: NOW, end: NOW + 1 }, nothing, NOW, NOW), 'later');
  assert.equal(readiness(range, { ...nothing, open: [{ growing: true }] }, NOW, NOW), 'close');
  assert.equal(readiness(range, { ...nothing, open: [{ growing: false }] }, NOW, NOW), 'later');
  assert.equal(readiness(range, { ...nothing, publishedTo: NOW - 10_000 }, NOW, NOW), 'ready');
  assert.equal(readiness(range, { ...nothing, publishedTo: NOW - 11_000 }, NOW, NOW), 'later');
});

test('what will not come is not waited for', () => {
  const none = { publishedTo: undefined, open: [], held: false, hubSince: 0 };
  assert.equal(readiness(range, none, NOW, NOW), 'ready');
  assert.equal(readiness(range, { ...none, held: true }, NOW + 60_000, NOW), 'ready');
  assert.equal(readiness(range, { ...none, open: [{ growing: false }] }, NOW + 120_000, NOW), 'ready');
});

test('what a recorder finished while no hub ran is waited for after the start', () => {
  const nothing = { publishedTo: undefined, open: [], held: true, hubSince: NOW + 60_000 };
  assert.equal(readiness(range, nothing, NOW + 64_000, NOW), 'later');
  assert.equal(readiness(range, nothing, NOW + 69_000, NOW), 'ready');
});
