import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PoolMember, planMoves } from './plan-moves.ts';

const MOST = { draining: 1000, balancing: 1000 };
const all = (): boolean => true;

const pool = fc
  .array(
    fc.record({
      held: fc.integer({ min: 0, max: 40 }),
      room: fc.integer({ min: 0, max: 40 }),
      draining: fc.boolean(),
      steady: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) =>
    list.map(
      ({ held, room, draining, steady }, at): PoolMember => ({
        id: `r${at}`,
        capacity: held + room,
        held: Array.from({ length: held }, (_, n) => `r${at}-c${n}`),
        draining,
        steady,
      }),
    ),
  );

/** The pool after the moves. */
function moved(members: readonly PoolMember[], moves: ReturnType<typeof planMoves>): PoolMember[] {
  return members.map((member) => ({
    ...member,
    held: [
      ...member.held.filter((id) => !moves.some((move) => move.cameraId === id)),
      ...moves.filter((move) => move.to === member.id).map((move) => move.cameraId),
    ],
  }));
}

test('nobody is given more than it takes, nothing goes to one that is new, full or draining, and no camera moves twice', () => {
  fc.assert(
    fc.property(pool, (members) => {
      const moves = planMoves(members, all, MOST);
      const byId = new Map(members.map((member) => [member.id, member]));
      assert.equal(new Set(moves.map(({ cameraId }) => cameraId)).size, moves.length);
      for (const { cameraId, from, to } of moves) {
        assert.ok(byId.get(from)?.held.includes(cameraId));
        assert.ok(byId.get(to)?.steady === true && byId.get(to)?.draining === false);
        assert.notEqual(from, to);
      }
      for (const member of moved(members, moves))
        assert.ok(member.held.length <= member.capacity || member.held.length === byId.get(member.id)?.held.length);
    }),
  );
});

test('after the moves there is nothing more to move: cameras do not wander', () => {
  fc.assert(
    fc.property(pool, (members) => {
      const once = moved(members, planMoves(members, all, MOST));
      const again = planMoves(once, all, MOST);
      assert.deepEqual(again, []);
    }),
  );
});

test('balance takes only as many moves as make the difference small, and never makes the fullest fuller', () => {
  fc.assert(
    fc.property(pool, (members) => {
      const staying = members.map((member) => ({ ...member, draining: false }));
      const moves = planMoves(staying, all, MOST);
      const before = Math.max(...staying.map((member) => member.held.length));
      const after = moved(staying, moves);
      assert.ok(Math.max(...after.map((member) => member.held.length)) <= before);
      // One move less, and it would not be balanced yet.
      const less = moved(staying, moves.slice(0, -1));
      if (moves.length > 0) assert.notDeepEqual(planMoves(less, all, MOST), []);
    }),
  );
});

test('a recorder that ends gives away all that others have room for', () => {
  fc.assert(
    fc.property(pool, (members) => {
      const moves = planMoves(members, all, MOST);
      const room = members
        .filter((member) => member.steady && !member.draining)
        .reduce((sum, member) => sum + member.capacity - member.held.length, 0);
      const draining = members.filter((member) => member.draining).reduce((sum, member) => sum + member.held.length, 0);
      const given = moves.filter(({ from }) => members.some((member) => member.id === from && member.draining)).length;
      assert.equal(given, Math.min(room, draining));
    }),
  );
});

test('two recorders that come to four with 30 cameras get their part, a few at a time', () => {
  const members = Array.from({ length: 6 }, (_, at) => ({
    id: `r${at}`,
    capacity: 100,
    held: at < 4 ? Array.from({ length: at < 2 ? 8 : 7 }, (_, n) => `r${at}-c${n}`) : [],
    draining: false,
    steady: true,
  }));
  assert.equal(planMoves(members, all, { draining: 32, balancing: 4 }).length, 4);
  const after = moved(members, planMoves(members, all, MOST)).map(({ held }) => held.length);
  assert.ok(Math.max(...after) - Math.min(...after) <= 2, after.join(' '));
});

test('what may not move stays, and others go in its place', () => {
  const members = [
    { id: 'a', capacity: 10, held: ['1', '2', '3', '4', '5', '6'], draining: false, steady: true },
    { id: 'b', capacity: 10, held: [], draining: false, steady: true },
  ];
  const moves = planMoves(members, (id) => id !== '1' && id !== '2', MOST);
  assert.deepEqual(
    moves.map(({ cameraId }) => cameraId),
    ['3', '4'],
  );
});
