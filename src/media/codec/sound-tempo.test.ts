import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SoundTempo, tempoSteps } from './sound-tempo.ts';

const RATE = 16_000;
/** Seconds: the length of a picture of a drive. */
const PICTURE = 0.05;

/** A tone of 500 Hz in every even span of `period` seconds. */
const bursts = (seconds: number, period: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, at) =>
    Math.floor(at / RATE / period) % 2 === 0 ? 0.5 * Math.sin((2 * Math.PI * 500 * at) / RATE) : 0,
  );

function play(samples: Float32Array, speed: number): Float32Array {
  const parts: Float32Array[] = [];
  const tempo = new SoundTempo(speed, { sampleRate: RATE, channels: 1, bitrate: 32_000 }, (part) => parts.push(part));
  // In uneven pieces, as decoders give them.
  for (let at = 0; at < samples.length; at += 1013) tempo.write(samples.subarray(at, at + 1013));
  tempo.finish();
  tempo.close();
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const loud = (samples: Float32Array, from: number, to: number): number => {
  const part = samples.subarray(Math.round(from * RATE), Math.round(to * RATE));
  return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / Math.max(1, part.length));
};

for (const speed of [0.25, 0.5, 1.5, 2, 4, 8])
  test(`at ${speed} times the speed each sound is heard within a picture of its time, at its pitch`, () => {
    // Slowed down, each picture stands longer.
    const picture = PICTURE * Math.max(1, 1 / speed);
    const span = 10 * picture;
    const made = play(bursts(12 * span * speed, span * speed), speed);
    assert.ok(Math.abs(made.length / RATE - 12 * span) < 0.001, `${made.length / RATE} s`);
    for (let index = 0; index < 12; index++) {
      const level = loud(made, index * span + picture, (index + 1) * span - picture);
      if (index % 2 === 0) assert.ok(level > 0.25, `${index}: ${level}`);
      else assert.ok(level < 0.05, `${index}: ${level}`);
    }
    // Rising crossings of zero in a burst.
    let crossings = 0;
    const [from, to] = [2 * span + 2 * picture, 3 * span - 2 * picture];
    for (let at = Math.round(from * RATE); at < to * RATE; at++)
      if ((made[at] ?? 0) < 0 && (made[at + 1] ?? 0) >= 0) crossings++;
    assert.ok(Math.abs(crossings / (to - from) - 500) < 25, `${crossings / (to - from)} Hz`);
  });

test('a speed is made of steps that atempo joins', () => {
  for (const speed of [0.25, 0.3, 0.5, 1.01, 2, 3, 20]) {
    const steps = tempoSteps(speed);
    assert.ok(steps.every((step) => step >= 0.5 - 1e-9 && step <= 2 + 1e-9));
    assert.ok(Math.abs(steps.reduce((product, step) => product * step, 1) - speed) < 1e-9);
  }
  assert.equal(tempoSteps(2).length, 1);
});
