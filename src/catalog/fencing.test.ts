import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Fenced, fence, piecesOf } from './fencing.ts';

const segment = fc.record({
  token: fc.integer({ min: 1, max: 4 }),
  from: fc.integer({ min: 0, max: 40_000 }),
  length: fc.integer({ min: 1, max: 15_000 }),
});

/** Adds segments one after the other, as reports come in, and settles after each. */
function arrive(list: { token: number; run?: string; from: number; length: number }[]): Fenced[] {
  const held = new Map<number, Fenced>();
  list.forEach((next, id) => {
    held.set(id, {
      id,
      token: next.token,
      run: next.run ?? `run of ${next.token}`,
      shown_from: next.from,
      shown_to: next.from + next.length,
      hidden: null,
      state: 'published',
    });
    for (const change of fence([...held.values()])) {
      const old = held.get(change.id);
      if (old)
        held.set(change.id, {
          ...old,
          shown_from: change.shownFrom,
          shown_to: change.shownTo,
          hidden: change.hidden,
          state: change.state,
        });
    }
  });
  return [...held.values()];
}

it('shows at most one token at any moment, whatever the order of the reports (invariant 5)', () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 12 }), (list) => {
      const shown = arrive(list).filter((one) => one.state === 'published');
      for (const one of shown)
        for (const other of shown) {
          if (one.token === other.token) continue;
          for (const piece of piecesOf(one))
            for (const of of piecesOf(other)) assert.ok(piece.to <= of.from || of.to <= piece.from);
        }
    }),
  );
});

it('never takes anything from the highest token, and changes nothing the second time', () => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 12 }), (list) => {
      const all = arrive(list);
      const highest = Math.max(...list.map((one) => one.token));
      list.forEach((one, id) => {
        if (one.token === highest)
          assert.deepEqual(
            [all[id]?.shown_from, all[id]?.shown_to, all[id]?.hidden, all[id]?.state],
            [one.from, one.from + one.length, null, 'published'],
          );
      });
      assert.deepEqual(fence(all), []);
    }),
  );
});

it('hides nothing that nobody else shows, but for crumbs (invariant 2)', () => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 12 }), (list) => {
      // Tokens all differ: no clock was set back.
      const apart = list.map((one, at) => ({ ...one, token: ((at * 7) % 13) + 1 }));
      const pieces = arrive(apart)
        .filter((one) => one.state === 'published')
        .flatMap(piecesOf);
      // Crumbs may lie beside each other: no more of them than there are segments.
      const most = 100 * apart.length;
      for (const { from, length } of apart)
        for (let at = from; at < from + length; at += 17)
          assert.ok(
            pieces.some((piece) => piece.from - most <= at && at < piece.to + most),
            `${at} is shown nowhere`,
          );
    }),
  );
});

it('a recorder that was to take over and died early hides of the other no more than it has itself', () => {
  const [old, next] = arrive([
    { token: 1, from: 0, length: 60_000 },
    { token: 2, from: 20_000, length: 1000 },
  ]);
  assert.deepEqual(old && piecesOf(old), [
    { from: 0, to: 20_000 },
    { from: 21_000, to: 60_000 },
  ]);
  assert.deepEqual(next && piecesOf(next), [{ from: 20_000, to: 21_000 }]);
});

it('keeps the part of a lower token that nobody else has', () => {
  const [old, next] = arrive([
    { token: 1, from: 0, length: 60 },
    { token: 2, from: 58, length: 60 },
  ]);
  assert.deepEqual([old?.shown_from, old?.shown_to, old?.state], [0, 58, 'published']);
  assert.equal(next?.state, 'published');
  assert.equal(
    arrive([
      { token: 2, from: 0, length: 100 },
      { token: 1, from: 10, length: 20 },
    ])[1]?.state,
    'shadow',
  );
});

it('invariant 1: after a clock was set back the later run shows its moments, and nothing is shown twice', () => {
  const hour = 3_600_000;
  const minutes = (run: string, from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ token: 7, run, from: from + at * 60_000, length: 60_000 }));
  const all = arrive([...minutes('before', 0, 90), ...minutes('after', 90 * 60_000 - hour - 500, 45)]);
  const shown = all.filter((one) => one.state === 'published').sort((a, b) => a.shown_from - b.shown_from);
  for (const [at, one] of shown.entries()) {
    const next = shown[at + 1];
    if (next) assert.ok(next.shown_from - one.shown_to >= -1000, `${one.shown_to} and ${next.shown_from}`);
  }
  assert.equal(all.filter((one) => one.run === 'after' && one.state === 'published').length, 45);
  // What the later run does not reach is still shown.
  assert.equal(shown.filter((one) => one.run === 'before').length, 45 + 1);
});

it('runs that meet at a seam leave each other alone', () => {
  const all = arrive([
    { token: 7, run: 'one', from: 0, length: 60_000 },
    { token: 7, run: 'two', from: 58_500, length: 60_000 },
  ]);
  assert.deepEqual(
    all.map((one) => [one.shown_from, one.shown_to]),
    [
      [0, 60_000],
      [58_500, 118_500],
    ],
  );
});
