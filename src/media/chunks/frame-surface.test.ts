import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { Picture } from '../pixels/picture.ts';
import type { Rect } from '../pixels/rect.ts';
import { Easel } from './easel.ts';
import { FrameSurface } from './frame-surface.ts';

const SIZE = { width: 64, height: 32 };

test('outside of the clip nothing is touched, wherever it lies', () => {
  const touched: Rect[] = [];
  const surface = new FrameSurface(
    SIZE,
    (rect) => touched.push(rect),
    () => undefined,
    new Easel(),
  );
  const picture = new Picture(SIZE);
  surface.begin(picture);
  const image = createCanvas(8, 8);
  const everything = (): Rect[] => {
    touched.length = 0;
    surface.sprite({ image, width: 8, height: 8 }, 12, 12, 1, 1, false);
    surface.sprite({ image, width: 8, height: 8 }, 12, 12, 1.5, 1, true);
    surface.once(image, 8, 8, 1);
    surface.paint({ x: 9, y: 9, width: 2, height: 2 }, (context) => context.fillRect(9, 9, 2, 2));
    surface.ground();
    return touched;
  };
  surface.clip({ x: 10, y: 10, width: 2, height: 2 });
  assert.deepEqual(everything(), Array(5).fill({ x: 10, y: 10, width: 2, height: 2 }));
  for (const outside of [
    { x: 64, y: 0, width: 10, height: 10 },
    { x: -20, y: -20, width: 20, height: 20 },
    { x: 4, y: 4, width: 0, height: 0 },
    { x: Number.NaN, y: 0, width: 10, height: 10 },
  ]) {
    surface.clip(outside);
    assert.deepEqual(everything(), [], JSON.stringify(outside));
  }
  surface.clip(undefined);
  assert.deepEqual(everything().at(-1), { x: 0, y: 0, ...SIZE });
  picture.close();
});
