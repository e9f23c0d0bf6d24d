import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommonClock } from './common-clock.ts';

test('it goes on with the time, as fast as is wished, and stands while paused', () => {
  const clock = new CommonClock(1_000_000, 0);
  assert.equal(clock.tick(500), 1_000_500);
  clock.setSpeed(2, 500);
  assert.equal(clock.tick(1500), 1_002_500);
  clock.pause(true, 2000);
  assert.equal(clock.tick(9000), 1_003_500);
  clock.pause(false, 9000);
  assert.equal(clock.tick(9010), 1_003_520);
});

test('it waits for who is late, and no moment is lost; after four seconds it goes on without', () => {
  const clock = new CommonClock(0, 0);
  clock.tick(100);
  clock.wait(true, 100);
  assert.equal(clock.tick(3000), 100);
  clock.wait(false, 3000);
  assert.equal(clock.tick(3050), 150);
  clock.wait(true, 3050);
  assert.equal(clock.tick(7000), 150);
  clock.wait(true, 7051);
  assert.equal(clock.waiting, false);
  assert.equal(clock.tick(7101), 200);
});

test('a jump while it waits is where it goes on', () => {
  const clock = new CommonClock(0, 0);
  clock.wait(true, 0);
  clock.set(50_000, 1000);
  assert.equal(clock.tick(2000), 50_000);
  clock.wait(false, 2000);
  assert.equal(clock.tick(2010), 50_010);
});
