/** The rules for events that have lost their video, and for what a parked car films. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byTime, clipsFor, type OwnClip } from './fill.ts';
import { type Motion, parkedClips } from './parked.ts';

const MINUTE = 60_000;
const noon = Date.UTC(2026, 2, 1, 12);

describe('an event whose video the car has lost', () => {
  const own = (minute: number, track: string, more: Partial<OwnClip> = {}): OwnClip => ({
    sha256: `${minute} ${track}`,
    track,
    start: noon + minute * MINUTE,
    seconds: 59.8,
    complete: true,
    ...more,
  });
  const all = byTime(
    Array.from({ length: 40 }, (_, at) => at - 20).flatMap((minute) => [own(minute, 'front'), own(minute, 'back')]),
  );
  const minutes = (found: readonly string[]): number[] => [...new Set(found.map((id) => Number(id.split(' ')[0])))];

  test('is filled with the ten minutes before it and the one after', () => {
    const found = clipsFor(noon + 5_000, [], all);
    assert.deepEqual(minutes(found), [-10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1]);
    assert.equal(found.length, 24);
  });

  test('that has kept a part gets what it lacks of its own minutes', () => {
    const kept = [own(-2, 'front', { sha256: 'a' }), own(0, 'front', { sha256: 'b' }), own(0, 'back', { sha256: 'c' })];
    assert.deepEqual(clipsFor(noon + 5_000, kept, byTime([...all, ...kept])), ['-2 back', '-1 back', '-1 front']);
  });

  test('gets whole clips only, and a whole one beside its own cut one', () => {
    const cut = own(0, 'front', { sha256: 'cut', complete: false });
    const few = byTime([cut, own(0, 'front'), own(0, 'back', { complete: false })]);
    assert.deepEqual(clipsFor(noon, [cut], few), ['0 front']);
  });

  test('with all of its video gets nothing', () => {
    const kept = [own(-1, 'front'), own(-1, 'back'), own(0, 'front'), own(0, 'back')];
    assert.deepEqual(clipsFor(noon, kept, all), []);
    assert.deepEqual(clipsFor(noon - 500 * MINUTE, [], all), []);
  });
});

describe('what a parked car films is left out only by proof', () => {
  const clip = (minute: number, motion: Motion, camera = 'front') => ({
    path: `${minute}-${camera}`,
    start: noon + minute * MINUTE + (camera === 'front' ? 0 : 1000),
    motion,
  });
  const left = (clips: ReturnType<typeof clip>[], events: readonly number[] = []): string[] =>
    [...parkedClips(clips, events)].sort();

  test('a minute whose telemetry says parked, in any camera', () => {
    assert.deepEqual(left([clip(0, 'parked'), clip(0, 'silent', 'back')]), ['0-back', '0-front']);
  });

  test('not one in which any camera saw it move, or that could not be read', () => {
    assert.deepEqual(left([clip(0, 'parked'), clip(0, 'moving', 'back')]), []);
    assert.deepEqual(left([clip(0, 'parked'), clip(0, 'unknown', 'back')]), []);
  });

  test('a silent minute only where the firmware speaks, and not beside one that moves', () => {
    assert.deepEqual(left([clip(0, 'silent'), clip(1, 'silent')]), []);
    assert.deepEqual(left([clip(0, 'moving'), clip(1, 'silent'), clip(10, 'silent')]), ['10-front']);
    assert.deepEqual(left([clip(0, 'silent'), clip(10, 'moving')]), []);
  });

  test('not around an event', () => {
    const clips = [-12, -5, 0, 1, 5].map((minute) => clip(minute, 'parked'));
    assert.deepEqual(left(clips, [noon]), ['-12-front', '5-front']);
  });
});
