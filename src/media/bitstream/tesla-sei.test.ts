import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeClip } from '../../../test/dashcam/clip.ts';
import { telemetrySei } from '../../../test/dashcam/telemetry.ts';
import { sampleUnits } from './nal.ts';
import { type CarTelemetry, readTeslaSei } from './tesla-sei.ts';

describe('telemetry in SEI messages', () => {
  test('every picture of a clip has the values that it was made with', () => {
    const clip = makeClip({ pictures: 200 });
    for (const { offset, size, telemetry } of clip.pictures) {
      const [sei] = sampleUnits(clip.bytes.subarray(offset, offset + size));
      assert.deepEqual(sei && readTeslaSei(sei), telemetry);
    }
  });

  test('any values come back', () => {
    const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
    const short = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
    const telemetry: fc.Arbitrary<CarTelemetry> = fc.record(
      {
        version: fc.nat(),
        gear: fc.constantFrom('park', 'drive', 'reverse', 'neutral'),
        sequence: fc.maxSafeNat(),
        speed: short,
        accelerator: short,
        steering: short,
        blinkerLeft: fc.boolean(),
        blinkerRight: fc.boolean(),
        brake: fc.boolean(),
        autopilot: fc.constantFrom('none', 'self-driving', 'autosteer', 'cruise'),
        latitude: real,
        longitude: real,
        heading: real,
        acceleration: fc.tuple(real, real, real),
      },
      { noNullPrototype: true },
    );
    fc.assert(fc.property(telemetry, (car) => assert.deepEqual(readTeslaSei(telemetrySei(car)), car)));
  });

  test('what is no telemetry is none, whatever it holds', () => {
    const whole = telemetrySei({ ...(makeClip({ pictures: 1 }).pictures[0]?.telemetry as CarTelemetry) });
    for (let length = 0; length < whole.length - 2; length += 1) readTeslaSei(whole.subarray(0, length));
    assert.equal(readTeslaSei(Uint8Array.of(6, 5, 16, ...new Uint8Array(16), 0x80)), undefined);
    assert.equal(readTeslaSei(Uint8Array.of(0x65, 5, 2, 0x42, 0x69)), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readTeslaSei(Uint8Array.of(6, 5, 200, 0x42, 0x42, 0x69, ...bytes));
      }),
    );
  });

  test('an unknown gear is not guessed', () => {
    assert.equal(readTeslaSei(Uint8Array.of(6, 5, 6, 0x42, 0x69, 0x10, 9, 0x18, 7, 0x80))?.gear, undefined);
    assert.equal(readTeslaSei(Uint8Array.of(6, 5, 6, 0x42, 0x69, 0x10, 9, 0x18, 7, 0x80))?.sequence, 7);
  });
});
