import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitReader } from './bits.ts';
import { encodeFlacFrame, flacAudioConfig } from './flac.ts';
import { decodeG711 } from './g711.ts';

/** A decoder for just what the encoder writes; that others read it too is checked in test/rtsp with FFmpeg's. */
function decode(frame: Uint8Array): { samples: number[]; position: number } {
  const r = new BitReader(frame, 'FLAC');
  assert.equal(r.bits(16), 0xfff9);
  assert.equal(r.bits(4), 7);
  r.skip(4 + 4 + 3 + 1);
  let position = r.bits(8);
  const extra = position < 0x80 ? 0 : Math.clz32(~(position << 24)) - 1;
  if (extra > 0) position &= (1 << (6 - extra)) - 1;
  for (let i = 0; i < extra; i += 1) {
    assert.equal(r.bits(2), 2);
    position = position * 64 + r.bits(6);
  }
  const size = r.bits(16) + 1;
  r.skip(8 + 1);
  const type = r.bits(6);
  const unary = (): number => {
    let zeros = 0;
    while (!r.flag()) zeros += 1;
    return zeros;
  };
  const wasted = r.flag() ? unary() + 1 : 0;
  const depth = 16 - wasted;
  const signed = (): number => {
    const value = r.bits(depth);
    return value >= 2 ** (depth - 1) ? value - 2 ** depth : value;
  };
  const values: number[] = [];
  if (type === 0) values.push(...Array<number>(size).fill(signed()));
  else if (type === 1) for (let i = 0; i < size; i += 1) values.push(signed());
  else {
    const order = type & 7;
    for (let i = 0; i < order; i += 1) values.push(signed());
    assert.equal(r.bits(6), 0);
    const parameter = r.bits(4);
    const weights = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]][order] ?? [];
    while (values.length < size) {
      const folded = unary() * 2 ** parameter + r.bits(parameter);
      const residual = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      values.push(weights.reduce((sum, weight, i) => sum + weight * (values[values.length - 1 - i] ?? 0), residual));
    }
  }
  return { samples: values.map((value) => value * 2 ** wasted), position };
}

test('property: FLAC is lossless for any samples at any position', () => {
  const samples = fc.oneof(
    fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 16, maxLength: 200 }),
    fc.array(
      fc.integer({ min: -20, max: 20 }).map((n) => n * 8),
      { minLength: 16, maxLength: 1024 },
    ),
    fc
      .tuple(fc.integer({ min: -32_768, max: 32_767 }), fc.integer({ min: 16, max: 4096 }))
      .map(([n, count]) => Array<number>(count).fill(n)),
  );
  fc.assert(
    fc.property(samples, fc.integer({ min: 0, max: 2 ** 36 - 1 }), (input, position) => {
      const decoded = decode(encodeFlacFrame([Int16Array.from(input)], 8000, position));
      assert.deepEqual(decoded.samples, input);
      assert.equal(decoded.position, position);
    }),
  );
});

test('a tone costs less than half of its samples', () => {
  const codes = Uint8Array.from({ length: 1024 }, (_, i) => 0xd5 ^ Math.round(20 + 20 * Math.sin(i / 9)));
  const samples = new Int16Array(1024);
  decodeG711('alaw', codes, samples);
  assert.ok(encodeFlacFrame([samples], 8000, 0).length < 1024 * 1.6);
});

test('G.711: silence, loudest and signs are those of the tables', () => {
  const out = new Int16Array(4);
  decodeG711('ulaw', Uint8Array.from([0xff, 0x7f, 0x80, 0x00]), out);
  assert.deepEqual(
    [...out].map((n) => n + 0),
    [0, 0, 32_124, -32_124],
  );
  decodeG711('alaw', Uint8Array.from([0xd5, 0x55, 0xaa, 0x2a]), out);
  assert.deepEqual([...out], [8, -8, 32_256, -32_256]);
});

test('STREAMINFO says rate, one channel, 16 bits', () => {
  const { description } = flacAudioConfig(8000);
  assert.equal(description.length, 38);
  const r = new BitReader(description, 'STREAMINFO');
  assert.equal(r.bits(32), 0x80000022);
  r.skip(16 + 16 + 24 + 24);
  assert.deepEqual([r.bits(20), r.bits(3), r.bits(5)], [8000, 0, 15]);
});
