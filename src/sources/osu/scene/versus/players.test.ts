import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPlay } from '../../../../../test/osu/scene/generated-play.ts';
import { MOD } from '../../read/replay.ts';
import { firstSlip, type JudgedReplay, knockoutOf, listOf, ranksAt, winnerOf } from './players.ts';

const played = (misses: readonly number[] = [], late = 0, mods = 0, player = 'Somebody'): JudgedReplay => {
  const { replay, timeline } = generatedPlay(mods, { misses, late });
  return { replay: { ...replay, header: { ...replay.header, player } }, timeline };
};

test('a first slip: the combo breaks, or what comes before there is one is missed', () => {
  assert.equal(firstSlip(played().timeline), Number.POSITIVE_INFINITY);
  const second = firstSlip(played([1]).timeline);
  assert.ok(second > 1600 && second < 1800, `${second}`);
  const first = firstSlip(played([0]).timeline);
  assert.ok(first > 1200 && first < 1400, `${first}`);
});

test('who falls last wins, or who has the higher score; the winner never falls', () => {
  assert.equal(winnerOf([played([1]), played([8]), played([3])]), 1);
  assert.equal(winnerOf([played([], 50), played([], 0)]), 1);
  const { players, own, knockout } = knockoutOf([played([1]), played([8]), played([3])]);
  assert.deepEqual([own, knockout], [1, true]);
  assert.equal(players[1]?.outAt, Number.POSITIVE_INFINITY);
  assert.ok((players[0]?.outAt ?? 0) < (players[2]?.outAt ?? 0));
});

test('places: who is in first, then who fell later; scores as they were at that moment', () => {
  const { players } = knockoutOf([played([1]), played([], 50), played([3]), played()]);
  assert.deepEqual(ranksAt(players, 0), [0, 1, 2, 3]);
  // At 1400 one circle has been hit, by all.
  assert.equal(ranksAt(players, 1400)[1], 3);
  assert.deepEqual(ranksAt(players, 20_000), [3, 1, 2, 0]);
});

test('the field of somebody with Hard Rock is the other way up: cursors are turned to the field that is drawn', () => {
  const { players, own } = knockoutOf([played([1], 0, MOD.HR), played()]);
  assert.equal(own, 1);
  const [hard, plain] = players;
  // The first circle is at 100, 100, and for Hard Rock at 100, 284.
  const [a, b] = [hard?.place?.(1200), plain?.place?.(1200)];
  assert.ok(a && b && Math.abs(a.y - 100) < 1 && Math.abs(b.y - 100) < 1, JSON.stringify([a, b]));
});

test('a list: the play itself first, 32 at most, names as they can be shown', () => {
  const own = played([], 0, 0, 'A\u0000\u202Ename that is far too long for any list');
  const known = Array.from({ length: 40 }, (_, index) => ({ player: '', score: index, maxCombo: 7, misses: 1 }));
  const { players, own: mine } = listOf(own, [played([2])], known);
  assert.deepEqual(
    [players.length, mine, players[0]?.name, players[2]?.name],
    [32, 0, 'Aname that is far t…', 'Somebody'],
  );
  assert.deepEqual(players[5]?.standing(0), { score: 3, combo: 7, maxCombo: 7, misses: 1 });
  assert.equal(new Set(players.map(({ colour }) => JSON.stringify(colour))).size, 32);
});
