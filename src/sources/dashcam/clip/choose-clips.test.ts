import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../base/errors.ts';
import { chooseClips } from './choose-clips.ts';

const at = (paths: readonly string[]) => paths.map((path) => ({ path }));
const names = (chosen: ReturnType<typeof chooseClips>): string[] => chosen.clips.map(({ file }) => file.path);
const SENTRY = 'TeslaCam/SentryClips/2026-03-01_17-05-44';
const SAVED = 'TeslaCam/SavedClips/2026-02-01_08-00-10';
const STICK = at([
  `${SENTRY}/2026-03-01_17-02-05-front.mp4`,
  `${SENTRY}/2026-03-01_17-03-05-front.mp4`,
  `${SENTRY}/event.json`,
  `${SENTRY}/event.mp4`,
  `${SAVED}/2026-02-01_07-59-05-back.mp4`,
  'TeslaCam/RecentClips/2026-03-01_17-02-06-back.mp4',
  'TeslaCam/RecentClips/2026-03-01_17-30-06-back.mp4',
]);
const usage = (code: string) => (error: unknown) => error instanceof UserError && error.code === code;

test('an event’s folder: its clips, and nothing else', () => {
  const files = at(['2026-03-01_17-02-05-front.mp4', 'event.json', 'event.mp4', 'thumb.png']);
  const chosen = chooseClips(files, '2026-03-01_17-05-44', { length: 30_000 });
  assert.deepEqual(names(chosen), ['2026-03-01_17-02-05-front.mp4']);
  assert.deepEqual(chosen.event, { folder: '', name: '2026-03-01_17-05-44' });
});

test('what vidette repair has made beside a clip is of that clip', () => {
  const files = at(['2026-03-01_17-02-05-front.mp4', '2026-03-01_17-02-05-front.repaired.mp4', 'x.repaired.mp4']);
  const { clips } = chooseClips(files, '2026-03-01_17-05-44', { length: 30_000 });
  assert.deepEqual(
    clips.map(({ camera, repaired }) => [camera, repaired]),
    [
      ['front', false],
      ['front', true],
    ],
  );
});

test('a stick: an event by its name or the latest, filled from other folders of the same minutes', () => {
  for (const event of ['2026-03-01_17-05-44', 'latest', SENTRY]) {
    const chosen = chooseClips(STICK, 'stick', { event, length: 30_000 });
    assert.deepEqual(names(chosen), [STICK[0]?.path, STICK[1]?.path, STICK[5]?.path]);
    assert.equal(chosen.event?.name, '2026-03-01_17-05-44');
  }
});

test('a stick: who does not say which event is told all of them', () => {
  assert.throws(
    () => chooseClips(STICK, 'stick', { length: 30_000 }),
    (error: unknown) =>
      usage('usage')(error) && /2 events.*2026-03-01_17-05-44, 2026-02-01_08-00-10/.test(String(error)),
  );
  assert.throws(() => chooseClips(STICK, 'stick', { event: 'no', length: 1 }), usage('not-found'));
  assert.throws(() => chooseClips(at(['a.mp4']), 'stick', { length: 1 }), usage('no-footage'));
  assert.throws(() => chooseClips(at(['2026-03-01_17-02-05-front.mp4']), 'RecentClips', { length: 1 }), usage('usage'));
});

test('a stick: a time by the car’s clock or in UTC, from all folders', () => {
  const start = { kind: 'local', at: Date.UTC(2026, 2, 1, 17, 2, 30) } as const;
  assert.deepEqual(names(chooseClips(STICK, 'stick', { start, length: 30_000 })), [
    STICK[0]?.path,
    STICK[1]?.path,
    STICK[5]?.path,
  ]);
  const utc = { kind: 'utc', at: Date.UTC(2026, 2, 2, 1, 2, 30) } as const;
  assert.equal(chooseClips(STICK, 'stick', { start: utc, length: 30_000 }).clips.length, 4);
  const day = { kind: 'day', at: 3_600_000 } as const;
  assert.throws(() => chooseClips(STICK, 'stick', { start: day, length: 30_000 }), usage('usage'));
});
