import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { monotonicMs, wallMs } from '../../base/units.ts';
import type { HubOutage } from '../../catalog/outages.ts';
import { HubOutageWatch, type WatchedCamera } from './watch.ts';

const T = 1_700_000_000_000;
const DOOR: WatchedCamera = {
  id: 'door',
  name: 'Door',
  enabled: true,
  createdAt: T - 9_000_000,
  alertAfterSeconds: 30,
};

/** A watch whose catalog is in memory. All times in and out are seconds. */
async function arena(footageUntil = 0, rows = new Map<string, HubOutage>(), cameras = [DOOR]) {
  let now = 0;
  let broken = false;
  const watch = new HubOutageWatch({
    store: {
      async write(outage) {
        if (broken) throw new Error('the database is away');
        rows.set(outage.id, outage);
      },
      remove: async (id) => void rows.delete(id),
      open: async () => [...rows.values()].filter(({ end }) => end === null),
      newestFootage: async () => new Map(cameras.map(({ id }) => [id, T + footageUntil * 1000])),
    },
    clock: { wall: () => wallMs(T + now), monotonic: () => monotonicMs(now) },
    log: silentLog,
  });
  await watch.start(cameras);
  return {
    watch,
    rows,
    break: (value: boolean) => {
      broken = value;
    },
    async at(seconds: number) {
      for (; now < seconds * 1000; now += 500) {
        watch.tick();
        await watch.flush();
      }
      watch.tick();
      await watch.flush();
    },
    footage: (token: number, from: number, to: number) =>
      watch.recorded([{ sourceId: 'door', token, wallStart: T + from * 1000, durationMs: (to - from) * 1000 }]),
    get told() {
      return [...rows.values()]
        .sort((a, b) => a.start - b.start)
        .map(({ cause, start, end }) => [cause, (start - T) / 1000, end === null ? null : (end - T) / 1000]);
    },
  };
}

test('a recorder that dies leaves a gap up to the first footage of the next', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, 0, 10);
  await set.at(10);
  set.watch.dropped('door');
  await set.at(12);
  set.watch.held('door', 'two', 2);
  await set.at(14);
  assert.deepEqual(set.told, [['recorder', 10, null]]);
  set.footage(1, 0, 11);
  assert.equal(set.told.at(-1)?.[2], null, 'the dead one’s last word ends nothing');
  set.footage(2, 13.5, 14.5);
  await set.at(15);
  assert.deepEqual(set.told, [['recorder', 10, 13.5]]);
});

test('a recorder that was started anew has a new lease: the same', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, 0, 10);
  await set.at(12);
  set.watch.held('door', 'one', 2);
  set.footage(2, 12.5, 13);
  await set.at(14);
  assert.deepEqual(set.told, [['recorder', 10, 12.5]]);
});

test('a hand-over that overlaps is none, and neither is a silence in which recording went on', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, 0, 10);
  await set.at(10);
  set.watch.held('door', 'two', 2);
  set.footage(1, 0, 12);
  set.footage(2, 9.5, 12);
  await set.at(30);
  set.watch.dropped('door');
  await set.at(35);
  set.watch.held('door', 'two', 2);
  set.footage(2, 9.5, 35);
  await set.at(40);
  assert.deepEqual(set.told, []);
});

test('when nobody takes it over it is not the dead recorder’s fault any more', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, 0, 10);
  await set.at(10);
  set.watch.dropped('door');
  await set.at(60);
  const [first, second] = set.told;
  assert.deepEqual([first?.[0], first?.[1], second?.[0], second?.[2]], ['recorder', 10, 'no-recorder', null]);
  assert.equal(first?.[2], second?.[1]);
});

test('a hub that starts: the time since the last footage is explained, unless a recorder went on', async () => {
  const alone = await arena(-100);
  alone.watch.held('door', 'one', 5);
  alone.footage(5, 2, 3);
  await alone.at(10);
  assert.deepEqual(alone.told, [['recorder', -100, 2]]);
  const together = await arena(-100);
  together.watch.held('door', 'one', 5);
  together.footage(5, -120, 1);
  await together.at(10);
  assert.deepEqual(together.told, []);
  const again = await arena(
    -100,
    new Map([['x', { id: 'x', sourceId: 'door', track: null, cause: 'no-recorder', start: T - 50_000, end: null }]]),
  );
  again.footage(5, 2, 3);
  await again.at(10);
  assert.deepEqual(again.told, [['no-recorder', -50, 2]]);
});

test('footage of a time to come, from before the clock was set back, does not hide where footage ended', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, -1, 1);
  set.footage(1, 3600, 3620);
  set.footage(1, 0, 10);
  await set.at(13);
  set.watch.dropped('door');
  await set.at(20);
  assert.deepEqual(set.told, [['recorder', 10, null]]);
});

test('disabled from the moment on that it is, until it is enabled; then until the first footage', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, 0, 10);
  await set.at(10);
  set.watch.camerasAre([{ ...DOOR, enabled: false }]);
  set.watch.dropped('door');
  set.footage(1, 0, 10.5);
  await set.at(100);
  assert.deepEqual(set.told, [['disabled', 10, null]]);
  set.watch.camerasAre([DOOR]);
  set.watch.held('door', 'one', 2);
  set.footage(2, 102, 103);
  await set.at(110);
  assert.deepEqual(set.told, [
    ['disabled', 10, 100],
    ['no-recorder', 100, 102],
  ]);
});

test('a new camera waits for its recorder; a removed one for nothing', async () => {
  const set = await arena(0, new Map(), []);
  await set.at(5);
  set.watch.camerasAre([{ ...DOOR, createdAt: T + 5000 }]);
  await set.at(20);
  assert.deepEqual(set.told, [['no-recorder', 5, null]]);
  set.watch.camerasAre([]);
  await set.at(21);
  assert.deepEqual(set.told, [['no-recorder', 5, 20]]);
});

test('what the catalog cannot take now it takes later', async () => {
  const set = await arena();
  set.watch.held('door', 'one', 1);
  set.footage(1, 0, 10);
  await set.at(10);
  set.break(true);
  set.watch.dropped('door');
  await set.at(20);
  assert.deepEqual(set.told, []);
  set.break(false);
  set.watch.held('door', 'one', 2);
  set.footage(2, 21, 22);
  await set.at(23);
  assert.deepEqual(set.told, [['recorder', 10, 21]]);
});
