import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseEventJson } from './event-json.ts';

const parse = (text: string): ReturnType<typeof parseEventJson> => parseEventJson(Buffer.from(text));
const panic =
  '{"timestamp":"2026-03-01T17:02:40","city":"Springfield","street":"Elm St","est_lat":"44.0462","est_lon":"-123.022","reason":"sentry_panic_accel_0.903371","camera":"7"}';

describe('event.json', () => {
  test('all that it says', () => {
    assert.deepEqual(parse(panic), {
      local: Date.UTC(2026, 2, 1, 17, 2, 40),
      reason: 'sentry_panic_accel_0.903371',
      kind: 'panic',
      g: 0.903371,
      camera: 'back',
      city: 'Springfield',
      street: 'Elm St',
      latitude: 44.0462,
      longitude: -123.022,
      damaged: false,
    });
  });

  for (const [reason, kind] of [
    ['user_interaction_honk', 'honk'],
    ['user_interaction_dashcam_launcher_action_tapped', 'saved'],
    ['sentry_aware_object_detection', 'sentry'],
    ['sentry_locked_handle_pulled', 'sentry'],
    ['sentry_panic_accel_1.5', 'panic'],
    ['vehicle_auto_emergency_braking', 'crash-avoidance'],
    ['something_new', 'other'],
  ] as const)
    test(reason, () => {
      const found = parse(`{"reason":"${reason}"}`);
      assert.deepEqual([found.kind, found.reason], [kind, reason]);
    });

  test('an empty city, no place and numbers that are none', () => {
    const found = parse('{"timestamp":"soon","city":"","est_lat":"0","est_lon":"0","camera":"9"}');
    assert.deepEqual(
      [found.local, found.city, found.latitude, found.longitude, found.camera],
      [undefined, undefined, undefined, undefined, undefined],
    );
    assert.equal(parse('{"est_lat":"91","est_lon":"5"}').latitude, undefined);
  });

  test('a file that is cut gives what is left of it', () => {
    for (let length = 0; length < panic.length; length += 1) {
      const found = parse(panic.slice(0, length));
      assert.ok(found.damaged);
      if (length > 120) assert.equal(found.city, 'Springfield');
    }
  });

  test('any bytes are an event without anything, or with something', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseEventJson(Buffer.from(bytes))));
  });
});
