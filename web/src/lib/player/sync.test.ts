import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { align } from './sync.ts';

test('whoever is ahead goes slower, whoever is behind faster, and far off jumps', () => {
  assert.deepEqual(align(0, 1), { kind: 'rate', factor: 1 });
  assert.deepEqual(align(600, 1), { kind: 'seek' });
  assert.deepEqual(align(-600, 1), { kind: 'seek' });
  const ahead = align(50, 1);
  assert.ok(ahead.kind === 'rate' && ahead.factor < 1);
  const behind = align(-50, 1);
  assert.ok(behind.kind === 'rate' && behind.factor > 1);
});

test('followed each 50 ms, any player that is not far off is beside the clock within ten seconds, without sound within three, and stays', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -500, max: 500, noNaN: true }),
      fc.constantFrom(0.5, 1, 2, 4),
      fc.boolean(),
      (off, speed, silent) => {
        let ahead = off;
        for (let step = 0; step < (silent ? 60 : 200); step++) {
          const next = align(ahead, speed, silent);
          assert.equal(next.kind, 'rate');
          if (next.kind === 'rate') ahead += 50 * speed * (next.factor - 1);
        }
        assert.ok(Math.abs(ahead) < 33 * Math.max(1, speed), `${ahead} ms`);
      },
    ),
  );
});
