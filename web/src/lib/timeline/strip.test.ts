import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stripStep, stripTimes } from './strip.ts';

test('pictures have room, cover the view, and stay where they are when it moves', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e12 }),
      fc.integer({ min: 20_000, max: 14 * 86_400_000 }),
      fc.integer({ min: 320, max: 2000 }),
      (start, span, width) => {
        const view = { start, end: start + span };
        const step = stripStep(view, width);
        const px = span / width;
        assert.ok(step / px >= 72);
        assert.ok(step === 1000 || step / px < 144);
        const times = stripTimes(view, step);
        assert.ok((times[0] ?? Infinity) <= view.start && (times.at(-1) ?? 0) + step >= view.end);
        const moved = stripTimes({ start: start + step, end: start + span + step }, step);
        assert.deepEqual(moved.slice(0, -1), times.slice(1, moved.length));
      },
    ),
  );
});
