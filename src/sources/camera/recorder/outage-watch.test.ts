import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import type { OutageReport } from '../../../contract/outage.ts';
import type { AccessUnit } from '../../../media/access-unit.ts';
import { OutageBook } from './outage-book.ts';
import { OutageWatch } from './outage-watch.ts';
import { PictureWatch } from './picture-watch.ts';

const T = 1_700_000_000_000;

/** A track's watch; seconds since its beginning go in and out. */
function arena() {
  let now = 0;
  const clock: Clock = { wall: () => wallMs(T + now), monotonic: () => monotonicMs(now) };
  const told = new Map<string, OutageReport>();
  const book = {
    note: (report: OutageReport) => void told.set(report.id, report),
    forget: (id: string) => told.delete(id),
  };
  const watch = new OutageWatch({ sourceId: 'x', track: 'main', clock, log: silentLog, book });
  return {
    watch,
    at(seconds: number) {
      for (; now + 1000 < seconds * 1000; now += 1000) watch.tick();
      now = seconds * 1000;
    },
    /** This process stands still. */
    pause(seconds: number) {
      now += seconds * 1000;
    },
    stored(run: string, from: number, to: number, isDropping = false) {
      watch.stored({ run, wallStart: T + from * 1000, durationMs: (to - from) * 1000 }, { isDropping });
    },
    get told() {
      const seconds = (ms: number | null) => (ms === null ? null : (ms - T) / 1000);
      return [...told.values()].map(({ cause, start, end }) => [cause, seconds(start), seconds(end)]);
    },
  };
}

test('an outage begins where what was stored ends, and ends where the next footage begins', () => {
  const set = arena();
  set.stored('a', 0, 30);
  set.at(40);
  set.watch.down('frozen', 'no picture for 10 s');
  assert.deepEqual(set.told, [['frozen', 30, null]]);
  set.stored('a', 0, 31);
  assert.deepEqual(set.told, [['frozen', 31, null]], 'the last pictures were still on their way to the disk');
  set.at(62);
  set.stored('b', 60, 61);
  assert.deepEqual(set.told, [['frozen', 31, 60]]);
  set.stored('b', 60, 65);
  assert.deepEqual(set.told, [['frozen', 31, 60]]);
});

test('a change of cause splits it, not more than once a second', () => {
  const set = arena();
  set.stored('a', 0, 30);
  set.at(30.2);
  set.watch.down('disconnected');
  set.at(30.5);
  set.watch.down('unreachable');
  assert.deepEqual(set.told, [['disconnected', 30, null]]);
  set.at(33);
  for (let again = 0; again < 5; again++) set.watch.down('unreachable');
  set.at(40);
  set.watch.down('refused');
  set.stored('b', 50, 51);
  assert.deepEqual(set.told, [
    ['disconnected', 30, 33],
    ['unreachable', 33, 40],
    ['refused', 40, 50],
  ]);
});

test('a camera that never came is away since the track was begun', () => {
  const set = arena();
  set.at(5);
  set.watch.down('unreachable');
  set.at(90);
  set.watch.stopped();
  assert.deepEqual(set.told, [['unreachable', 0, 90]]);
});

test('a hole that nobody announced has the cause of the new run, or the disk’s', () => {
  const set = arena();
  set.stored('a', 0, 30);
  set.watch.hint('clock');
  set.stored('b', 33, 34);
  set.stored('b', 40, 41, true);
  set.stored('c', 41.05, 45);
  assert.deepEqual(set.told, [
    ['clock', 30, 33],
    ['disk', 34, 40],
  ]);
});

test('after the clock was set back, holes are still seen', () => {
  const set = arena();
  set.stored('k', 3600, 3630);
  set.watch.hint('clock');
  set.stored('a', 31, 60);
  set.at(70);
  set.watch.down('disconnected');
  set.stored('b', 75, 80);
  set.stored('b', 90, 95, true);
  assert.deepEqual(set.told, [
    ['disconnected', 60, 75],
    ['disk', 80, 90],
  ]);
});

test('a hole too short to see is none', () => {
  const set = arena();
  set.stored('a', 0, 30);
  set.at(31);
  set.watch.down('disconnected');
  set.stored('b', 30.05, 31);
  assert.deepEqual(set.told, []);
});

test('a flapping camera makes one outage of many', () => {
  const set = arena();
  set.stored('a0', 0, 10);
  for (let flap = 1; flap < 20; flap++) {
    set.at(10 * 1 + flap * 1.5);
    set.watch.down('disconnected');
    set.stored(`a${String.fromCharCode(97 + flap)}`, 10 + flap * 1.5 + 0.2, 10 + flap * 1.5 + 0.4);
  }
  assert.equal(set.told.length, 1);
});

test('what breaks because this process stood still is the recorder’s', () => {
  const set = arena();
  set.at(29);
  set.stored('a', 0, 30);
  set.pause(20);
  set.watch.down('disconnected');
  assert.deepEqual(set.told, [['recorder', 30, null]]);
  set.stored('b', 50, 51);
  set.at(80);
  set.stored('b', 50, 80);
  set.watch.down('disconnected');
  assert.deepEqual(set.told.at(-1), ['disconnected', 80, null]);
});

test('missing pictures of a run are joined when they are close', () => {
  const set = arena();
  const lost = (from: number, to: number, cause: 'loss' | 'garbage' = 'loss') =>
    set.watch.missing({ run: 'a', from: T + from * 1000, to: T + to * 1000, frames: 1, missingMs: 66, cause });
  set.stored('a', 0, 30);
  lost(10, 10.2);
  lost(11, 11.2);
  lost(20, 20.2, 'garbage');
  assert.deepEqual(set.told, [
    ['loss', 10, 11.2],
    ['garbage', 20, 20.2],
  ]);
});

test('outages of a track never overlap, however it goes', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('down' as const),
      cause: fc.constantFrom('unreachable' as const, 'frozen' as const, 'disk' as const),
    }),
    fc.record({ kind: fc.constant('record' as const), forMs: fc.integer({ min: 50, max: 9000 }) }),
    fc.record({ kind: fc.constant('wait' as const), forMs: fc.integer({ min: 50, max: 9000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let now = 0;
      let run = 0;
      const clock: Clock = { wall: () => wallMs(T + now), monotonic: () => monotonicMs(0) };
      const told = new Map<string, OutageReport>();
      const book = { note: (one: OutageReport) => void told.set(one.id, one), forget: (id: string) => told.delete(id) };
      const watch = new OutageWatch({ sourceId: 'x', track: 'main', clock, log: silentLog, book });
      for (const one of steps) {
        if (one.kind === 'down') watch.down(one.cause);
        else if (one.kind === 'wait') now += one.forMs;
        else {
          const wallStart = T + now;
          now += one.forMs;
          watch.stored(
            { run: String(++run).padStart(8, '0'), wallStart, durationMs: one.forMs },
            { isDropping: false },
          );
        }
      }
      watch.stopped();
      const sorted = [...told.values()].sort((a, b) => a.start - b.start);
      for (const [index, outage] of sorted.entries()) {
        assert.ok(outage.end !== null && outage.end >= outage.start);
        const next = sorted[index + 1];
        if (next) assert.ok(outage.end <= next.start, `${outage.end} is after ${next.start}`);
      }
    }),
  );
});

/** Pictures at 15 a second, some of them left out. */
function units(count: number, left: (frame: number) => AccessUnit['missing'] | 'gone', delayMs = 0): AccessUnit[] {
  const list: AccessUnit[] = [];
  for (let frame = 0; frame < count; frame++) {
    const missing = left(frame);
    if (missing === 'gone') continue;
    const time = mediaTime(frame * 6000);
    const arrival = wallMs(T + Math.round((frame * 1000) / 15) + delayMs);
    const unit: AccessUnit = { kind: 'video', data: [], size: 1, key: false, pts: time, dts: time, arrival };
    list.push(missing === undefined ? unit : { ...unit, missing });
  }
  return list;
}

test('a picture that is lost is missing from the one before to the one after', () => {
  const watch = new PictureWatch();
  const gone = new Set([40, 41, 42]);
  const jumps = units(60, (frame) => (gone.has(frame) ? 'gone' : frame === 43 ? { lost: 3, damaged: 1 } : undefined))
    .map((unit) => watch.sample(unit))
    .filter((jump) => jump !== undefined);
  assert.deepEqual(jumps, [{ from: T + 2600, to: T + 2866, frames: 3, missingMs: 200, why: 'lost' }]);
});

test('a camera that changes its rate loses nothing', () => {
  const watch = new PictureWatch();
  for (const unit of units(600, (frame) => (frame > 100 && frame % 15 !== 0 ? 'gone' : undefined)))
    assert.equal(watch.sample(unit), undefined);
});

test('packets that were lost without a picture are no gap', () => {
  const watch = new PictureWatch();
  for (const unit of units(60, (frame) => (frame === 30 ? { lost: 3, damaged: 0 } : undefined)))
    assert.equal(watch.sample(unit), undefined);
});

const outage = (n: number, over: Partial<OutageReport> = {}): OutageReport => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  sourceId: '00000000-0000-4000-8000-000000000001',
  track: 'main',
  start: T + n * 1000,
  end: T + n * 1000 + 500,
  cause: 'loss',
  ...over,
});

test('the book tells again what has changed since, forgets what the hub has, and is bounded', () => {
  const book = new OutageBook(10);
  book.note(outage(1, { end: null }));
  const batch = book.batch();
  book.note(outage(1));
  book.acknowledged(batch);
  assert.deepEqual(book.batch().outages, [outage(1)]);
  book.acknowledged(book.batch());
  assert.equal(book.waiting, 0);
  for (let n = 1; n <= 100; n++) book.note(outage(n, n === 50 ? { cause: 'frozen', end: T + 50_900 } : {}));
  assert.equal(book.waiting, 10);
  const { outages } = book.batch();
  assert.equal(outages[0]?.start, T + 1000);
  assert.equal(outages.at(-1)?.end, T + 100_500);
});

test('the book comes back from its file; what was going on has ended by then', () => {
  const book = new OutageBook();
  book.note(outage(1));
  book.note(outage(2, { end: null, cause: 'frozen' }));
  book.stepped({ id: outage(3).id, at: T, byMs: 3_600_000 });
  const next = new OutageBook();
  assert.equal(next.load(book.save(T + 60_000)), true);
  assert.deepEqual(next.batch().outages, [outage(1), outage(2, { end: T + 60_000, cause: 'frozen' })]);
  assert.equal(next.batch().clockSteps.length, 1);
  assert.equal(next.load('{"at":'), false);
  assert.equal(next.load('{"at":1,"outages":[{"id":1}],"clockSteps":[]}'), false);
});
