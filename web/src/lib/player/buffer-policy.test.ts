import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span } from '../timeline/spans.ts';
import { AHEAD, atStall, BEHIND, bufferedUntil, evictions, nextFetch } from './buffer-policy.ts';

const span = (start: number, end: number, open = false): Span => ({
  start: start * 1000,
  end: end * 1000,
  open,
  codec: 'avc1.42c01f',
  audioCodec: undefined,
});
const spans = [span(0, 100), span(160, 200), span(300, 330, true)];

test('the first piece after a jump is short, the following are longer', () => {
  assert.deepEqual(nextFetch(spans, 20_000, 20_000, 1, true), { from: 20_000, to: 22_000, span: spans[0] });
  assert.deepEqual(nextFetch(spans, 22_000, 20_000, 1, false), { from: 22_000, to: 32_000, span: spans[0] });
});

test('it stops asking when enough is ahead', () => {
  assert.equal(nextFetch(spans, 20_000 + AHEAD * 1000 + 1, 20_000, 1, false), undefined);
  assert.notEqual(nextFetch(spans, 20_000 + AHEAD * 1000 + 1, 20_000, 2, false), undefined);
});

test('it asks across a gap, and a gap does not count as footage ahead', () => {
  const fetch = nextFetch(spans, 100_000, 90_000, 1, false);
  assert.deepEqual([fetch?.from, fetch?.to], [160_000, 170_000]);
});

test('it never asks beyond the end of a stretch, and not for a sliver of the open one', () => {
  assert.equal(nextFetch(spans, 195_000, 190_000, 1, false)?.to, 200_000);
  assert.equal(nextFetch(spans, 329_800, 329_000, 1, false), undefined);
  assert.equal(nextFetch(spans, 331_000, 329_000, 1, false), undefined);
});

test('what lies far behind is dropped; what is near stays', () => {
  assert.deepEqual(evictions([{ start: 0, end: 100 }], 90), [{ start: 0, end: 90 - BEHIND }]);
  assert.deepEqual(evictions([{ start: 60, end: 100 }], 90), []);
  assert.deepEqual(
    evictions(
      [
        { start: 0, end: 10 },
        { start: 300, end: 330 },
      ],
      310,
    ),
    [{ start: 0, end: 10 }],
  );
});

test('at a gap the playhead jumps to the next footage as soon as it is there', () => {
  assert.deepEqual(atStall([{ start: 80, end: 100 }], spans, 99.95, 99_950, 1e9, false), { kind: 'wait' });
  assert.deepEqual(
    atStall(
      [
        { start: 80, end: 100 },
        { start: 160, end: 170 },
      ],
      spans,
      99.95,
      99_950,
      1e9,
      false,
    ),
    {
      kind: 'jump',
      to: 160.01,
    },
  );
});

test('at the growing end it becomes live; where recording has stopped it waits or ends', () => {
  const ranges = [{ start: 300, end: 330 }];
  assert.deepEqual(atStall(ranges, spans, 329.9, 329_900, 331_000, false), { kind: 'live' });
  assert.deepEqual(atStall(ranges, spans, 329.9, 329_900, 390_000, false), { kind: 'wait' });
  assert.deepEqual(atStall([{ start: 160, end: 200 }], spans.slice(0, 2), 199.95, 199_950, 1e9, false), {
    kind: 'end',
  });
});

test('a pause for data in the middle of a stretch is not a gap', () => {
  assert.deepEqual(atStall([{ start: 10, end: 20 }], spans, 19.95, 19_950, 1e9, false), { kind: 'wait' });
  assert.equal(bufferedUntil([{ start: 10, end: 20 }], 15), 20);
  assert.equal(bufferedUntil([{ start: 10, end: 20 }], 25), 25);
});

test('a browser that stops some pictures before the end is at the end', () => {
  const ranges = [
    { start: 80, end: 100 },
    { start: 160, end: 170 },
  ];
  assert.deepEqual(atStall(ranges, spans, 99.6, 99_600, 1e9, false), { kind: 'wait' });
  assert.deepEqual(atStall(ranges, spans, 99.6, 99_600, 1e9, true), { kind: 'jump', to: 160.01 });
  assert.deepEqual(atStall(ranges, spans, 98, 98_000, 1e9, true), { kind: 'wait' });
  assert.deepEqual(atStall([{ start: 300, end: 330 }], spans, 329.3, 329_300, 331_000, true), { kind: 'live' });
});
