import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Planes } from '../pixels/picture.ts';
import type { Rect } from '../pixels/rect.ts';
import type { Ground } from './drawn-scene.ts';
import { Easel } from './easel.ts';
import { GroundLayer } from './ground-layer.ts';

const SIZE = { width: 700, height: 260 };

/** A ground with something round that moves, and says where. */
function groundAt(n: number): Ground {
  const rectAt = (at: number): Rect => ({ x: at * 47 - 5, y: (at * 25) % 230, width: 21, height: 21 });
  return {
    key: `${n}`,
    draw: (context) => {
      for (let x = 0; x < SIZE.width; x += 8) {
        context.fillStyle = `rgb(${x * 2} 90 ${200 - x})`;
        context.fillRect(x, 0, 8, SIZE.height);
      }
      const { x, y } = rectAt(n);
      context.fillStyle = 'rgb(255 255 255 / 0.7)';
      context.beginPath();
      context.arc(x + 10.3, y + 10.6, 9.4, 0, 2 * Math.PI);
      context.fill();
    },
    differs: (key) => [rectAt(Number(key)), rectAt(n)],
  };
}

function bytesOf(layer: GroundLayer): Uint8Array {
  const { picture } = layer;
  layer.show({ x: 0, y: 0, ...SIZE });
  const half = (SIZE.width * SIZE.height) / 4;
  const planes: Planes = {
    data: [new Uint8Array(4 * half), new Uint8Array(half), new Uint8Array(half)],
    strides: picture.strides,
  };
  picture.write(planes);
  return Buffer.concat(planes.data);
}

test('a ground that changes in places is as one that is drawn whole', () => {
  const inPlaces = new GroundLayer(SIZE, new Easel());
  assert.deepEqual(inPlaces.lay(groundAt(0)), [{ x: 0, y: 0, ...SIZE }]);
  assert.deepEqual(inPlaces.lay(groundAt(0)), [], 'what has not changed is not laid again');
  for (const n of [1, 2, 3, 7, 12]) {
    const changed = inPlaces.lay(groundAt(n));
    assert.ok(changed.length > 0 && changed.every(({ x, y }) => x % 2 === 0 && y % 2 === 0));
    assert.ok(changed.reduce((sum, { width, height }) => sum + width * height, 0) < SIZE.width * SIZE.height);
    const whole = new GroundLayer(SIZE, new Easel());
    whole.lay(groundAt(n));
    assert.deepEqual(bytesOf(inPlaces), bytesOf(whole));
    whole.close();
  }
});

test('where nobody knows what differs, or nearly all does, it is drawn whole', () => {
  const layer = new GroundLayer(SIZE, new Easel());
  const draw: Ground['draw'] = (context) => {
    context.fillStyle = '#ff0000';
    context.fillRect(0, 0, SIZE.width, SIZE.height);
  };
  const whole = [{ x: 0, y: 0, ...SIZE }];
  assert.deepEqual(layer.lay({ key: 'a', draw }), whole);
  assert.deepEqual(layer.lay({ key: 'b', draw, differs: () => undefined }), whole);
  assert.deepEqual(
    layer.lay({ key: 'c', draw, differs: () => [{ x: 0, y: 0, width: SIZE.width - 6, height: SIZE.height - 4 }] }),
    whole,
  );
  assert.deepEqual(layer.lay({ key: 'd', draw, differs: () => [{ x: -50, y: 0, width: 20, height: 60 }] }), []);
});

test('what is not asked for is drawn later, and as it is then', () => {
  const layer = new GroundLayer(SIZE, new Easel());
  for (let n = 0; n < 40; n++) {
    layer.lay(groundAt(n % 13));
    // Places like those of a light that moves.
    layer.show({ x: (n * 46) % 500, y: (n * 14) % 130, width: 124, height: 120 });
  }
  const whole = new GroundLayer(SIZE, new Easel());
  whole.lay(groundAt(39 % 13));
  const [pieces, wanted] = [bytesOf(layer), bytesOf(whole)];
  // An edge that a clip cuts through may be smoothed otherwise.
  const apart = pieces.reduce((most, byte, at) => Math.max(most, Math.abs(byte - (wanted[at] ?? 0))), 0);
  assert.ok(apart <= 3, `${apart} apart`);
});
