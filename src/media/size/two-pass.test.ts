import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterTries, firstPassSize, fitsEasily, type SizeTask, type Try } from './two-pass.ts';

/** An encoder that misses what it is asked for by its own factor, and can spend no more than the pictures need. */
interface Encoder {
  readonly miss: number;
  readonly wobble: number;
  /** Bits a second at QP 20. */
  readonly need: number;
}

function encode(task: SizeTask, { miss, wobble, need }: Encoder, bitrate: number, tries: number): Try {
  const most = need * 2 ** ((20 - 8) / 6);
  const got = Math.min(most, bitrate * miss * (1 + wobble * Math.sin(tries * 17)));
  const qp = Math.max(8, Math.min(51, 20 + 6 * Math.log2(need / got)));
  const least = need * 2 ** ((20 - 51) / 6);
  const pictures = Math.round((Math.max(least, got) * task.seconds) / 8);
  return { bitrate, qp, pictures, bytes: pictures + task.sound + task.frames * 12 + 2500 };
}

const task = fc
  .record({
    seconds: fc.integer({ min: 1, max: 600 }),
    limit: fc.integer({ min: 200_000, max: 100_000_000 }),
    sound: fc.double({ min: 0, max: 0.2, noNaN: true }),
  })
  .map(({ seconds, limit, sound }) => ({ seconds, limit, sound: Math.floor(limit * sound), frames: seconds * 20 }));
const encoder = fc.record({
  miss: fc.double({ min: 0.85, max: 1.15, noNaN: true }),
  wobble: fc.double({ min: 0, max: 0.004, noNaN: true }),
  need: fc.double({ min: 50_000, max: 20_000_000, noNaN: true }),
});

test('the tries end: in a file that fits and is full where the pictures need the bits, or in smaller pictures', () => {
  let most = 0;
  fc.assert(
    fc.property(task, encoder, (asked, one) => {
      fc.pre(asked.limit > (asked.sound + asked.frames * 14 + 3000) * 1.5);
      const tries: Try[] = [];
      for (;;) {
        const next = afterTries(asked, tries);
        if ('done' in next) {
          const fits = tries.filter((each) => each.bytes <= asked.limit);
          assert.ok(fits.length > 0, 'done without a file that fits');
          const best = fits.reduce((a, b) => (a.bytes > b.bytes ? a : b));
          if (best.qp > 21) assert.ok(best.bytes >= 0.95 * asked.limit, `${best.bytes} of ${asked.limit}`);
          break;
        }
        if ('smaller' in next) {
          assert.ok(next.smaller > 0 && next.smaller < 1);
          assert.ok((tries.at(-1)?.qp ?? 0) > 40 || tries.length >= 5, 'smaller although it looks well');
          break;
        }
        assert.ok(next.bitrate > 0);
        tries.push(encode(asked, one, next.bitrate, tries.length));
        assert.ok(tries.length <= 5);
      }
      most = Math.max(most, tries.length);
    }),
    { numRuns: 2000 },
  );
  assert.ok(most <= 5);
});

test('an encoder that hits needs one try', () => {
  const asked = { limit: 7_800_000, sound: 224_000, frames: 560, seconds: 28 };
  const first = afterTries(asked, []);
  assert.ok('bitrate' in first);
  const made = encode(asked, { miss: 1.005, wobble: 0, need: 3_000_000 }, first.bitrate, 0);
  assert.deepEqual(afterTries(asked, [made]), { done: true });
});

test('the first pass is small, and its statistics stay small however long the clip', () => {
  assert.deepEqual(firstPassSize({ width: 1440, height: 720 }, 560), { width: 720, height: 360 });
  assert.deepEqual(firstPassSize({ width: 320, height: 180 }, 560), { width: 320, height: 180 });
  for (const frames of [12_000, 36_000, 72_000]) {
    const size = firstPassSize({ width: 2160, height: 1080 }, frames);
    assert.ok(size.width % 2 === 0 && size.height % 2 === 0);
    const bytes = Math.ceil(size.width / 16) * Math.ceil(size.height / 16) * 2 * frames;
    assert.ok(bytes <= 80_000_000, `${bytes}`);
  }
});

test('only much room makes counting the bits needless', () => {
  const asked = { limit: 10_000_000, sound: 0, frames: 600, seconds: 30 };
  assert.ok(fitsEasily(asked, 200_000, 23, 0.25, 18));
  assert.ok(!fitsEasily(asked, 2_000_000, 23, 0.25, 18));
});
