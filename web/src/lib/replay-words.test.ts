import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradeText, mapName, mapSearch, modsOf } from './replay-words.ts';

const map = { artist: 'xi', title: 'FREEDOM DiVE', difficulty: 'FOUR DIMENSIONS', creator: 'Nakagawa-Kanon' };

test('grades, mods and maps are said as players say them', () => {
  assert.deepEqual(
    ['XH', 'X', 'SH', 'S', 'A'].map((grade) => gradeText(grade as 'XH')),
    ['SS', 'SS', 'S', 'S', 'A'],
  );
  assert.deepEqual(modsOf('HDHRNCFL'), ['HD', 'HR', 'NC', 'FL']);
  assert.deepEqual(modsOf(''), []);
  assert.equal(mapName({ map, mapHint: null, name: 'a.osr' }), 'xi – FREEDOM DiVE');
  assert.equal(mapName({ map: null, mapHint: null, name: 'a.osr' }), 'a');
});

test('a map that is not here is looked for by artist and title', () => {
  assert.equal(mapSearch({ map, mapHint: null }), 'https://osu.ppy.sh/beatmapsets?q=xi%20FREEDOM%20DiVE&s=any');
  const hint = 'Artist - Title (Mapper) [Hard [2]]';
  assert.match(mapSearch({ map: null, mapHint: hint }) ?? '', /q=Artist%20-%20Title/);
  assert.equal(mapSearch({ map: null, mapHint: null }), undefined);
});
