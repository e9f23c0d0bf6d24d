import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseUndrawn } from './games.ts';

test('what cannot be drawn is said, with what can be', () => {
  refuseUndrawn(0, 0);
  refuseUndrawn(1, 0);
  refuseUndrawn(2, 0);
  refuseUndrawn(2, 2);
  assert.throws(() => refuseUndrawn(1, 3), /replay of osu!taiko on a map of osu!mania/);
  assert.throws(() => refuseUndrawn(0, 3), /replay of osu! on a map of osu!mania, which cannot be drawn/);
});
