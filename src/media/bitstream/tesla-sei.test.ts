import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeClip } from '../../../test/dashcam/clip.ts';
import { randomOf } from '../../../test/dashcam/random.ts';
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

  test('10,000 random and mutated messages: none throws, none takes long, none needs memory', () => {
    const random = randomOf(20_261_129);
    const whole = Buffer.from(telemetrySei(makeClip({ pictures: 1 }).pictures[0]?.telemetry as CarTelemetry));
    let longest = 0;
    let read = 0;
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 10_000; round += 1) {
      let nal: Buffer;
      if (round % 2 === 0) {
        // As long as any that is looked at, and longer.
        nal = Buffer.concat([Buffer.of(6, 5), random.bytes(60 + random.below(round % 50 === 0 ? 6000 : 200))]);
        if (round % 4 === 0) nal.fill(0x42, 3, 3 + random.below(40)).fill(0x69, 43, 44);
      } else {
        nal = Buffer.from(whole);
        for (let change = 0; change <= random.below(8); change += 1) {
          const at = 2 + random.below(nal.length - 2);
          if (random.below(4) === 0)
            nal = Buffer.concat([nal.subarray(0, at), random.bytes(random.below(20)), nal.subarray(at)]);
          else nal[at] = random.below(2) === 0 ? random.below(256) : 0xff;
        }
      }
      const began = performance.now();
      if (readTeslaSei(nal)) read += 1;
      longest = Math.max(longest, performance.now() - began);
    }
    assert.ok(longest < 2000, `${longest} ms`);
    assert.ok(process.memoryUsage().rss - before < 300_000_000);
    assert.ok(read > 500 && read < 9500, `${read} were read`);
  });

  test('an unknown gear is not guessed', () => {
    assert.equal(readTeslaSei(Uint8Array.of(6, 5, 6, 0x42, 0x69, 0x10, 9, 0x18, 7, 0x80))?.gear, undefined);
    assert.equal(readTeslaSei(Uint8Array.of(6, 5, 6, 0x42, 0x69, 0x10, 9, 0x18, 7, 0x80))?.sequence, 7);
  });
});
