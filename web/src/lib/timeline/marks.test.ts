import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Mark, marksIn } from './marks.ts';

const mark = (kind: Mark['kind'], start: number, end: number): Mark => ({
  kind,
  id: `${kind} ${start}`,
  start,
  end,
  text: '',
});

test('what touches the view is drawn, in order; what lies outside is not', () => {
  const marks = [
    mark('bookmark', 5000, 6000),
    mark('protection', 0, 2000),
    mark('bookmark', 900, 1000),
    mark('bookmark', 0, 999),
    mark('bookmark', 10_001, 10_002),
  ];
  assert.deepEqual(marksIn(marks, { start: 1000, end: 10_000 }, 1), [
    { kind: 'protection', start: 0, end: 2000 },
    { kind: 'bookmark', start: 900, end: 1000 },
    { kind: 'bookmark', start: 5000, end: 6000 },
  ]);
});

test('marks of one kind that cannot be told apart are one; kinds are never mixed', () => {
  const many = Array.from({ length: 1000 }, (_, at) => mark('bookmark', at * 1000, at * 1000 + 10));
  const drawn = marksIn([...many, mark('protection', 500, 600)], { start: 0, end: 1_000_000 }, 1000);
  assert.deepEqual(drawn, [
    { kind: 'bookmark', start: 0, end: 999_010 },
    { kind: 'protection', start: 500, end: 600 },
  ]);
  assert.equal(marksIn(many, { start: 0, end: 1_000_000 }, 100).length, 1000);
});
