import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldOrder } from './hold-order.ts';

const room = (free: number, total: number) => async () => ({ free, total });
const MB = 1_000_000;

test('the hub’s order holds until it is taken back, or the hub has been silent', async () => {
  const hold = new HoldOrder();
  hold.order(true);
  assert.match(hold.reason ?? '', /disk is full/);
  await hold.tick(500, room(10_000 * MB, 100_000 * MB));
  assert.notEqual(hold.reason, null);
  hold.order(false);
  assert.equal(hold.reason, null);
  hold.order(true);
  await hold.tick(60_000, room(10_000 * MB, 100_000 * MB));
  assert.equal(hold.reason, null);
});

test('the last of a disk is left to the database, whatever the hub says, and without it', async () => {
  const hold = new HoldOrder();
  for (const [free, total, held] of [
    [300, 100_000, false],
    [200, 100_000, true],
    [260, 100_000, true],
    [300, 100_000, false],
    [20, 300, false],
    [10, 300, true],
    [0, 300, true],
    [17, 300, false],
  ] as const) {
    await hold.tick(0, room(free * MB, total * MB));
    assert.equal(hold.reason !== null, held, `${free} of ${total} MB`);
  }
});

test('where retention keeps less free than usual, the recorder’s reserve is less as well', async () => {
  const hold = new HoldOrder();
  await hold.tick(0, room(100 * MB, 100_000 * MB), 50 * MB);
  assert.equal(hold.reason, null);
  await hold.tick(0, room(40 * MB, 100_000 * MB), 50 * MB);
  assert.notEqual(hold.reason, null);
});

test('a machine without a clock of its own is given a minute to get the time', () => {
  const hold = new HoldOrder();
  hold.watchClock(40_000, 0);
  assert.match(hold.reason ?? '', /clock/);
  hold.watchClock(1_795_284_300_000, 20_000);
  assert.equal(hold.reason, null);
  hold.watchClock(100_000, 59_000);
  assert.notEqual(hold.reason, null);
  hold.watchClock(101_000, 61_000);
  assert.equal(hold.reason, null);
});

test('a disk that cannot be asked is not taken for a full one; one that does not answer is asked once', async () => {
  const hold = new HoldOrder();
  await hold.tick(0, room(0, 300 * MB));
  await hold.tick(0, async () => undefined);
  assert.equal(hold.reason, null);
  let asked = 0;
  const never = (): Promise<undefined> => {
    asked += 1;
    return new Promise(() => undefined);
  };
  void hold.tick(0, never);
  await hold.tick(0, never);
  assert.equal(asked, 1);
});
