import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSeconds } from './duration.ts';

test('times of a file as people write them', () => {
  const cases: [string, number][] = [
    ['90', 90],
    ['1:30', 90],
    ['0:01:30.5', 90.5],
    ['1h2m3s', 3723],
    ['2m', 120],
    ['0.25', 0.25],
    ['12:00:00', 43_200],
  ];
  for (const [text, seconds] of cases) assert.equal(parseSeconds(text), seconds, text);
});

test('anything else is refused with an example', () => {
  for (const text of ['', 'soon', '1:2:3:4', '-5', '1.5.2'])
    assert.throws(() => parseSeconds(text), { name: 'UserError', code: 'usage' });
});
