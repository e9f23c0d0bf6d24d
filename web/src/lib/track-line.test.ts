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

test('on a map the way lies where maps have it', () => {
  // Tile 17/69889/42962 of web Mercator begins at 11.9531° E, 52.5280° N (openstreetmap.org, “Slippy map tilenames”).
  const [west, north] = [
    (69_889 / 2 ** 17) * 360 - 180,
    (Math.atan(Math.sinh(Math.PI * (1 - (2 * 42_962) / 2 ** 17))) * 180) / Math.PI,
  ];
  const line = lineOf(
    [
      [0, north, west],
      [60, north - 0.001, west + 0.002],
    ],
    true,
  );
  assert.ok(line && line.tiles.length > 0);
  const [tile] = line.tiles.filter(
    (one) => one.column === 69_889 * 2 ** (one.zoom - 17) && one.row === 42_962 * 2 ** (one.zoom - 17),
  );
  assert.ok(tile, 'the tile whose corner is the start of the way');
  assert.ok(Math.hypot(tile.x - line.first.x, tile.y - line.first.y) < 0.01);
  const [right, bottom] = [Math.max(...line.tiles.map((one) => one.x)), Math.max(...line.tiles.map((one) => one.y))];
  assert.ok(right + 256 >= line.width && bottom + 256 >= line.height, 'the ground is covered');
  assert.ok(line.tiles.length <= 12);
});
