import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planRetention, type SpoolFile } from './retention.ts';

const HOUR = 3_600_000;
const NOW = 1000 * HOUR;
const wish = { recentMs: 48 * HOUR, needed: 0, now: NOW };
const file = (sha256: string, hours: number, more: Partial<SpoolFile> = {}): SpoolFile => ({
  sha256,
  bytes: 10,
  start: NOW - hours * HOUR,
  worth: 'recent',
  pushed: true,
  ...more,
});
const names = (files: readonly SpoolFile[]): string => files.map(({ sha256 }) => sha256).join('');

describe('without need of room', () => {
  test('clips of RecentClips go after their days; events, what is young, what has no time and what the hub lacks stay', () => {
    const files = [
      file('a', 49),
      file('b', 47),
      file('c', 500, { worth: 'sentry' }),
      file('d', 500, { worth: 'saved' }),
      file('e', 500, { pushed: false }),
      file('f', 500, { start: undefined }),
      file('g', 60),
    ];
    const plan = planRetention(files, wish);
    assert.deepEqual([names(plan.age), names(plan.space), plan.unpushed, plan.short], ['ag', '', 0, 0]);
  });
});

describe('when room is needed', () => {
  const files = [
    file('s', 900, { worth: 'saved' }),
    file('t', 900, { worth: 'sentry' }),
    file('u', 5, { pushed: false }),
    file('v', 3),
    file('w', 4),
    file('x', 900, { worth: 'other' }),
    file('y', 6, { pushed: false, worth: 'saved' }),
  ];
  test('what matters least goes first, the oldest of it, and what the hub lacks last of all', () => {
    const order = (needed: number): string => names(planRetention(files, { ...wish, needed }).space);
    assert.equal(order(1), 'w');
    assert.equal(order(20), 'wv');
    assert.equal(order(50), 'wvxts');
    const forced = planRetention(files, { ...wish, needed: 60 });
    assert.deepEqual([names(forced.space), forced.unpushed], ['wvxtsu', 1]);
    assert.deepEqual(planRetention(files, { ...wish, needed: 100 }).short, 30);
  });

  test('what is old makes room first', () => {
    const plan = planRetention([...files, file('o', 100)], { ...wish, needed: 10 });
    assert.deepEqual([names(plan.age), names(plan.space)], ['o', '']);
  });

  test('never more than is needed, never what the hub lacks while anything else is there', () => {
    const any = fc.record({
      sha256: fc.uuid(),
      bytes: fc.integer({ min: 1, max: 1000 }),
      start: fc.option(fc.integer({ min: 0, max: NOW }), { nil: undefined }),
      worth: fc.constantFrom('recent' as const, 'other' as const, 'sentry' as const, 'saved' as const),
      pushed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), fc.integer({ min: 0, max: 5000 }), (all, needed) => {
        const { age, space, unpushed, short } = planRetention(all, { ...wish, needed });
        const sum = (list: readonly SpoolFile[]): number => list.reduce((bytes, one) => bytes + one.bytes, 0);
        const gone = new Set([...age, ...space]);
        assert.equal(gone.size, age.length + space.length);
        assert.equal(short, Math.max(0, needed - sum([...gone])));
        if (space.length > 0) assert.ok(sum(age) + sum(space.slice(0, -1)) < needed);
        if (unpushed > 0) assert.ok(all.every((one) => !one.pushed || gone.has(one)));
        assert.ok(age.every((one) => one.pushed && one.worth === 'recent'));
      }),
    );
  });
});
