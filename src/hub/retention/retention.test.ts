import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../base/log.ts';
import { Retention, type RetentionShelf, type StoredSegment } from './retention.ts';
import { Space } from './space.ts';

const LIBRARY = 'lib';

/** A catalog and a library in memory; `diesAt` throws at that step, as a crash would. */
function world(options: {
  count: number;
  bytes?: number;
  limit?: number | null;
  free?: () => number;
  floor?: number;
  marker?: string;
  /** A look answers with all there is, as it does of many cameras. */
  whole?: boolean;
  monotonic?: () => number;
}) {
  const rows = new Map<number, StoredSegment & { marked: boolean }>();
  const files = new Set<string>(['s/unknown.mp4']);
  for (let id = 1; id <= options.count; id++) {
    const segment = { id, sourceId: 's', track: 'main', key: `s/${id}.mp4`, start: id * 1000 - 1000, end: id * 1000 };
    rows.set(id, { ...segment, bytes: options.bytes ?? 100, store: 0, shadow: false, marked: false });
    files.add(`s/${id}.mp4`);
  }
  const used = new Set<string>();
  const protections: { track: null; start: number; end: number }[] = [];
  const said: string[] = [];
  let stuck = (_key: string): boolean => false;
  let removing = (_key: string): void => undefined;
  let steps = 0;
  let diesAt = Number.POSITIVE_INFINITY;
  const step = (): void => {
    if (++steps >= diesAt) throw new Error('crash');
  };
  const total = (): number => [...rows.values()].filter((row) => !row.marked).reduce((sum, row) => sum + row.bytes, 0);
  const shelf: RetentionShelf = {
    look: async (wish) => {
      const limit = options.whole ? Number.POSITIVE_INFINITY : wish.limit;
      const all = [...rows.values()].filter((row) => !row.marked).sort((a, b) => a.end - b.end);
      const segments = all.slice(0, limit);
      const list = {
        class: 'plain' as const,
        segments: segments.map((row) => ({ ...row, id: String(row.id) })),
        complete: all.length <= limit,
      };
      const source = {
        id: 's',
        demo: false,
        days: null,
        momentDays: null,
        moments: [],
        protections,
        lists: [list],
      };
      return {
        sources: [{ ...source, bytes: options.limit ?? null, totalBytes: total(), protectedBytes: 0 }],
        segments: new Map(segments.map((row) => [String(row.id), row])),
      };
    },
    changed: () => undefined,
    mark: async (segments) => {
      step();
      for (const segment of segments) rows.set(segment.id, { ...segment, marked: true });
    },
    marked: async (limit, after) => [...rows.values()].filter((row) => row.marked && row.id > after).slice(0, limit),
    forget: async (segments) => {
      step();
      for (const segment of segments) {
        assert.ok(!files.has(segment.key), 'a row goes only after its file');
        rows.delete(segment.id);
      }
    },
    purge: async () => undefined,
  };
  const measure = async () => ({ free: options.free?.() ?? 1e12, total: 1e12 });
  const space = new Space(measure, options.floor ?? 1000, options.monotonic);
  const blobs = {
    readMarker: async () => options.marker ?? LIBRARY,
    delete: async (key: string) => {
      step();
      assert.ok(
        [...rows.values()].some((row) => row.key === key && row.marked),
        'a file goes only when its row is marked',
      );
      removing(key);
      if (stuck(key)) throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
      files.delete(key);
    },
  };
  const retention = new Retention({
    shelf,
    log: createLog((line) => said.push(line), 'warn'),
    now: async () => 1e6,
    inUse: () => used,
    onRemoved: () => undefined,
    stores: () => [{ store: 0, space, library: LIBRARY, blobs }],
  });
  return {
    rows,
    files,
    used,
    space,
    retention,
    said,
    protect: (range: { track: null; start: number; end: number }) => protections.push(range),
    onRemoving: (then: (key: string) => void) => {
      removing = then;
    },
    refuse: (which: (key: string) => boolean) => {
      stuck = which;
    },
    crashAt: (at: number) => {
      steps = 0;
      diesAt = at;
    },
  };
}

test('invariant 7: the oldest go until the limit holds, file and row; unknown files stay', async () => {
  const { rows, files, retention } = world({ count: 500, limit: 10_000 });
  assert.equal(await retention.run(), 400);
  assert.deepEqual(
    [...rows.keys()],
    Array.from({ length: 100 }, (_, i) => 401 + i),
  );
  assert.equal(files.size, 101);
  assert.ok(files.has('s/unknown.mp4'));
});

test('invariant 7: after a crash at any step a second run finishes, and nothing else is lost', async () => {
  for (let at = 1; at < 14; at++) {
    const { rows, files, retention, crashAt } = world({ count: 12, limit: 700 });
    crashAt(at);
    await retention.run().catch((error: unknown) => assert.match(String(error), /crash/));
    crashAt(Number.POSITIVE_INFINITY);
    await retention.run();
    assert.deepEqual([...rows.keys()], [6, 7, 8, 9, 10, 11, 12], `crash at step ${at}`);
    assert.equal(files.size, 8);
  }
});

test('invariant 7: a library with a foreign marker is not deleted from', async () => {
  const { rows, retention } = world({ count: 10, limit: 100, marker: 'other' });
  assert.equal(await retention.run(), 0);
  assert.equal(rows.size, 10);
});

test('below the floor room is made, oldest first; recording does not pause', async () => {
  let free = 500;
  const { rows, files, space, retention } = world({
    count: 20,
    floor: 1000,
    free: () => free + (21 - files.size) * 100,
  });
  await retention.run();
  assert.equal(space.paused, false);
  assert.ok(!rows.has(1) && rows.has(20) && rows.size < 16);
  free = 1e9;
});

test('protected footage is not removed for room: recording pauses, and the log says why', async () => {
  const { rows, space, retention, protect, said } = world({ count: 3, floor: 1000, free: () => 500 });
  protect({ track: null, start: 0, end: 1e9 });
  await retention.run();
  await retention.run();
  assert.equal(rows.size, 3);
  assert.equal(space.paused, true);
  assert.equal(said.filter((line) => line.includes('protected or in use')).length, 1);
});

test('what is protected while a run is under way stays', async () => {
  const { rows, retention, protect, onRemoving } = world({ count: 500, limit: 10_000, whole: true });
  onRemoving((key) => {
    if (key !== 's/50.mp4') return;
    protect({ track: null, start: 250_000, end: 300_000 });
    retention.changed();
  });
  await retention.run();
  await retention.stop();
  for (let id = 251; id <= 300; id++) assert.ok(rows.has(id), String(id));
});

test('a file system that takes its time to give room back: no more goes than is needed', async () => {
  let now = 0;
  let free = 500;
  const { rows, space, retention } = world({ count: 1000, floor: 1000, free: () => free, monotonic: () => now });
  await retention.run();
  await retention.run();
  assert.equal(rows.size, 994, '600 bytes are 1100 with the 500 that were free');
  assert.equal(space.paused, false);
  now = 20_000;
  free = 1100;
  await retention.run();
  assert.equal(rows.size, 994);
  // What another program has written since is not hidden for longer.
  now = 31_000;
  free = 800;
  await retention.run();
  assert.equal(rows.size, 991);
});

test('with nothing left to remove recording pauses, and goes on when there is room again', async () => {
  let free = 500;
  const { space, retention } = world({ count: 3, floor: 1000, free: () => free });
  await retention.run();
  assert.equal(space.paused, true);
  free = 1001;
  await space.measure();
  assert.equal(space.paused, true);
  free = 2000;
  await space.measure();
  assert.equal(space.paused, false);
});

test('what a clip is reading stays', async () => {
  const { rows, used, retention } = world({ count: 5, limit: 100 });
  used.add('s/1.mp4');
  await retention.run();
  assert.deepEqual([...rows.keys()], [1]);
});

test('a file that cannot be removed does not keep the others, and goes when it can', async () => {
  const { rows, retention, refuse } = world({ count: 12, limit: 300 });
  refuse((key) => key === 's/1.mp4' || key === 's/4.mp4');
  assert.equal(await retention.run(), 7);
  assert.deepEqual([...rows.keys()], [1, 4, 10, 11, 12]);
  refuse(() => false);
  assert.equal(await retention.run(), 2);
  assert.deepEqual([...rows.keys()], [10, 11, 12]);
});

test('a library from which nothing can be removed: one batch is marked, not all, and recording pauses', async () => {
  const { rows, space, retention, refuse } = world({ count: 1000, floor: 1000, free: () => 500, bytes: 1 });
  refuse(() => true);
  for (let run = 0; run < 3; run++) assert.equal(await retention.run(), 0);
  assert.equal([...rows.values()].filter((row) => row.marked).length, 200);
  assert.equal(space.paused, true);
});
