import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseRung, ladder } from './ladder.ts';
import { type Attempt, nextStep } from './search.ts';
import { planSound } from './sound.ts';

const size = fc.record({ width: fc.integer({ min: 2, max: 4000 }), height: fc.integer({ min: 2, max: 4000 }) });
const rate = fc.record({ num: fc.integer({ min: 1, max: 120 }), den: fc.constantFrom(1, 2) });

test('the ladder only goes down, in even sizes, and never above the first', () => {
  fc.assert(
    fc.property(size, rate, (first, fps) => {
      const rungs = ladder({ width: first.width & ~1, height: first.height & ~1 }, fps);
      for (const [index, rung] of rungs.entries()) {
        const before = rungs[index - 1];
        if (!before) continue;
        assert.ok(rung.width % 2 === 0 && rung.height % 2 === 0 && rung.width >= 2 && rung.height >= 2);
        assert.ok(rung.cost < before.cost);
        assert.ok(rung.width <= before.width && rung.rate.num / rung.rate.den <= before.rate.num / before.rate.den);
      }
    }),
  );
});

test('the more too large, the smaller the picture', () => {
  const rungs = ladder({ width: 1920, height: 1080 }, { num: 30, den: 1 });
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 5000, noNaN: true }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      (excess, more) => {
        assert.ok(chooseRung(rungs, excess * more, 18).index >= chooseRung(rungs, excess, 18).index);
      },
    ),
  );
});

/** A falling curve of any shape between straight and cliff, with the small unevenness of a real encoder. */
const curve = fc
  .record({
    top: fc.double({ min: 16, max: 30, noNaN: true }),
    slope: fc.double({ min: 1 / 12, max: 1 / 4, noNaN: true }),
    cliff: fc.double({ min: 0, max: 6, noNaN: true }),
    edge: fc.double({ min: 20, max: 40, noNaN: true }),
    wobble: fc.double({ min: 0, max: 0.008, noNaN: true }),
  })
  .map(
    ({ top, slope, cliff, edge, wobble }) =>
      (crf: number): number =>
        Math.round(2 ** (top - slope * crf - cliff / (1 + Math.exp((edge - crf) * 0.8)) + wobble * Math.sin(crf * 37))),
  );

test('the search ends within its bound, never above the limit, and full when there are bits to spend', () => {
  let tries = 0;
  let runs = 0;
  fc.assert(
    fc.property(curve, fc.double({ min: 0.02, max: 1.5, noNaN: true }), (bytesAt, share) => {
      const limit = Math.floor(bytesAt(18) * share);
      fc.pre(limit >= 20_000);
      const attempts: Attempt[] = [];
      for (;;) {
        const step = nextStep(attempts, limit, 18);
        if ('fail' in step) {
          assert.ok(bytesAt(51) > limit, 'gave up although CRF 51 fits');
          break;
        }
        if ('done' in step) {
          assert.ok(step.done.bytes <= limit);
          if (bytesAt(18) > limit) assert.ok(step.done.bytes >= 0.95 * limit, `${step.done.bytes} of ${limit}`);
          break;
        }
        assert.ok(step.try >= 18 && step.try <= 51);
        const bytes = bytesAt(step.try);
        attempts.push({ crf: step.try, bytes, exact: bytes <= limit * 1.25 });
        assert.ok(attempts.length <= 14);
      }
      tries += attempts.length;
      runs++;
    }),
    { numRuns: 1000 },
  );
  assert.ok(tries / runs < 6, `${tries / runs} tries on average`);
});

test('sound never takes more than its share, and is left out when there is no room', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10_000, max: 50_000_000 }),
      fc.double({ min: 1, max: 4000, noNaN: true }),
      (bytes, seconds) => {
        const plan = planSound(bytes, seconds, { channels: 2, sampleRate: 48_000 });
        if (plan) assert.ok(plan.bitrate <= ((bytes * 8) / seconds) * 0.28 + 1);
        else assert.ok((bytes * 8) / seconds < 80_000);
      },
    ),
  );
  assert.equal(planSound(undefined, 10, { channels: 1, sampleRate: 8000 })?.channels, 1);
});
