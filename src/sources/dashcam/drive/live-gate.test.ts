import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { milliseconds, monotonicMs } from '../../../base/units.ts';
import type { Sighting } from '../volume/stability.ts';
import { goneOnFrom, judgeLive, NOTHING_WAITS } from './live-gate.ts';

const options = { apart: milliseconds(60_000), gone: milliseconds(20_000) };
const path = 'TeslaCam/RecentClips/2026-03-01_17-00-05-front.mp4';
const seen = (more: Partial<Sighting> = {}): Sighting => ({ path, print: 'p', contents: 'c', whole: true, ...more });
const none = new Set<string>();
const first = judgeLive(NOTHING_WAITS, [seen()], none, monotonicMs(0), options);

describe('a file that the car may still be writing is never taken', () => {
  test('a look is not enough, and two are not when they are close', () => {
    assert.deepEqual([first.accepted, first.held.get(path)], [[], 'new']);
    assert.deepEqual(judgeLive(first.gate, [seen()], none, monotonicMs(59_999), options).held.get(path), 'too-soon');
    assert.deepEqual(judgeLive(first.gate, [seen()], none, monotonicMs(60_000), options).accepted, [path]);
  });

  test('the time counts from the first look at it as it is', () => {
    const second = judgeLive(first.gate, [seen()], none, monotonicMs(30_000), options);
    assert.deepEqual(judgeLive(second.gate, [seen()], none, monotonicMs(60_000), options).accepted, [path]);
    for (const more of [{ print: 'q' }, { contents: 'd' }]) {
      const changed = judgeLive(second.gate, [seen(more)], none, monotonicMs(60_000), options);
      assert.deepEqual([changed.accepted, changed.held.get(path)], [[], 'changed']);
      assert.deepEqual(judgeLive(changed.gate, [seen(more)], none, monotonicMs(119_999), options).accepted, []);
      assert.deepEqual(judgeLive(changed.gate, [seen(more)], none, monotonicMs(120_000), options).accepted, [path]);
    }
  });

  test('one that the car has gone on from waits shorter, and waits all the same', () => {
    const gone = new Set([path]);
    assert.deepEqual(judgeLive(first.gate, [seen()], gone, monotonicMs(19_999), options).accepted, []);
    assert.deepEqual(judgeLive(first.gate, [seen()], gone, monotonicMs(20_000), options).accepted, [path]);
    assert.deepEqual(judgeLive(NOTHING_WAITS, [seen()], gone, monotonicMs(90_000), options).accepted, []);
  });

  test('one that is not whole, or was gone in between, begins anew', () => {
    for (const between of [[seen({ whole: false })], []]) {
      const gap = judgeLive(first.gate, between, none, monotonicMs(30_000), options);
      assert.deepEqual(judgeLive(gap.gate, [seen()], none, monotonicMs(90_000), options).accepted, []);
    }
  });

  test('one that was accepted and could not be taken begins anew', () => {
    const taken = judgeLive(first.gate, [seen()], none, monotonicMs(60_000), options);
    assert.deepEqual(judgeLive(taken.gate, [seen()], none, monotonicMs(70_000), options).held.get(path), 'new');
  });
});

describe('the car has gone on from a clip', () => {
  const clip = (time: string, camera: string, folder = 'TeslaCam/RecentClips'): string =>
    `${folder}/2026-03-01_${time}-${camera}.mp4`;
  const minute = ['front', 'back', 'left_repeater'].map((camera) => clip('17-00-05', camera));

  test('when every camera of its minute has a later one', () => {
    assert.deepEqual(goneOnFrom(minute), new Set());
    const two = [...minute, clip('17-01-09', 'front'), clip('17-01-10', 'back')];
    assert.deepEqual(goneOnFrom(two), new Set());
    assert.deepEqual(goneOnFrom([...two, clip('17-01-09', 'left_repeater')]), new Set(minute));
  });

  test('a camera that was missing from its minute says nothing; clips of events neither', () => {
    const without = minute.slice(1);
    const next = ['back', 'left_repeater'].map((camera) => clip('17-01-09', camera));
    assert.deepEqual(goneOnFrom([...without, ...next, clip('17-01-09', 'front')]), new Set(without));
    const event = clip('16-50-05', 'front', 'TeslaCam/SentryClips/2026-03-01_17-00-44');
    assert.ok(!goneOnFrom([...minute, ...next, event]).has(event));
  });
});
