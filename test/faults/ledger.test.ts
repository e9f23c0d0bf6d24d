import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { account, countDisorder, type Gap, type StoredFrame } from './harness/ledger.ts';

const FRAME = 100;
/** The camera's clock and the timeline agree, but for a delay. */
const DELAY = 40;
const frame = (number: number): StoredFrame => ({ number, sentAt: number * FRAME, at: number * FRAME + DELAY });
const sent = [{ from: 0, to: 1e6 }];
/** The window is what the frames themselves span. */
const count = (stored: readonly StoredFrame[], gaps: readonly Gap[] = [], causes = ['frozen']) => {
  const times = stored.map(({ sentAt }) => sentAt);
  return account({ stored, gaps, causes, sent, from: Math.min(...times), to: Math.max(...times), frameMs: FRAME });
};

test('frames are stored, lost or repeated; together they are all numbers of the window', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 1 }), (numbers) => {
      const found = count(numbers.map(frame));
      const unique = new Set(numbers);
      assert.equal(found.stored, unique.size);
      assert.equal(found.repeated, numbers.length - unique.size);
      assert.equal(found.stored + found.lost, found.frames);
      assert.equal(found.frames, Math.max(...numbers) - Math.min(...numbers) + 1);
      assert.equal(found.lostSent, found.lost);
      assert.equal(found.explained, 0);
    }),
  );
});

test('a lost frame is explained by a gap at its own place with the right cause, and by no other', () => {
  const stored = [0, 1, 2, 3, 10, 11, 20, 21].map(frame);
  const hole = { start: 4 * FRAME + DELAY, end: 10 * FRAME + DELAY };
  assert.equal(count(stored, [{ ...hole, cause: 'frozen' }]).explained, 6);
  assert.equal(count(stored, [{ ...hole, cause: 'unknown' }]).explained, 0);
  assert.equal(count(stored, [{ start: 0, end: 2 * FRAME, cause: 'frozen' }]).explained, 0);
  // Half a gap explains half a hole: one more for the tolerance of a frame at its end.
  assert.equal(count(stored, [{ ...hole, end: 6 * FRAME + DELAY, cause: 'frozen' }]).explained, 4);
});

test('what the camera did not send is told apart, and only the window counts', () => {
  const stored = [0, 1, 2, 9, 10, 11, 30].map(frame);
  const found = account({
    stored,
    gaps: [],
    causes: [],
    sent: [
      { from: 0, to: 4 },
      { from: 8, to: 40 },
    ],
    from: 0,
    to: 12 * FRAME,
    frameMs: FRAME,
  });
  assert.deepEqual(
    [found.frames, found.sent, found.stored, found.lost, found.lostSent, found.longestMs],
    [12, 8, 6, 6, 2, 600],
  );
});

test('what is missing at the edges of the window is lost too', () => {
  const stored = [20, 21, 22, 23].map(frame);
  const found = account({ stored, gaps: [], causes: [], sent, from: 10 * FRAME, to: 40 * FRAME, frameMs: FRAME });
  assert.deepEqual([found.frames, found.stored, found.lost, found.lostSent], [31, 4, 27, 27]);
  const explained = account({
    stored,
    gaps: [{ start: 0, end: 20 * FRAME + DELAY, cause: 'disk' }],
    causes: ['disk'],
    sent,
    from: 10 * FRAME,
    to: 23 * FRAME,
    frameMs: FRAME,
  });
  assert.deepEqual([explained.lost, explained.explained], [10, 10]);
});

test('disorder is counted', () => {
  assert.equal(countDisorder([1, 2, 3, 7].map(frame)), 0);
  assert.equal(countDisorder([1, 3, 2, 7, 6].map(frame)), 2);
});
