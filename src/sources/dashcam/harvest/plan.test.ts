import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseEventJson } from '../layout/event-json.ts';
import { clipKey, eventFolderKey, namedKey, plain } from './key.ts';
import { inOrder } from './order.ts';
import { type Place, placeOf } from './place.ts';

const EVENT = '2026-03-01_17-02-44';
const clip = (path: string, above: readonly string[] = []): unknown => {
  const place = placeOf(path, above);
  return place?.kind === 'clip' ? [place.ring, place.event, place.track] : place;
};

describe('what lies on a car’s drive', () => {
  for (const [path, wanted] of [
    ['TeslaCam/RecentClips/2026-03-01_17-02-05-front.mp4', ['recent', undefined, 'front']],
    ['TeslaCam/RecentClips/2026-03-01/2026-03-01_17-02-05-front.mp4', ['recent', undefined, 'front']],
    [`TeslaCam/SavedClips/${EVENT}/2026-03-01_17-02-05-back.mp4`, ['saved', EVENT, 'back']],
    [
      `TeslaCam/EncryptedClips/SentryClips/${EVENT}/2026-03-01_17-02-05-left_pillar.mp4`,
      ['sentry', EVENT, 'left_pillar'],
    ],
    ['TeslaCam/RecentClips/2026-03-01_17-02-05-camera-unknown-1.mp4', ['recent', undefined, 'unknown']],
    ['TeslaCam/SalvagedClips/unknown-time-77-camera-unknown-1.mp4', ['salvaged', undefined, 'unknown']],
    ['volume-2/TeslaCam/RecentClips/2026-03-01_17-02-05-rear_view.mp4', ['recent', undefined, 'rear_view']],
    ['2026-03-01_17-02-05-front.mp4', ['recent', undefined, 'front']],
    ['LightShow/show.fseq', undefined],
    ['TeslaCam/RecentClips/._2026-03-01_17-02-05-front.mp4', undefined],
    ['.Trashes/501/2026-03-01_17-02-05-front.mp4', undefined],
    ['TeslaTrackMode/laps-1.mp4', { kind: 'other', track: 'track-mode', name: 'laps-1.mp4' }],
    ['lost-clusters/cluster-7.bin', { kind: 'other', track: 'pieces', name: 'cluster-7.bin' }],
  ] as const)
    test(path, () => assert.deepEqual(clip(path), wanted));

  test('a folder that is itself a part of a drive', () => {
    const above = ['TeslaCam', 'SentryClips', EVENT];
    assert.deepEqual(clip('2026-03-01_17-02-05-front.mp4', above), ['sentry', EVENT, 'front']);
    assert.deepEqual(placeOf('event.json', above), {
      kind: 'event-file',
      ring: 'sentry',
      event: EVENT,
      role: 'json',
      name: 'event.json',
    });
  });
});

describe('names in the library', () => {
  const sha256 = 'a1b2c3d4e5f60718'.padEnd(64, '0');
  const local = Date.UTC(2026, 2, 1, 17, 3, 5);

  test('tell source, track and UTC; without UTC the local time, and say so', () => {
    const parts = { source: 'car', track: 'front', sha256, local, encrypted: false };
    const utc = Date.UTC(2026, 2, 2, 1, 3, 5);
    assert.equal(clipKey({ ...parts, utc }), 'car/front/2026-03-02/01/01-03-05.000Z-a1b2c3d4e5f60718.mp4');
    assert.equal(clipKey({ ...parts, utc, encrypted: true }).slice(-14), '.encrypted.mp4');
    assert.equal(clipKey({ ...parts, utc: undefined }), 'car/front/local-2026-03-01/17/17-03-05-a1b2c3d4e5f60718.mp4');
    assert.equal(
      clipKey({ ...parts, utc: undefined, local: undefined }),
      'car/front/unknown-time/a1b2c3d4e5f60718.mp4',
    );
    assert.equal(eventFolderKey('car', 'sentry', utc, local), 'car/events/2026-03-02/01-03-05Z-sentry');
    assert.equal(eventFolderKey('car', 'saved', undefined, local), 'car/events/local-2026-03-01/17-03-05-saved');
    assert.equal(namedKey('car/x', 'thumb.png', sha256, true), 'car/x/thumb-a1b2c3d4e5f60718.png');
  });

  test('a hostile name leads nowhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const safe = plain(name);
        assert.match(safe, /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/);
      }),
    );
  });
});

describe('the order', () => {
  const file = (path: string): { readonly path: string; readonly place: Place } => {
    const place = placeOf(path);
    assert.ok(place);
    return { path, place };
  };
  const json = (text: string): ReturnType<typeof parseEventJson> => parseEventJson(Buffer.from(text));

  test('saved and panic first, then sentry, then recent; in an event its trigger first', () => {
    const saved = 'TeslaCam/SavedClips/2026-03-01_16-00-00';
    const panic = 'TeslaCam/SentryClips/2026-03-01_15-00-00';
    const sentry = 'TeslaCam/SentryClips/2026-03-01_17-02-44';
    const wanted = [
      `${saved}/event.json`,
      `${saved}/2026-03-01_15-59-05-front.mp4`,
      `${panic}/event.json`,
      `${panic}/2026-03-01_14-59-05-front.mp4`,
      `${sentry}/event.json`,
      `${sentry}/thumb.png`,
      `${sentry}/2026-03-01_17-02-05-left_repeater.mp4`,
      `${sentry}/2026-03-01_17-02-06-back.mp4`,
      `${sentry}/2026-03-01_17-02-05-front.mp4`,
      `${sentry}/2026-03-01_17-01-05-left_repeater.mp4`,
      `${sentry}/2026-03-01_17-01-05-front.mp4`,
      `${sentry}/2026-03-01_17-00-05-left_repeater.mp4`,
      `${sentry}/event.mp4`,
      'TeslaCam/RecentClips/2026-03-01_17-00-05-front.mp4',
      'TeslaCam/RecentClips/2026-03-01_17-01-05-back.mp4',
      'TeslaTrackMode/telemetry-v1.csv',
    ];
    const events = new Map([
      ['saved/2026-03-01_16-00-00', undefined],
      ['sentry/2026-03-01_15-00-00', json('{"reason":"sentry_panic_accel_0.9"}')],
      [
        'sentry/2026-03-01_17-02-44',
        json('{"reason":"sentry_aware_object_detection","camera":"5","timestamp":"2026-03-01T17:02:40"}'),
      ],
    ]);
    // Of one minute and not the trigger, names decide.
    const normal = (paths: readonly string[]): string[] =>
      paths.filter((path) => !/17-02-0[56]-(back|front)/.test(path));
    fc.assert(
      fc.property(fc.shuffledSubarray(wanted, { minLength: wanted.length }), (paths) => {
        const got = inOrder(paths.map(file), events).map(({ path }) => path);
        assert.deepEqual(normal(got), normal(wanted));
        assert.deepEqual(got.slice(7, 9).sort(), wanted.slice(7, 9).sort());
      }),
      { numRuns: 30 },
    );
  });
});
