import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BAR_CELLS, BAR_LIMIT, decodeBars, encodeBars, type Pixels, paintBars, readBars } from './barcode.ts';

const value = fc.bigInt({ min: 0n, max: BAR_LIMIT - 1n });

test('a number comes back from its cells, whatever the levels of black and white', () => {
  fc.assert(
    fc.property(
      value,
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 30, max: 155 }),
      (number, black, contrast) => {
        const cells = encodeBars(number);
        const read = decodeBars((x) =>
          cells[Math.min(BAR_CELLS - 1, Math.floor(x * BAR_CELLS))] ? black + contrast : black,
        );
        assert.equal(read, number);
      },
    ),
  );
});

test('a row painted into a small picture is read again, from luma and from RGBA', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(320, 640, 1280, 1920), (number, width) => {
      const height = (width * 9) / 16;
      const luma: Pixels = { data: new Uint8Array(width * height).fill(90), width, height, channels: 1 };
      paintBars(luma, 'frame', number);
      assert.equal(readBars(luma, 'frame'), number);
      const rgba = new Uint8ClampedArray(width * height * 4);
      for (let at = 0; at < luma.data.length; at++) rgba.fill(luma.data[at] ?? 0, at * 4, at * 4 + 4);
      assert.equal(readBars({ data: rgba, width, height, channels: 4 }, 'frame'), number);
    }),
    { numRuns: 20 },
  );
});

test('one wrong cell, a blank row and noise are not taken for a number', () => {
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: BAR_CELLS - 1 }), (number, wrong) => {
      const cells = encodeBars(number);
      cells[wrong] = !cells[wrong];
      assert.equal(
        decodeBars((x) => (cells[Math.min(BAR_CELLS - 1, Math.floor(x * BAR_CELLS))] ? 235 : 16)),
        undefined,
      );
    }),
  );
  assert.equal(
    decodeBars(() => 128),
    undefined,
  );
});

test('a value that does not fit is refused', () => {
  assert.throws(() => encodeBars(BAR_LIMIT), RangeError);
  assert.throws(() => encodeBars(-1), RangeError);
});
