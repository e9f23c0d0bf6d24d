import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeClip } from '../../../../test/dashcam/clip.ts';
import { bytesReader } from '../../../media/mp4/random-reader.ts';
import { readTelemetry } from './read-telemetry.ts';

describe('telemetry of a clip', () => {
  for (const seed of [1, 2, 3])
    test(`every picture has the values of its generator, seed ${seed}`, async () => {
      const clip = makeClip({ pictures: 150, seed, sequence: seed * 31_337 });
      const { pictures, total } = await readTelemetry(bytesReader(clip.bytes, 'clip'));
      assert.equal(total, 150);
      assert.deepEqual(
        pictures.map(({ telemetry }) => telemetry),
        clip.pictures.map(({ telemetry }) => telemetry),
      );
      assert.deepEqual(
        pictures.map(({ time }) => time),
        clip.pictures.map(({ time }) => time / 10_000),
      );
    });

  test('a message belongs to the next picture, not to the one of its own number', async () => {
    const clip = makeClip({ pictures: 90, without: (picture) => picture % 10 < 3 });
    const { pictures, total } = await readTelemetry(bytesReader(clip.bytes, 'clip'));
    assert.equal(total, 90);
    const wanted = clip.pictures.flatMap(({ telemetry, time }, picture) =>
      telemetry ? [{ picture, time: time / 10_000, telemetry }] : [],
    );
    assert.equal(wanted.length, 63);
    assert.deepEqual(pictures, wanted);
  });

  test('a clip that was never closed is read as far as it goes', async () => {
    const clip = makeClip({ pictures: 60 });
    const cut = clip.pictures[40]?.offset ?? 0;
    const bytes = Buffer.from(clip.bytes.subarray(0, cut + 100));
    bytes.writeUInt32BE(0, bytes.indexOf('mdat') - 4);
    const { pictures } = await readTelemetry(bytesReader(bytes, 'clip'));
    assert.ok(pictures.length >= 40);
    for (const { picture, telemetry } of pictures) assert.equal(telemetry.sequence, clip.spec.sequence + picture);
  });

  test('no telemetry, no video and nothing at all are no telemetry', async () => {
    const parked = await readTelemetry(bytesReader(makeClip({ telemetry: false }).bytes, 'clip'));
    assert.deepEqual([parked.pictures.length, parked.total], [0, 40]);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(5000), Buffer.from('no video')])
      assert.deepEqual(await readTelemetry(bytesReader(bytes, 'x')), { pictures: [], total: 0 });
  });
});
