import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rect } from '../../../media/overlay/overlay-scene.ts';
import { type CarLayoutName, LAYOUT_CAMERAS } from './camera-names.ts';
import { type CarLayout, fitted, type LayoutWish, layoutOf } from './layouts.ts';

const HW3 = { width: 1280, height: 960 };
const HW4 = { width: 1448, height: 938 };
const HW4_FRONT = { width: 2896, height: 1876 };
const CAMERAS = LAYOUT_CAMERAS.six;

function wishFor(layout: CarLayoutName, more: Partial<LayoutWish> = {}): LayoutWish {
  const cameras =
    layout === 'single' ? ['front'] : layout === 'trigger' ? ['front', 'left_repeater'] : LAYOUT_CAMERAS[layout];
  const sizes = new Map(CAMERAS.map((camera) => [camera, camera === 'front' ? HW4_FRONT : HW4]));
  return { layout, cameras, sizes, telemetry: true, stamp: true, most: {}, ...more };
}

const inside = (rect: Rect, size: { width: number; height: number }): boolean =>
  rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height;
const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const even = (rect: Rect): boolean => [rect.x, rect.y, rect.width, rect.height].every((value) => value % 2 === 0);
const rects = ({ cells, footer }: CarLayout): Rect[] => [
  ...cells.map(({ rect }) => rect),
  ...[footer.bar, footer.stamp].flatMap((rect) => rect ?? []),
];

test('every layout: even, inside, without overlap, for all cars, sizes, bars and limits', () => {
  const shapes = [() => HW3, () => HW4, (camera: string) => (camera === 'front' ? HW4_FRONT : HW4)];
  const most = [{}, { width: 640 }, { height: 480 }, { width: 1921, height: 501 }, { width: 161 }, { width: 3840 }];
  for (const layout of ['single', 'front+repeaters', '2x2', 'six', 'trigger'] as const)
    for (const shape of shapes)
      for (const limit of most)
        for (const [telemetry, stamp] of [
          [true, true],
          [true, false],
          [false, true],
          [false, false],
        ] as const) {
          const sizes = new Map(CAMERAS.map((camera) => [camera, shape(camera)]));
          const made = layoutOf(wishFor(layout, { sizes, telemetry, stamp, most: limit }));
          const said = `${layout} ${JSON.stringify(limit)} ${telemetry} ${stamp}: ${JSON.stringify(made)}`;
          assert.ok(even({ x: 0, y: 0, ...made.size }), said);
          const all = rects(made);
          for (const [at, rect] of all.entries()) {
            assert.ok(even(rect) && inside(rect, made.size), said);
            for (const other of all.slice(at + 1))
              assert.ok(!overlap(rect, other) || (layout === 'trigger' && made.cells.length === 2 && at === 0), said);
          }
          assert.ok(made.size.width <= ('width' in limit ? limit.width : 3840), said);
          assert.ok(made.size.height <= ('height' in limit ? limit.height : 2160), said);
          assert.equal(made.footer.bar !== undefined, telemetry);
          assert.equal(made.footer.stamp !== undefined, stamp);
        }
});

test('what looks to the left stands at the left', () => {
  const { cells } = layoutOf(wishFor('six'));
  const at = (camera: string): Rect => cells.find((cell) => cell.camera === camera)?.rect ?? assert.fail(camera);
  assert.ok(at('left_pillar').x < at('front').x && at('front').x < at('right_pillar').x);
  assert.ok(at('left_repeater').x < at('back').x && at('back').x < at('right_repeater').x);
  assert.ok(at('front').y < at('back').y);
  const three = layoutOf(wishFor('front+repeaters'));
  const [front, left, right] = three.cells.map(({ rect }) => rect);
  assert.ok(front && left && right);
  assert.equal(front.width, three.size.width);
  assert.equal(left.y, front.height);
  assert.equal(right.x, left.width);
});

test('a camera alone keeps its own size, up to 1920', () => {
  const none = { telemetry: false, stamp: false };
  const sizes = new Map([['front', HW3]]);
  assert.deepEqual(layoutOf(wishFor('single', { sizes, ...none })).size, HW3);
  assert.deepEqual(layoutOf(wishFor('single', none)).size, { width: 1920, height: 1242 });
  assert.deepEqual(layoutOf(wishFor('six', none)).size, { width: 1920, height: 828 });
});

test('a picture of another shape is fitted into its place, whole and in the middle', () => {
  const cell = { x: 100, y: 50, width: 640, height: 480 };
  assert.deepEqual(fitted(HW3, cell), cell);
  assert.deepEqual(fitted(HW4, cell), { x: 100, y: 82, width: 640, height: 414 });
  assert.deepEqual(fitted({ width: 480, height: 960 }, cell), { x: 300, y: 50, width: 240, height: 480 });
  // A row that rounding has left over is no border.
  assert.deepEqual(fitted({ width: 1448, height: 938 }, { x: 0, y: 0, width: 640, height: 416 }), {
    x: 0,
    y: 0,
    width: 640,
    height: 416,
  });
});
