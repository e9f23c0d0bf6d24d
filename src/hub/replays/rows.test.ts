import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapInName } from './rows.ts';

test('what a map may be called is read of the names that osu! gives to exported replays', () => {
  for (const [name, map] of [
    ['cookiezi - xi - FREEDOM DiVE [FOUR DIMENSIONS] (2015-05-05) Osu.osr', 'xi - FREEDOM DiVE [FOUR DIMENSIONS]'],
    [
      'a - b - Camellia - Ghost (Long [v2]) [Extra - x] (2026-01-02) OsuMania.osr',
      'b - Camellia - Ghost (Long [v2]) [Extra - x]',
    ],
    ['Some One playing Artist - Title (Mapper) [Hard] (2024-01-31_20-15).osr', 'Artist - Title (Mapper) [Hard]'],
    ['replay-osu_123_456.osr', null],
    [`${'a'.repeat(100)} - b - c [d] (2026-01-02).osr`, null],
  ] as const)
    assert.equal(mapInName(name), map);
});
