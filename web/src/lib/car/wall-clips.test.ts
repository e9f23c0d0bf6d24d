import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClipShelf } from './clip-shelf.ts';
import { clipAt, extentOf, nearestFilmed, type WallClip } from './wall-clips.ts';

const clip = (id: string, start: number, end: number, why?: string): WallClip => ({ id, start, end, address: id, why });
const front = [clip('a', 0, 60_000), clip('b', 63_000, 120_000, 'encrypted'), clip('c', 119_000, 180_000)];

test('a moment has its clip, a gap none, and where two overlap the later one counts', () => {
  assert.equal(clipAt(front, 0)?.id, 'a');
  assert.equal(clipAt(front, 60_000), undefined);
  assert.equal(clipAt(front, 119_500)?.id, 'c');
  assert.equal(clipAt(front, 180_000), undefined);
});

test('what comes next is what can be played, also when that turned out only now', () => {
  const shelf = new ClipShelf(front, fetch, () => true);
  assert.equal(shelf.after(61_000)?.id, 'c');
  assert.equal(shelf.after(170_000), undefined);
  assert.equal(shelf.from(30_000)?.id, 'a');
  assert.equal(shelf.from(62_000)?.id, 'c');
  const [first, , last] = front;
  assert.ok(first && last);
  shelf.refuse(first, 'broken');
  shelf.refuse(last, 'the network', true);
  assert.equal(shelf.from(30_000), undefined);
  assert.equal(shelf.whyNot(last), 'the network');
  shelf.forgive();
  assert.equal(shelf.from(30_000)?.id, 'c');
});

test('the axis is that of all cameras; without footage the nearest is taken', () => {
  const back = [clip('d', 2000, 62_000)];
  assert.deepEqual(extentOf([front, back]), { start: 0, end: 180_000 });
  assert.equal(extentOf([[], []]), undefined);
  assert.equal(nearestFilmed([front, back], 61_000), 61_000);
  assert.equal(nearestFilmed([front, back], 62_500), 63_000);
  assert.equal(nearestFilmed([front, back], 500_000), 179_900);
});
