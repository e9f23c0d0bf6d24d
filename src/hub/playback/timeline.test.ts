import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeSpans, type Stretch } from './timeline.ts';

const at = (start: number, end: number, more: Partial<Stretch> = {}): Stretch => ({
  start,
  end,
  codec: 'avc1.64001f',
  open: false,
  ...more,
});
const ms = (text: string): number => Date.parse(text);

test('neighbouring segments are one span, a gap stays a gap', () => {
  const spans = mergeSpans([at(0, 10_000), at(10_033, 20_000), at(30_000, 40_000, { open: true })], 0, 100_000);
  assert.deepEqual(
    spans.map((span) => [ms(span.start), ms(span.end), span.open]),
    [
      [0, 20_000, false],
      [30_000, 40_000, true],
    ],
  );
});

test('spans are cut to what was asked, and a cut span is not open', () => {
  const [span] = mergeSpans([at(0, 10_000, { open: true })], 2000, 5000);
  assert.deepEqual(span && [ms(span.start), ms(span.end), span.open], [2000, 5000, false]);
});

test('a change of codec starts a new span, without overlap', () => {
  const spans = mergeSpans([at(0, 10_000), at(9_950, 20_000, { codec: 'hvc1.1.6.L120.90' })], 0, 60_000);
  assert.deepEqual(
    spans.map((span) => [ms(span.start), ms(span.end)]),
    [
      [0, 10_000],
      [10_000, 20_000],
    ],
  );
});

test('spans are in order, apart, inside the range, and cover every moment that a segment covers', () => {
  const stretch = fc.record({ start: fc.nat(5000), length: fc.integer({ min: 1, max: 800 }) });
  fc.assert(
    fc.property(
      fc.array(stretch, { maxLength: 30 }),
      fc.nat(3000),
      fc.integer({ min: 1, max: 3000 }),
      (list, from, length) => {
        const to = from + length;
        const spans = mergeSpans(
          list.map((item) => at(item.start, item.start + item.length)),
          from,
          to,
        );
        let last = Number.NEGATIVE_INFINITY;
        for (const span of spans) {
          assert.ok(ms(span.start) >= from && ms(span.end) <= to && ms(span.end) > ms(span.start));
          assert.ok(ms(span.start) > last);
          last = ms(span.end);
        }
        for (const item of list) {
          for (const moment of [item.start, item.start + item.length - 1]) {
            if (moment < from || moment >= to) continue;
            assert.ok(spans.some((span) => ms(span.start) <= moment && moment < ms(span.end)));
          }
        }
      },
    ),
  );
});
