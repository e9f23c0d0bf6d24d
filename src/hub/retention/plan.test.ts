import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DAY_MS,
  DEMO_BYTES,
  type Deletion,
  defaultFloor,
  planMoves,
  planRetention,
  type RetentionState,
} from './plan.ts';
import {
  classOf,
  compareValue,
  type KeptClass,
  type KeptList,
  type KeptSegment,
  type KeptSource,
  worthOf,
} from './value.ts';

const NOW = 1000 * DAY_MS;

interface Footage {
  readonly source: Omit<KeptSource, 'lists' | 'totalBytes' | 'protectedBytes'>;
  readonly segments: readonly KeptSegment[];
}

const segment = (more: Partial<KeptSegment> & { id: string }): KeptSegment => {
  const start = more.start ?? (more.end === undefined ? NOW - 1000 : more.end - 1000);
  return { track: 'main', start, end: start + 1000, bytes: 100, store: 0, shadow: false, ...more };
};
const footage = (source: Partial<Footage['source']>, segments: readonly KeptSegment[]): Footage => ({
  source: { id: 's', demo: false, days: null, bytes: null, momentDays: null, moments: [], protections: [], ...source },
  segments,
});

/** What the catalog would say: lists by class, track and library, the first `window` of each. */
function seen({ source, segments }: Footage, window = Number.POSITIVE_INFINITY): KeptSource {
  const bare = { ...source, totalBytes: 0, protectedBytes: 0, lists: [] };
  const lists = new Map<string, KeptSegment[]>();
  let protectedBytes = 0;
  for (const one of [...segments].sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))) {
    const kind = classOf(bare, one, NOW);
    if (kind === 'protected') {
      protectedBytes += one.bytes;
      continue;
    }
    const name = `${kind}/${one.track}/${one.store}`;
    lists.set(name, [...(lists.get(name) ?? []), one]);
  }
  return {
    ...source,
    totalBytes: segments.reduce((sum, one) => sum + one.bytes, 0),
    protectedBytes,
    lists: [...lists].map(
      ([name, list]): KeptList => ({
        class: name.split('/')[0] as KeptClass,
        segments: list.slice(0, window),
        complete: list.length <= window,
      }),
    ),
  };
}

interface World {
  readonly sources: readonly Footage[];
  readonly stores: RetentionState['stores'];
  readonly inUse: ReadonlySet<string>;
}

const plan = (world: World, window?: number, now = NOW) =>
  planRetention({ ...world, sources: world.sources.map((one) => seen(one, window)) }, now);
const after = (world: World, deletions: readonly Deletion[]): World => {
  const gone = new Set(deletions.map((one) => one.segment));
  return {
    ...world,
    sources: world.sources.map((one) => ({ ...one, segments: one.segments.filter(({ id }) => !gone.has(id)) })),
    stores: world.stores.map((store) => ({
      ...store,
      free:
        store.free === null
          ? null
          : store.free + deletions.filter((one) => one.store === store.store).reduce((sum, one) => sum + one.bytes, 0),
    })),
  };
};
const roomy: Omit<World, 'sources'> = { stores: [{ store: 0, free: 1e12, floor: 1e9 }], inUse: new Set() };
const ids = (deletions: readonly Deletion[]): string[] => deletions.map((one) => one.segment);

test('without limits and with room nothing goes', () => {
  const many = Array.from({ length: 10 }, (_, i) => segment({ id: `g${i}`, end: i }));
  assert.deepEqual(plan({ ...roomy, sources: [footage({}, many)] }), { deletions: [], more: false });
});

test('older than the days goes, and only that', () => {
  const list = [segment({ id: 'old', end: NOW - 2 * DAY_MS - 1 }), segment({ id: 'new', end: NOW - 2 * DAY_MS + 1 })];
  const { deletions } = plan({ ...roomy, sources: [footage({ days: 2 }, list)] });
  assert.deepEqual(
    deletions.map((one) => [one.segment, one.why]),
    [['old', 'age']],
  );
});

test('a moment keeps its footage for its own days; a protected range for ever', () => {
  const at = (days: number): number => NOW - days * DAY_MS;
  const list = [50, 40, 20, 10, 3].map((days) => segment({ id: String(days), end: at(days) }));
  const moments = [50, 20].map((days) => ({ track: null, start: at(days) - 500, end: at(days) - 500 }));
  const protections = [{ track: 'main', start: at(40) - 10, end: at(40) + 10 }];
  const kept = (momentDays: number | null): string[] => {
    const { deletions } = plan({ ...roomy, sources: [footage({ days: 7, momentDays, moments, protections }, list)] });
    return list.map((one) => one.id).filter((id) => !ids(deletions).includes(id));
  };
  assert.deepEqual(kept(30), ['40', '20', '3']);
  assert.deepEqual(kept(null), ['40', '3'], 'without days of their own moments are kept as long as the rest');
});

test('for room: shadows, then the oldest plain days, of a day second streams first, then moments', () => {
  const day = (count: number): number => NOW - count * DAY_MS;
  const list = [
    segment({ id: 'moment', start: day(9) }),
    segment({ id: 'main, old', start: day(8) }),
    segment({ id: 'sub, old', start: day(8) + 5000, track: 'sub' }),
    segment({ id: 'sub, new', start: day(2), track: 'sub' }),
    segment({ id: 'main, new', start: day(2) }),
    segment({ id: 'shadow', start: day(1), shadow: true }),
    segment({ id: 'protected', start: day(30) }),
  ];
  const moments = [{ track: null, start: day(9), end: day(9) }];
  const protections = [{ track: null, start: day(31), end: day(29) }];
  const { deletions, more } = plan({
    sources: [footage({ moments, protections }, list)],
    stores: [{ store: 0, free: 0, floor: 1e9 }],
    inUse: new Set(),
  });
  assert.deepEqual(ids(deletions), ['shadow', 'sub, old', 'main, old', 'sub, new', 'main, new', 'moment']);
  assert.equal(more, false);
});

test('for room also moments go that are older than the days, however many of them there are', () => {
  const end = NOW - 5 * DAY_MS;
  const source = footage({ days: 1, momentDays: 30, moments: [{ track: null, start: end - 5000, end }] }, [
    segment({ id: 'a', end: end - 2000 }),
    segment({ id: 'b', end: end - 1000 }),
  ]);
  const short = { stores: [{ store: 0, free: 0, floor: 50 }], inUse: new Set<string>() };
  // Only the first of them was looked at.
  assert.deepEqual(ids(plan({ ...short, sources: [source] }, 1).deletions), ['a']);
});

test('the demo camera keeps at most 2 GB; protected footage does not count against a limit', () => {
  const list = Array.from({ length: 30 }, (_, i) => segment({ id: `g${i}`, end: i * 2000 + 1000, bytes: 1e8 }));
  assert.equal(3e9 - plan({ ...roomy, sources: [footage({ demo: true }, list)] }).deletions.length * 1e8, DEMO_BYTES);
  const protections = [{ track: null, start: 0, end: 39_000 }];
  const limited = plan({ ...roomy, sources: [footage({ bytes: 1e9, protections }, list)] });
  assert.deepEqual(limited.deletions, []);
});

test('of a library that is away nothing is planned', () => {
  const list = [segment({ id: 'a', end: 5, store: 1 }), segment({ id: 'b', end: 6 })];
  const world = { ...roomy, sources: [footage({ days: 1 }, list)] };
  assert.deepEqual(ids(plan(world).deletions), ['b']);
});

test('the floor is the larger of 5 GB and 5 %', () => {
  assert.equal(defaultFloor(20e9), 5e9);
  assert.equal(defaultFloor(1000e9), 50e9);
});

test('what is old enough moves, the oldest first, and nothing in use', () => {
  const list = [3, 9, 8, 7].map((days) => segment({ id: String(days), end: NOW - days * DAY_MS }));
  const asked = list.map((one) => ({ segment: one, archiveAfterDays: 5 }));
  assert.deepEqual(
    planMoves(asked, new Set(['8']), NOW).map((one) => one.id),
    ['9', '7'],
  );
  assert.deepEqual(planMoves([{ segment: segment({ id: 'x', end: 0 }), archiveAfterDays: null }], new Set(), NOW), []);
});

const range = fc
  .record({ track: fc.constantFrom(null, 'main', 'sub'), at: fc.nat(60 * DAY_MS), length: fc.nat(3 * DAY_MS) })
  .map(({ track, at, length }) => ({ track, start: NOW - at, end: NOW - at + length + 1 }));
const world: fc.Arbitrary<World> = fc
  .record({
    sources: fc.array(
      fc.record({
        demo: fc.boolean(),
        days: fc.option(fc.integer({ min: 1, max: 40 }), { nil: null }),
        bytes: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: null }),
        momentDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null }),
        moments: fc.array(range, { maxLength: 4 }),
        protections: fc.array(range, { maxLength: 2 }),
        list: fc.array(
          fc.record({
            age: fc.nat(60 * DAY_MS),
            length: fc.nat(DAY_MS / 4),
            bytes: fc.integer({ min: 1, max: 500 }),
            track: fc.constantFrom('main', 'sub'),
            store: fc.constantFrom(0, 1),
            shadow: fc.boolean(),
          }),
          { maxLength: 25 },
        ),
      }),
      { maxLength: 4 },
    ),
    stores: fc.uniqueArray(
      fc.record({
        store: fc.constantFrom(0, 1),
        free: fc.option(fc.nat(5000), { nil: null }),
        floor: fc.nat(5000),
      }),
      { selector: (one) => one.store },
    ),
    used: fc.array(fc.nat(30), { maxLength: 4 }),
  })
  .map(({ sources, stores, used }) => ({
    stores,
    inUse: new Set(used.map((n) => `0-${n}`)),
    sources: sources.map(({ list, ...source }, s) => ({
      source: { ...source, id: `s${s}` },
      segments: list.map(({ age, length, ...one }, i) => ({
        ...one,
        id: `${s}-${i}`,
        start: NOW - age - length,
        end: NOW - age,
      })),
    })),
  }));

test('what is protected, in use or in a library that is away is never planned; nothing goes twice', () => {
  fc.assert(
    fc.property(world, (one) => {
      const { deletions } = plan(one);
      assert.equal(new Set(ids(deletions)).size, deletions.length);
      const stores = new Set(one.stores.map((store) => store.store));
      for (const { source, segments } of one.sources)
        for (const item of segments) {
          if (!ids(deletions).includes(item.id)) continue;
          assert.ok(!one.inUse.has(item.id) && stores.has(item.store));
          for (const held of source.protections)
            assert.ok(
              (held.track !== null && held.track !== item.track) || held.end <= item.start || held.start >= item.end,
            );
        }
    }),
  );
});

test('afterwards every limit holds, or nothing that may go is left; planned again, nothing goes', () => {
  fc.assert(
    fc.property(world, (one) => {
      const { deletions, more } = plan(one);
      assert.equal(more, false);
      assert.deepEqual(plan(after(one, deletions)).deletions, [], 'idempotent');
    }),
  );
});

test('no more than needed: without its last deletion for a reason, that limit would not hold', () => {
  fc.assert(
    fc.property(world, (one) => {
      const { deletions } = plan(one);
      for (const { source, segments } of one.sources) {
        const kept = seen({ source, segments });
        const mine = deletions.filter((deletion) => deletion.source === source.id);
        for (const deletion of mine.filter(({ why }) => why === 'age')) {
          const item = segments.find(({ id }) => id === deletion.segment);
          assert.ok(item && source.days !== null && item.end <= NOW - source.days * DAY_MS);
        }
        const sized = mine.filter(({ why }) => why === 'size');
        if (sized.length === 0) continue;
        const before = mine.filter(({ why }) => why === 'age').concat(sized.slice(0, -1));
        const left = kept.totalBytes - kept.protectedBytes - before.reduce((sum, { bytes }) => sum + bytes, 0);
        assert.ok(
          left >
            Math.min(source.bytes ?? Number.POSITIVE_INFINITY, source.demo ? DEMO_BYTES : Number.POSITIVE_INFINITY),
        );
      }
      for (const { store, free, floor } of one.stores) {
        const here = deletions.filter((deletion) => deletion.store === store);
        const last = here.findLast(({ why }) => why === 'space');
        if (!last || free === null) continue;
        assert.ok(free + here.filter((item) => item !== last).reduce((sum, { bytes }) => sum + bytes, 0) < floor);
      }
    }),
  );
});

test('order: for a reason nothing goes while something less valuable that could go stays', () => {
  fc.assert(
    fc.property(world, (one) => {
      const { deletions } = plan(one);
      const gone = new Set(ids(deletions));
      const all = one.sources.flatMap(({ source, segments }) => {
        const kept = { ...source, totalBytes: 0, protectedBytes: 0, lists: [] };
        return segments.flatMap((item) => {
          const kind = classOf(kept, item, NOW);
          return kind === 'protected' || one.inUse.has(item.id)
            ? []
            : [{ item, source: source.id, value: worthOf(item, kind) }];
        });
      });
      for (const why of ['size', 'space'] as const)
        for (const deletion of deletions.filter((item) => item.why === why)) {
          const it = all.find(({ item }) => item.id === deletion.segment);
          assert.ok(it);
          for (const other of all) {
            const same = why === 'size' ? other.source === deletion.source : other.item.store === deletion.store;
            const there = one.stores.some((store) => store.store === other.item.store);
            if (same && there && !gone.has(other.item.id)) assert.ok(compareValue(other.value, it.value) > 0);
          }
        }
    }),
  );
});

test('monotone: with less room, smaller limits or at a later time, what would have gone goes still', () => {
  fc.assert(
    fc.property(world, fc.nat(3000), (one, less) => {
      const gone = new Set(ids(plan(one).deletions));
      const stores = one.stores.map((store) => ({ ...store, free: store.free === null ? null : store.free - less }));
      const tighter = new Set(ids(plan({ ...one, stores }).deletions));
      for (const id of gone) assert.ok(tighter.has(id));
      const aged = new Set(
        plan(one)
          .deletions.filter(({ why }) => why === 'age')
          .map(({ segment }) => segment),
      );
      const young = plan(one, undefined, NOW - less * 1e6).deletions.filter(({ why }) => why === 'age');
      for (const { segment } of young) assert.ok(aged.has(segment), 'an earlier time finds nothing older');
    }),
  );
});

test('stable under any batch: looking at a beginning and doing a part of it, again and again, ends the same', () => {
  fc.assert(
    fc.property(world, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), (one, window, batch) => {
      const whole = new Set(ids(plan(one).deletions));
      const gone = new Set<string>();
      let now = one;
      for (;;) {
        const { deletions, more } = plan(now, window + one.inUse.size);
        const some = deletions.slice(0, batch);
        if (some.length === 0) {
          assert.equal(more, false);
          break;
        }
        for (const id of ids(some)) gone.add(id);
        now = after(now, some);
      }
      assert.deepEqual([...gone].sort(), [...whole].sort());
    }),
    { numRuns: 300 },
  );
});
