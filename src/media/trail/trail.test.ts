import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeClip } from '../../../test/dashcam/clip.ts';
import { follow, newTrail, type Step } from './trail.ts';

const PIECE = 4096;
const pieces = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, index) => {
    const piece = Buffer.alloc(PIECE);
    bytes.copy(piece, 0, index * PIECE, (index + 1) * PIECE);
    return piece;
  });

/** Follows the pieces up to the first that does not fit. */
function walk(list: readonly Buffer[]): { readonly step: Step; readonly taken: number } {
  let step: Step = { trail: newTrail, proofs: 0, broken: undefined, ended: false };
  for (const [index, piece] of list.entries()) {
    const next = follow(step.trail, piece);
    if (next.broken) return { step: next, taken: index };
    step = next;
    if (next.ended) return { step, taken: index + 1 };
  }
  return { step, taken: list.length };
}

describe('a clip is followed piece by piece', () => {
  for (const telemetry of [true, false])
    test(`to its end, ${telemetry ? 'with' : 'without'} telemetry`, () => {
      const clip = makeClip({ telemetry, pictures: 60 });
      const { step, taken } = walk(pieces(clip.bytes));
      assert.equal(step.trail.whole, clip.bytes.length);
      assert.equal(step.trail.pictures, 60);
      assert.equal(taken, Math.ceil(clip.bytes.length / PIECE));
      assert.equal(step.trail.sequence, telemetry ? clip.spec.sequence + 59 : undefined);
    });

  test('what follows the clip in its last piece does not belong to it', () => {
    const clip = makeClip();
    const other = makeClip({ camera: 1 });
    const { step } = walk(pieces(Buffer.concat([clip.bytes, other.bytes])));
    assert.equal(step.trail.whole, clip.bytes.length);
    assert.ok(step.ended);
  });

  test('a recording that was never closed is followed by its pictures', () => {
    const clip = makeClip({ pictures: 60 });
    for (const size of [0, 8]) {
      const bytes = Buffer.from(clip.bytes.subarray(0, clip.movieAt));
      bytes.writeUInt32BE(size, bytes.indexOf('mdat') - 4);
      const { step, taken } = walk(pieces(bytes).slice(0, -1));
      assert.equal(taken, pieces(bytes).length - 1);
      assert.ok(step.trail.proven > bytes.length - 3 * PIECE);
      assert.equal(step.trail.whole, undefined);
    }
  });
});

describe('a piece that does not belong here is refused', () => {
  const clip = makeClip({ pictures: 60, blocks: 3 });
  const at = Math.floor(pieces(clip.bytes).length / 2);
  const put = (piece: Buffer): number =>
    walk(pieces(clip.bytes).map((own, index) => (index === at ? piece : own))).taken;

  test('zeros', () => assert.ok(put(Buffer.alloc(PIECE)) <= at));
  test('the same place of a sibling camera', () => {
    const sibling = makeClip({ pictures: 60, blocks: 3, camera: 1 });
    assert.ok(put(pieces(sibling.bytes)[at] ?? Buffer.alloc(0)) <= at);
  });
  test('the next piece of the same clip', () => assert.ok(put(pieces(clip.bytes)[at + 1] ?? Buffer.alloc(0)) <= at));
  test('another moment that begins where a picture may begin', () => {
    const older = makeClip({ pictures: 60, blocks: 3, sequence: 900_000 });
    const spliced = Buffer.from(clip.bytes);
    const from = older.pictures[40];
    assert.ok(from);
    older.bytes.copy(spliced, from.offset, from.offset);
    assert.equal(walk(pieces(spliced)).step.broken?.reason, 'picture number 900040 does not follow 100039');
  });
});
