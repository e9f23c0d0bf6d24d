import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bars, coverage, nearestFootage, replaceWindow, type Span, spanAfter, spanAt } from './spans.ts';

const span = (start: number, end: number, open = false, codec = 'avc1.42c01f'): Span => ({
  start,
  end,
  open,
  codec,
  audioCodec: undefined,
});
const spans = [span(0, 10_000), span(20_000, 30_000), span(60_000, 90_000, true)];

test('a moment in a gap has no footage; the next stretch is found', () => {
  assert.equal(spanAt(spans, 15_000), undefined);
  assert.equal(spanAt(spans, 10_000), undefined);
  assert.equal(spanAt(spans, 20_000)?.end, 30_000);
  assert.equal(spanAfter(spans, 15_000)?.start, 20_000);
  assert.equal(spanAfter(spans, 95_000), undefined);
});

test('the nearest footage of a gap is its nearer edge', () => {
  assert.equal(nearestFootage(spans, 12_000), 9_500);
  assert.equal(nearestFootage(spans, 19_000), 20_000);
  assert.equal(nearestFootage(spans, 25_000), 25_000);
  assert.equal(nearestFootage(spans, 99_000), 89_500);
  assert.equal(nearestFootage([], 5), undefined);
});

test('coverage counts only what was recorded', () => {
  assert.equal(coverage(spans, 5_000, 70_000), 5_000 + 10_000 + 10_000);
});

test('stretches nearer than a pixel become one bar; gaps that can be seen stay', () => {
  assert.deepEqual(bars(spans, 0, 100_000, 10_000), [
    { start: 0, end: 30_000, open: false },
    { start: 60_000, end: 90_000, open: true },
  ]);
  assert.equal(bars(spans, 0, 100_000, 100).length, 3);
});

test('a fresh answer replaces its window and nothing else', () => {
  const grown = replaceWindow(spans, [span(60_000, 95_000, true)], 50_000, 100_000);
  assert.deepEqual(grown, [spans[0], spans[1], span(60_000, 95_000, true)]);
});

test('a stretch that crosses the edge of the window stays whole', () => {
  const known = [span(0, 90_000, true)];
  assert.deepEqual(replaceWindow(known, [span(40_000, 95_000, true)], 40_000, 100_000), [span(0, 95_000, true)]);
});

test('footage that was removed disappears from its window', () => {
  assert.deepEqual(replaceWindow(spans, [], 15_000, 40_000), [spans[0], spans[2]]);
});

test('a change of codec stays a border', () => {
  const fresh = [span(0, 10_000), span(10_000, 20_000, false, 'avc1.640028')];
  assert.equal(replaceWindow([], fresh, 0, 30_000).length, 2);
});
