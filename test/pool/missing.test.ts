import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingForNoReason } from './missing.ts';

const FRAME_MS = 100;
const frames = (...ranges: [number, number][]) =>
  ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, at) => ({
      number: from + at,
      sentAt: (from + at) * FRAME_MS,
      at: (from + at) * FRAME_MS + 7,
    })),
  );
const gap = (start: number, end: number, cause = 'recorder') => ({ start, end, cause });
const loss = { from: 5000, to: 12_000, cameras: ['door'] };

test('a hole has a reason where its recorder was lost and the timeline says so', () => {
  const seen = frames([0, 45], [75, 200]);
  assert.deepEqual(missingForNoReason('door', seen, [gap(4507, 7507)], [loss], FRAME_MS), []);
});

test('what a paused recorder still reads when it goes on ends the hole, or only moves it', () => {
  // Paused at 5 s: 20 frames waited in its socket, and the next recorder begins at 8 s.
  const seen = frames([0, 70], [80, 200]);
  assert.deepEqual(missingForNoReason('door', seen, [gap(7007, 8007)], [loss], FRAME_MS), []);
});

test('a single picture may go with a recorder that is lost, without a gap; never beside it', () => {
  const seen = frames([0, 70], [71, 200]);
  assert.deepEqual(missingForNoReason('door', seen, [], [loss], FRAME_MS), []);
  assert.equal(missingForNoReason('door', seen, [], [{ ...loss, from: 20_000, to: 30_000 }], FRAME_MS).length, 1);
});

test('a hole of another camera, at another time, without a gap or with another cause has none', () => {
  const seen = frames([0, 45], [60, 200]);
  const why = (...args: Parameters<typeof missingForNoReason>): string => missingForNoReason(...args).join();
  assert.match(why('gate', seen, [gap(4507, 6007)], [loss], FRAME_MS), /gate: 45–59 .* lived/);
  assert.match(why('door', seen, [gap(4507, 6007)], [{ ...loss, from: 20_000, to: 30_000 }], FRAME_MS), /lived/);
  assert.match(why('door', seen, [], [loss], FRAME_MS), /no reason/);
  assert.match(why('door', seen, [gap(4507, 5000)], [loss], FRAME_MS), /no reason/);
  assert.match(why('door', seen, [gap(4507, 6007, 'unknown')], [loss], FRAME_MS), /no reason/);
});
