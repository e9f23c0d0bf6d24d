import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stretched } from './time-stretch.ts';

const RATE = 48_000;
const SPEEDS = [0.5, 0.6, 0.75, 0.9, 1.25, 1.5, 2] as const;

/** In uneven pieces, as decoders give them. */
function pull(music: Float32Array, channels: 1 | 2, speed: number): Float32Array {
  let at = 0;
  const source = () => {
    if (at >= music.length) return undefined;
    const part = music.subarray(at, at + 1013 * channels);
    at += part.length;
    return part;
  };
  const next = stretched(source, { channels, sampleRate: RATE }, speed);
  const parts: Float32Array[] = [];
  for (let part = next(); part; part = next()) parts.push(part);
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** A tick of 10 ms each half second over two quiet tones. */
const ticking = Float32Array.from({ length: 12 * RATE }, (_, n) => {
  const tones = 0.01 * Math.sin(n * 0.05) + 0.006 * Math.sin(n * 0.031);
  const since = n % (RATE / 2);
  return tones + (since < 480 && n > 1000 ? 0.7 * Math.sin(since * 0.2) * Math.exp(-since / 100) : 0);
});

for (const speed of SPEEDS)
  test(`at ${speed} times the speed every tick is heard, in its moment, neither early nor late on the average`, () => {
    const made = pull(ticking, 1, speed);
    assert.equal(made.length, Math.round(ticking.length / speed));
    const errors: number[] = [];
    for (let tick = 1; tick < 24; tick++) {
      const middle = Math.round(((tick * RATE) / 2 + 60) / speed);
      let [loud, place] = [0, 0];
      for (let n = middle - 2000; n < middle + 2000; n++) {
        const edge = ((made[n] ?? 0) - (made[n - 3] ?? 0)) ** 2;
        if (edge < 0.004) continue;
        loud += edge;
        place += edge * (n - middle);
      }
      assert.ok(loud > 0, `tick ${tick} is lost`);
      errors.push((place / loud / RATE) * 1000);
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    assert.ok(Math.abs(mean) < 2.5, `${mean} ms on the average`);
    assert.ok(
      errors.every((error) => Math.abs(error) < 8),
      errors.map((error) => error.toFixed(1)).join(' '),
    );
  });

test('a tone keeps its pitch and its strength, in both channels', () => {
  const tone = Float32Array.from({ length: 2 * 4 * RATE }, (_, n) =>
    n % 2 === 0 ? 0.5 * Math.sin((2 * Math.PI * 440 * (n >> 1)) / RATE) : 0.25,
  );
  for (const speed of SPEEDS) {
    const made = pull(tone, 2, speed);
    let [crossings, peak] = [0, 0];
    const [from, to] = [RATE / 2, Math.floor(made.length / 2) - RATE / 2];
    for (let n = from; n < to; n++) {
      const [before, now] = [made[2 * n - 2] ?? 0, made[2 * n] ?? 0];
      if (before < 0 && now >= 0) crossings++;
      peak = Math.max(peak, Math.abs(now));
      assert.ok(Math.abs((made[2 * n + 1] ?? 0) - 0.25) < 1e-6);
    }
    const hertz = (crossings * RATE) / (to - from);
    assert.ok(Math.abs(hertz - 440) < 4, `${speed}: ${hertz} Hz`);
    assert.ok(peak > 0.45 && peak < 0.51, `${speed}: ${peak}`);
  }
});

test('nothing, and less than a piece', () => {
  assert.equal(pull(new Float32Array(0), 2, 1.5).length, 0);
  assert.equal(pull(new Float32Array(300), 1, 1.5).length, 200);
});
