import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stats } from '../contract/stats.ts';
import { words } from './stats.ts';

const time = '2026-11-21T18:05:00.000Z';
const sum = { coveredMs: 600_000, missingMs: {}, percent: 100 };
const quiet: Stats = {
  time,
  startedAt: time,
  health: { status: 'ok', version: '1', database: 'ok', library: 'ok', time },
  cameras: { total: 2, enabled: 1, recording: 1, alerting: 0 },
  recorders: { count: 1, capacity: 64 },
  orphaned: { cameras: 0, spoolFiles: 0, segments: 0 },
  coverage: { today: sum, week: { ...sum, missingMs: { frozen: 30_000, disabled: 99_000 }, percent: 99.5 } },
  storage: {
    bytes: 5e9,
    free: 5e10,
    total: 1e11,
    floor: 5e9,
    bytesPerDay: 1e10,
    daysLeft: 4.5,
    outlook: 'grows',
    cameras: [
      { id: '00000000-0000-4000-8000-000000000001', name: 'Door', bytes: 5e9, bytesPerDay: 1e10, daysKept: 30 },
    ],
    cars: [{ id: '00000000-0000-4000-8000-000000000002', name: 'Blue', bytes: 2e9 }],
  },
  queue: [],
};

test('a quiet system says so in a few lines', () => {
  assert.deepEqual(words(Stats.parse(quiet)), [
    'Health     everything works',
    'Cameras    1 of 1 recording, 2 in all',
    'Recorders  1, for 64 cameras',
    'Coverage   today 100.00 %, 7 days 99.50 %; missing: frozen 30 s',
    'Storage    5.0 GB kept, 50.0 GB free, 10.0 GB a day',
    'Outlook    the disk is full in 4.5 days; then the oldest footage makes room',
    'Jobs       none',
    '',
    'CAMERA  KEPT    A DAY    LIMIT\nDoor    5.0 GB  10.0 GB  30 days',
    '',
    'CAR   KEPT\nBlue  2.0 GB',
  ]);
});

test('what is wrong comes first', () => {
  const [health] = words({
    ...quiet,
    health: { ...quiet.health, library: 'full' },
    cameras: { ...quiet.cameras, alerting: 1 },
    orphaned: { cameras: 1, spoolFiles: 2, segments: null },
  });
  assert.equal(
    health,
    'Health     the library is full, 1 without a recorder, 1 with an alert, 2 unfinished files of recorders that are gone',
  );
});
