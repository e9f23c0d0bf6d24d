import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BorderFile, lookOf, whyNotBorder } from './border.ts';

const CAMERAS = ['front', 'back', 'left_repeater'];
const clip = (time: string, camera: string, more: Partial<BorderFile> = {}): BorderFile => ({
  path: `TeslaCam/RecentClips/2026-03-01_${time}-${camera}.mp4`,
  print: 'p',
  whole: true,
  ...more,
});
const minute = (time: string, more: Partial<BorderFile> = {}): BorderFile[] =>
  CAMERAS.map((camera) => clip(time, camera, more));
const why = (files: readonly BorderFile[], before: readonly BorderFile[] = files): string | undefined =>
  whyNotBorder(files, lookOf(before));

test('between two minutes: every camera has closed its clip, and nothing has changed since the last look', () => {
  assert.equal(why([...minute('17-00-05'), ...minute('17-01-09')]), undefined);
  assert.equal(why(minute('17-00-05')), undefined);
});

test('not while a camera records, or one has begun the next minute', () => {
  const last = minute('17-01-09');
  assert.match(
    why([...minute('17-00-05'), clip('17-01-09', 'front', { whole: false }), ...last.slice(1)]) ?? '',
    /front/,
  );
  assert.match(why([...minute('17-00-05'), ...last, clip('17-02-13', 'back')]) ?? '', /front, left_repeater/);
  assert.match(why([]) ?? '', /not recorded/);
});

test('not while an entry changes, also one of an event', () => {
  const files = [...minute('17-00-05'), ...minute('17-01-09')];
  assert.match(why(files, files.slice(1)) ?? '', /being written/);
  const event: BorderFile = {
    path: 'TeslaCam/SavedClips/2026-03-01_17-01-44/2026-03-01_17-00-05-front.mp4',
    print: 'a',
    whole: false,
  };
  assert.match(why([...files, event], [...files, { ...event, print: 'b' }]) ?? '', /SavedClips/);
  assert.equal(why([...files, event]), undefined, 'what a power cut has left lies still');
});

test('a clip that an earlier power cut has left open is no obstacle, and one of the newest minute is', () => {
  assert.equal(why([clip('16-55-05', 'front', { whole: false }), ...minute('17-01-09')]), undefined);
  assert.match(why([...minute('17-01-09').slice(1), clip('17-01-10', 'front', { whole: false })]) ?? '', /front/);
});
