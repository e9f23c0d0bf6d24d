import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { monotonicMs, wallMs } from '../../base/units.ts';
import type { Alert } from '../../contract/alert.ts';
import type { CameraState } from '../../contract/camera.ts';
import { AlertWatch } from './alerts.ts';
import type { WatchedCamera } from './watch.ts';

const T = 1_700_000_000_000;
const DOOR: WatchedCamera = { id: 'door', name: 'Door', enabled: true, createdAt: T, alertAfterSeconds: 30 };

async function arena(rows = new Map<string, Alert>()) {
  let now = 0;
  let state: CameraState = { status: 'recording', since: new Date(T).toISOString() };
  const events: string[] = [];
  const watch = new AlertWatch({
    store: {
      write: async (alert) => void rows.set(alert.id, alert),
      open: async () => [...rows.values()].filter(({ endedAt }) => endedAt === null),
    },
    clock: { wall: () => wallMs(T + now), monotonic: () => monotonicMs(now) },
    log: silentLog,
    stateOf: () => state,
    onAlert: ({ kind, endedAt }) => events.push(`${kind} ${endedAt === null ? 'raised' : 'ended'} ${now / 1000}`),
  });
  await watch.start([DOOR]);
  return {
    watch,
    rows,
    events,
    become: (change: Partial<CameraState>) => {
      state = { ...state, ...change };
    },
    /** @param recording whether new footage comes all the while */
    async pass(seconds: number, recording: boolean) {
      for (const until = now + seconds * 1000; now < until; ) {
        now += 1000;
        if (recording) watch.recorded([{ sourceId: 'door', token: 1, wallStart: T, durationMs: now }]);
        watch.tick();
      }
      await watch.flush();
    },
  };
}

test('thirty seconds without anything new: an alert, once, that ends with the next picture', async () => {
  const set = await arena();
  await set.pass(100, true);
  set.become({ status: 'backoff', reason: 'The camera cannot be reached.' });
  await set.pass(29, false);
  assert.deepEqual(set.events, []);
  await set.pass(60, false);
  assert.deepEqual(set.events, ['silent raised 130']);
  assert.equal(set.watch.of('door')?.reason, 'The camera cannot be reached.');
  assert.equal(set.watch.of('door')?.since, new Date(T + 100_000).toISOString());
  assert.equal(set.watch.open, 1);
  await set.pass(2, true);
  assert.deepEqual(set.events, ['silent raised 130', 'silent ended 190']);
  assert.equal(set.watch.of('door'), undefined);
  assert.deepEqual(
    [...set.rows.values()].map(({ endedAt }) => endedAt),
    [new Date(T + 190_000).toISOString()],
  );
});

test('a picture that does not change at all is an alert although footage comes', async () => {
  const set = await arena();
  await set.pass(60, true);
  set.become({ frozenSince: new Date(T + 50_000).toISOString() });
  await set.pass(19, true);
  assert.deepEqual(set.events, []);
  await set.pass(10, true);
  assert.deepEqual(set.events, ['frozen raised 80']);
  await set.pass(40, false);
  assert.deepEqual(set.events.slice(1), ['frozen ended 119', 'silent raised 119']);
});

test('never, where the setting says so; and not for a camera that is disabled or gone', async () => {
  const set = await arena();
  set.watch.camerasAre([{ ...DOOR, alertAfterSeconds: 0 }]);
  await set.pass(100, false);
  assert.deepEqual(set.events, []);
  set.watch.camerasAre([DOOR]);
  await set.pass(1, false);
  assert.deepEqual(set.events, ['silent raised 101']);
  set.watch.camerasAre([{ ...DOOR, enabled: false }]);
  await set.pass(100, false);
  set.watch.camerasAre([DOOR]);
  await set.pass(29, false);
  assert.deepEqual(set.events.slice(1), ['silent ended 101']);
  assert.equal(set.watch.open, 0);
});

test('a hub that was started anew goes on with the alert', async () => {
  const first = await arena();
  await first.pass(40, false);
  const next = await arena(first.rows);
  await next.pass(10, false);
  assert.equal(next.watch.open, 1);
  await next.pass(100, false);
  assert.deepEqual(next.events, []);
  await next.pass(2, true);
  assert.equal([...next.rows.values()].filter(({ endedAt }) => endedAt === null).length, 0);
});
