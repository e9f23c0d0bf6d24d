import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evenRect, fewRects } from './rect.ts';

const WIDTH = 96;
const HEIGHT = 12;

const size = { width: WIDTH, height: HEIGHT };
const rectangle = fc.record({
  x: fc.integer({ min: -20, max: 120 }),
  y: fc.integer({ min: -20, max: 30 }),
  width: fc.integer({ min: 0, max: 60 }),
  height: fc.integer({ min: 0, max: 20 }),
});

test('rectangles become even, stay inside, cover what they did, and none lies over another', () => {
  fc.assert(
    fc.property(fc.array(rectangle, { maxLength: 8 }), (rects) => {
      const done = fewRects(rects.flatMap((rect) => evenRect(rect, size) ?? []));
      const covered = new Uint8Array(WIDTH * HEIGHT);
      for (const { x, y, width, height } of done) {
        assert.ok([x, y, width, height].every((side) => side % 2 === 0));
        assert.ok(x >= 0 && y >= 0 && x + width <= WIDTH && y + height <= HEIGHT);
        for (let row = y; row < y + height; row++)
          for (let column = x; column < x + width; column++) {
            const at = row * WIDTH + column;
            covered[at] = (covered[at] ?? 0) + 1;
          }
      }
      assert.ok(covered.every((times) => times <= 1));
      for (const { x, y, width, height } of rects)
        for (let row = Math.max(0, y); row < Math.min(HEIGHT, y + height); row++)
          for (let column = Math.max(0, x); column < Math.min(WIDTH, x + width); column++)
            assert.equal(covered[row * WIDTH + column], 1);
    }),
  );
});
