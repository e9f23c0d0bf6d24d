import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blendPatch, patchFromRgba } from './patch.ts';
import { wallClock } from './wall-clock.ts';

test('a patch is laid over its place only, by its transparency, and cut at the edge', () => {
  const rgba = new Uint8ClampedArray(4 * 4 * 4).fill(255);
  for (let at = 0; at < 8; at++) rgba[at * 4 + 3] = 0;
  const patch = patchFromRgba(rgba, { x: 6, y: 2, width: 4, height: 4 });
  const planes = [new Uint8Array(64).fill(100), new Uint8Array(16).fill(90), new Uint8Array(16).fill(90)];
  blendPatch(planes, [8, 4, 4], { width: 8, height: 8 }, patch);
  const luma = planes[0] ?? new Uint8Array();
  assert.equal(luma[2 * 8 + 6], 100, 'transparent');
  assert.ok((luma[4 * 8 + 6] ?? 0) >= 234, 'white');
  assert.equal(luma[4 * 8 + 5], 100, 'beside it');
  assert.equal(luma[5 * 8 + 0], 100, 'not wrapped around');
  assert.equal(planes[1]?.[2 * 4 + 3], 128);
});

test('the clock tells local time, also where it is turned back', () => {
  const berlin = wallClock('Europe/Berlin');
  assert.equal(berlin(Date.UTC(2026, 9, 25, 0, 30)), '2026-10-25 02:30:00 CEST');
  assert.equal(berlin(Date.UTC(2026, 9, 25, 1, 30)), '2026-10-25 02:30:00 CET');
  assert.throws(() => wallClock('Nowhere/City'), RangeError);
});
