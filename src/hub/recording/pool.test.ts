import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { silentLog } from '../../base/log.ts';
import { monotonicMs, wallMs } from '../../base/units.ts';
import type { OpenExtent } from '../../contract/recorder.ts';
import { CameraStates } from './camera-states.ts';
import { Extents } from './extents.ts';
import { type Lease, Pool } from './pool.ts';
import { Roster } from './roster.ts';

const LEASE_MS = 2000;
const STEP_MS = 250;

interface Held {
  token: number;
  /** When its first fragment is there, ms. */
  firstAt: number;
}

/** A pool with recorders that behave, in a time of their own. */
class World {
  now = 10_000;
  readonly cameras: string[];
  readonly leases = new Map<string, { recorder: string | null; token: number; until: number }>();
  readonly recorders = new Map<string, SimulatedRecorder>();
  readonly roster = new Roster(LEASE_MS);
  readonly extents = new Extents();
  readonly states = new CameraStates(() => undefined);
  readonly pool: Pool;
  /** Cameras that nobody can take over with a second connection. */
  readonly single = new Set<string>();
  moves = 0;
  #token = 0;

  constructor(cameras: number) {
    this.cameras = Array.from({ length: cameras }, (_, at) => `camera-${at}`);
    this.pool = new Pool({
      leases: {
        heartbeat: async (request) => {
          const mine: Lease[] = [];
          const claim = (cameraId: string): void => {
            this.leases.set(cameraId, {
              recorder: request.recorderId,
              token: ++this.#token,
              until: this.now + LEASE_MS,
            });
          };
          for (const cameraId of this.cameras) {
            const lease = this.leases.get(cameraId);
            if (request.released.includes(cameraId)) {
              if (lease?.recorder === request.recorderId) this.leases.delete(cameraId);
              continue;
            }
            if (lease?.recorder === request.recorderId) {
              const known = request.holding.some((one) => one.cameraId === cameraId && one.token === lease.token);
              if (known) lease.until = this.now + LEASE_MS;
              else claim(cameraId);
            } else {
              const over =
                lease !== undefined && lease.until < this.now && !request.alive?.includes(lease.recorder ?? '');
              const free = lease === undefined || lease.recorder === null || over;
              if (!free || mine.length >= request.limit) continue;
              claim(cameraId);
            }
            mine.push({ cameraId, token: this.leases.get(cameraId)?.token ?? 0, revision: 1 });
          }
          return mine;
        },
        move: async (cameraId, from, to) => {
          const lease = this.leases.get(cameraId);
          if (lease?.recorder !== from) return undefined;
          this.moves++;
          this.leases.set(cameraId, { recorder: to, token: ++this.#token, until: this.now + LEASE_MS });
          return this.#token;
        },
        release: async (id) => {
          for (const lease of this.leases.values()) if (lease.recorder === id) lease.recorder = null;
        },
        invalidate: () => undefined,
      },
      roster: this.roster,
      extents: this.extents,
      states: this.states,
      clock: { wall: () => wallMs(this.now), monotonic: () => monotonicMs(this.now) },
      log: silentLog,
      isPaused: () => false,
      hurry: (id) => {
        const recorder = this.recorders.get(id);
        if (recorder) recorder.nextAt = 0;
      },
      watch: { held: () => undefined, dropped: () => undefined },
    });
    this.pool.enabled = cameras;
  }

  join(id: string, capacity = 100): SimulatedRecorder {
    const recorder = new SimulatedRecorder(this, id);
    this.recorders.set(id, recorder);
    this.roster.add({ id, host: 'h', capacity, since: this.now, draining: false, seen: this.now, seenWall: 0 });
    return recorder;
  }

  async pass(ms: number): Promise<void> {
    for (const until = this.now + ms; this.now < until; ) {
      this.now += STEP_MS;
      for (const recorder of this.recorders.values()) await recorder.step();
      this.pool.sweep();
      for (let turns = 0; turns < 3; turns++) await settled();
    }
  }

  /** Who records it now: has a connection, and its first fragment. */
  recording(cameraId: string): string[] {
    return [...this.recorders.values()]
      .filter((recorder) => recorder.alive && (recorder.held.get(cameraId)?.firstAt ?? Infinity) <= this.now)
      .map(({ id }) => id);
  }

  loads(): number[] {
    return [...this.recorders.values()].filter(({ alive }) => alive).map(({ held }) => held.size);
  }
}

class SimulatedRecorder {
  readonly id: string;
  readonly held = new Map<string, Held>();
  alive = true;
  paused = false;
  draining = false;
  ended = false;
  nextAt = 0;
  readonly #world: World;

  constructor(world: World, id: string) {
    this.#world = world;
    this.id = id;
  }

  async step(): Promise<void> {
    const { now, pool, roster, states, extents, recorders, single } = this.#world;
    if (!this.alive || this.paused || this.ended || now < this.nextAt) return;
    this.nextAt = now + 500;
    const known = roster.get(this.id);
    if (known === undefined) {
      roster.add({ id: this.id, host: 'h', capacity: 100, since: now, draining: false, seen: now, seenWall: 0 });
      return;
    }
    known.seen = now;
    const open: OpenExtent[] = [...this.held].map(([sourceId, { token, firstAt }]) => ({
      sourceId,
      track: 'main',
      run: `run${token}`,
      seq: 0,
      token,
      key: null,
      wallStart: firstAt,
      durationMs: Math.max(0, now - firstAt),
      bytes: 1,
      codec: 'avc1',
    }));
    extents.report(this.id, open, now);
    const holding = [...this.held].map(([cameraId, { token }]) => ({ cameraId, token, revision: 1 }));
    const { held, leaving, wait } = await pool.heartbeat(known, {
      id: this.id,
      holding,
      open,
      released: [],
      draining: this.draining,
    });
    for (const { cameraId } of holding)
      states.report(cameraId, this.id, {
        status: (this.held.get(cameraId)?.firstAt ?? Infinity) <= now ? 'recording' : 'connecting',
        since: '',
      });
    const mine = new Map(held.map((lease) => [lease.cameraId, lease.token]));
    for (const cameraId of [...this.held.keys()])
      if (!mine.has(cameraId) && !leaving.includes(cameraId)) this.held.delete(cameraId);
    for (const [cameraId, token] of mine) {
      const before = this.held.get(cameraId);
      const others = [...recorders.values()].some((other) => other !== this && other.alive && other.held.has(cameraId));
      const refused = single.has(cameraId) && others;
      if (before === undefined) this.held.set(cameraId, { token, firstAt: refused ? Infinity : now + 1000 });
      else if (before.firstAt === Infinity && !refused) before.firstAt = now + 1000;
      else before.token = token;
    }
    if (this.draining && !wait) {
      this.ended = true;
      this.alive = false;
      this.held.clear();
      await pool.gone(this.id);
    }
  }
}

test('recorders that come get their part of the cameras, and no camera is without a recorder for a moment', async () => {
  const world = new World(30);
  for (const id of ['a', 'b']) world.join(id);
  await world.pass(6000);
  for (const id of ['c', 'd']) world.join(id);
  for (let seconds = 0; seconds < 40; seconds++) {
    await world.pass(1000);
    for (const camera of world.cameras) assert.ok(world.recording(camera).length >= 1, `${camera} at ${seconds} s`);
  }
  const loads = world.loads();
  assert.ok(Math.max(...loads) - Math.min(...loads) <= 2, loads.join(' '));
  const { moves } = world;
  await world.pass(60_000);
  assert.equal(world.moves, moves, 'and then they stay');
});

test('a recorder that is told to end hands everything over first; the last one does not wait', async () => {
  const world = new World(30);
  for (const id of ['a', 'b', 'c']) world.join(id);
  await world.pass(6000);
  const leaving = world.recorders.get('b');
  assert.ok(leaving);
  leaving.draining = true;
  for (let steps = 0; !leaving.ended; steps++) {
    assert.ok(steps < 60, 'within 15 s');
    await world.pass(STEP_MS);
    for (const camera of world.cameras) assert.ok(world.recording(camera).length >= 1, camera);
  }
  await world.pass(1000);
  for (const camera of world.cameras) assert.equal(world.recording(camera).length, 1);
  for (const id of ['a', 'c']) {
    const recorder = world.recorders.get(id);
    if (recorder) recorder.draining = true;
  }
  // One may hear first that the other is to take over.
  await world.pass(4000);
  assert.deepEqual(
    [...world.recorders.values()].map(({ ended }) => ended),
    [true, true, true],
  );
});

test('a recorder that dies is replaced two seconds later, one whose process is known to have ended at once', async () => {
  const world = new World(10);
  const [a, b] = [world.join('a'), world.join('b')];
  await world.pass(6000);
  b.alive = false;
  const lost = [...b.held.keys()];
  await world.pass(3000);
  assert.ok(lost.every((camera) => a.held.has(camera)));
  const c = world.join('c');
  await world.pass(40_000);
  assert.ok(c.held.size >= 4);
  const died = [...c.held.keys()];
  c.alive = false;
  await world.pool.gone('c');
  await world.pass(500);
  assert.ok(died.every((camera) => a.held.has(camera)));
});

test('one recorder that is slow for some seconds, with nobody to stand in for it, goes on under the same tokens', async () => {
  const world = new World(4);
  const only = world.join('only');
  await world.pass(4000);
  const before = [...only.held].map(([camera, { token }]) => [camera, token]);
  only.paused = true;
  await world.pass(6000);
  assert.equal(world.states.holderOf('camera-0'), undefined, 'people are told');
  only.paused = false;
  await world.pass(1000);
  assert.deepEqual(
    [...only.held].map(([camera, { token }]) => [camera, token]),
    before,
  );
  assert.equal(world.states.holderOf('camera-0'), 'only');
  only.paused = true;
  await world.pass(4000);
  const other = world.join('other');
  await world.pass(3000);
  assert.equal(other.held.size, 4);
});

test('a camera that allows one connection goes back to who has it, and is left alone then', async () => {
  const world = new World(12);
  world.join('a');
  await world.pass(6000);
  for (const camera of world.cameras) world.single.add(camera);
  const a = world.recorders.get('a');
  const tokens = new Map([...(a?.held ?? [])].map(([camera, { token }]) => [camera, token]));
  world.join('b');
  for (let seconds = 0; seconds < 60; seconds++) {
    await world.pass(1000);
    for (const camera of world.cameras) assert.deepEqual(world.recording(camera), ['a']);
  }
  assert.ok(
    [...(a?.held ?? [])].some(([camera, { token }]) => token > (tokens.get(camera) ?? 0)),
    'it was tried',
  );
  const { moves } = world;
  await world.pass(60_000);
  assert.equal(world.moves, moves);
});

test('a hub that was stopped itself does not think its recorders dead', async () => {
  const world = new World(8);
  for (const id of ['a', 'b']) world.join(id);
  await world.pass(6000);
  const before = world.cameras.map((camera) => world.leases.get(camera)?.token);
  world.now += 20_000;
  world.pool.sweep();
  await settled();
  await world.pass(3000);
  assert.deepEqual(
    world.cameras.map((camera) => world.leases.get(camera)?.token),
    before,
  );
});

test('whatever happens, in the end each camera has one recorder, and each token was given once', async () => {
  const event = fc.record({
    what: fc.constantFrom('join', 'kill', 'pause', 'wake', 'drain', 'gone'),
    which: fc.nat(9),
    after: fc.integer({ min: 0, max: 6000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
      const world = new World(9);
      world.join('r0');
      await world.pass(2000);
      for (const { what, which, after } of events) {
        const all = [...world.recorders.values()];
        const recorder = all[which % all.length];
        if (what === 'join') world.join(`r${all.length}`);
        else if (recorder === undefined || recorder.ended) continue;
        else if (what === 'kill') recorder.alive = false;
        else if (what === 'pause' || what === 'wake') recorder.paused = what === 'pause';
        else if (what === 'drain') recorder.draining = true;
        else {
          recorder.alive = false;
          await world.pool.gone(recorder.id);
        }
        await world.pass(after);
      }
      for (const recorder of world.recorders.values()) recorder.paused = false;
      world.join('last');
      await world.pass(60_000);
      for (const camera of world.cameras) {
        const by = world.recording(camera);
        assert.equal(by.length, 1, `${camera} by ${by.join(', ') || 'nobody'}`);
        assert.equal(world.states.holderOf(camera), by[0]);
      }
      const tokens = [...world.recorders.values()].flatMap(({ held }) => [...held.values()].map(({ token }) => token));
      assert.equal(new Set(tokens).size, tokens.length);
    }),
    { numRuns: 30 },
  );
});
