import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarFileRow } from '../../catalog/tables.ts';
import { placeOf } from '../../sources/dashcam/harvest/place.ts';
import type { ClipDetails, ScannedFile } from '../../sources/dashcam/reader/messages.ts';
import { rowsOfDrive } from './drive-rows.ts';

const CAR = '00000000-0000-4000-8000-000000000001';
const NONE = { files: new Map<string, CarFileRow>(), events: new Map() };

function clip(path: string, details: Partial<ClipDetails> | null): ScannedFile {
  const place = placeOf(path);
  assert.ok(place);
  const whole: ClipDetails = {
    codec: 'avc1.640028',
    width: 1280,
    height: 960,
    seconds: 60,
    utc: null,
    complete: true,
    encrypted: false,
  };
  const told = details && { ...whole, ...details };
  return {
    path,
    bytes: 1000,
    print: path,
    pieces: null,
    place,
    details: told,
    event: null,
    encrypted: told?.encrypted ?? false,
  };
}

const utc = (text: string): number => Date.parse(text);
const SENTRY = 'TeslaCam/SentryClips/2026-03-01_17-02-44';

test('times come from the video; a clip without one has the zone of its neighbours', () => {
  const { files, events } = rowsOfDrive(
    CAR,
    [
      clip(`${SENTRY}/2026-03-01_17-01-05-front.mp4`, { utc: utc('2026-03-02T01:01:05Z') }),
      clip(`${SENTRY}/2026-03-01_17-01-05-back.mp4`, { complete: false, codec: null, seconds: null }),
    ],
    NONE,
  );
  assert.deepEqual(
    files.map(({ camera, start_at, start_by, zone }) => [camera, start_at, start_by, zone]),
    [
      ['front', utc('2026-03-02T01:01:05Z'), 'video', -480],
      ['back', utc('2026-03-02T01:01:05Z'), 'name', -480],
    ],
  );
  assert.deepEqual([events[0]?.at, events[0]?.at_known, events[0]?.zone], [utc('2026-03-02T01:02:44Z'), true, -480]);
});

test('where every clip is encrypted all lie on the car’s own clock, and none claims to know its time', () => {
  const encrypted = { encrypted: true, codec: null, seconds: null };
  const folder = 'TeslaCam/EncryptedClips/SentryClips/2026-06-01_17-02-44';
  const { files, events } = rowsOfDrive(
    CAR,
    [
      clip(`${folder}/2026-06-01_17-01-05-front.mp4`, encrypted),
      clip(`${folder}/2026-06-01_17-01-05-back.mp4`, encrypted),
    ],
    NONE,
  );
  for (const file of files) {
    assert.deepEqual([file.start_at, file.start_by, file.encrypted], [utc('2026-06-01T17:01:05Z'), null, true]);
    assert.equal(file.examined, true, 'nothing more can be read of it');
  }
  assert.deepEqual([events[0]?.at, events[0]?.at_known], [utc('2026-06-01T17:02:44Z'), false]);
});

test('what a look has found stays known when the next one does not open the file again', () => {
  const path = `${SENTRY}/2026-03-01_17-01-05-front.mp4`;
  const first = rowsOfDrive(CAR, [clip(path, { utc: utc('2026-03-02T01:01:05Z') })], NONE);
  const before = first.files.map((file) => ({ ...file, pieces: null }) as unknown as CarFileRow);
  const second = rowsOfDrive(CAR, [clip(path, null)], {
    files: new Map(before.map((row) => [row.id, row])),
    events: new Map(first.events.map((event) => [event.name, event])),
  });
  assert.deepEqual(second.files, first.files);
  assert.deepEqual(second.events, first.events);
});

test('a time by a name is no evidence for others: only videos tell the zone', () => {
  const far = clip('TeslaCam/RecentClips/2026-03-04_17-01-05-front.mp4', { utc: null });
  const { files } = rowsOfDrive(
    CAR,
    [
      clip('TeslaCam/RecentClips/2026-03-01_17-01-05-front.mp4', { utc: utc('2026-03-02T01:01:05Z') }),
      clip('TeslaCam/RecentClips/2026-03-02_17-01-05-front.mp4', { utc: null }),
      far,
    ],
    NONE,
  );
  assert.deepEqual(
    files.map(({ start_by }) => start_by),
    ['video', 'name', null],
  );
});
