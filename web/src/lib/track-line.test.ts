import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf } from './track-line.ts';

test('north is up, east is right, and both are as long as they are', () => {
  // 0.01° of latitude north, then as many metres east at 60° (twice the degrees).
  const line = lineOf([
    [0, 60, 10],
    [10, 60.01, 10],
    [20, 60.01, 10.02],
  ]);
  assert.ok(line);
  const [start, corner, end] = [line.placeAt(0), line.placeAt(10), line.placeAt(20)];
  assert.ok(corner.y < start.y && Math.abs(corner.x - start.x) < 1e-6);
  assert.ok(end.x > corner.x && Math.abs(end.y - corner.y) < 1e-6);
  assert.ok(Math.abs(end.x - corner.x - (start.y - corner.y)) < 1, 'no stretching');
  for (const place of [start, corner, end]) {
    assert.ok(place.x >= 0 && place.x <= line.width && place.y >= 0 && place.y <= line.height);
  }
  assert.deepEqual(line.placeAt(5), { x: start.x, y: (start.y + corner.y) / 2 });
  assert.equal(line.timeNear(end.x + 3, end.y), 20);
  assert.equal(line.pathOf(5, 15).split('L').length, 3);
});

test('a car that stood still is one place; one point is no way', () => {
  const still = lineOf([
    [0, 50, 8],
    [60, 50.000001, 8],
  ]);
  assert.ok(still);
  const [a, b] = [still.placeAt(0), still.placeAt(60)];
  assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 10);
  assert.equal(lineOf([[0, 50, 8]]), undefined);
  assert.equal(lineOf([]), undefined);
});
