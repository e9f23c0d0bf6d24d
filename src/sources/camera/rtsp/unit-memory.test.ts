import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Assembled, BlockPool, UnitMemory } from './unit-memory.ts';

/** A unit as it was put together, and as it is. */
interface Kept {
  readonly unit: Assembled;
  readonly bytes: Buffer;
}

/** Puts a unit of these NAL units together. Copies what was put in. */
function put(memory: UnitMemory, nals: readonly Buffer[], keep: boolean): Kept {
  for (const nal of nals) {
    memory.beginNal();
    // In packets.
    for (let at = 0; at < nal.length; at += 1400) memory.add(nal, at, Math.min(nal.length, at + 1400));
    memory.endNal();
  }
  let kept: Kept | undefined;
  memory.give((unit) => {
    if (keep) unit.memory?.hold();
    kept = { unit, bytes: Buffer.concat(unit.pieces) };
  });
  assert.ok(kept);
  return kept;
}

const prefixed = (nals: readonly Buffer[]): Buffer =>
  Buffer.concat(
    nals.flatMap((nal) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nal.length);
      return [length, nal];
    }),
  );

test('property: what is held stays what it is, and what nobody holds is used again', () => {
  const nal = fc
    .tuple(fc.integer({ min: 1, max: 100_000 }), fc.nat(255))
    .map(([size, byte]) => Buffer.alloc(size, byte));
  const unit = fc.record({
    nals: fc.array(nal, { minLength: 1, maxLength: 3 }),
    stream: fc.nat(2),
    /** After how many more units it is let go; 0: never held. */
    for: fc.nat(12),
  });
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
      const pool = new BlockPool();
      const streams = [0, 1, 2].map(() => new UnitMemory(pool));
      const held: (Kept & { until: number })[] = [];
      for (const [index, { nals, stream, for: many }] of units.entries()) {
        const kept = put(streams[stream] ?? new UnitMemory(pool), nals, many > 0);
        assert.ok(kept.bytes.equals(prefixed(nals)));
        if (many > 0) held.push({ ...kept, until: index + many });
        for (const one of held) assert.ok(Buffer.concat(one.unit.pieces).equals(one.bytes), 'it has changed');
        for (let at = held.length - 1; at >= 0; at -= 1) {
          const one = held[at];
          if (!one || one.until > index) continue;
          one.unit.memory?.letGo();
          held.splice(at, 1);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a stream that nobody keeps anything of goes on in the same two blocks', () => {
  const memory = new UnitMemory(new BlockPool());
  const buffers = new Set<ArrayBufferLike>();
  for (let index = 0; index < 500; index += 1)
    for (const piece of put(memory, [Buffer.alloc(20_000, index)], false).unit.pieces) buffers.add(piece.buffer);
  assert.ok(buffers.size <= 2, `${buffers.size} blocks`);
});

test('without a pool nothing is used again, and nothing has to be held', () => {
  const memory = new UnitMemory();
  const kept = Array.from({ length: 100 }, (_, index) => put(memory, [Buffer.alloc(20_000, index)], true));
  for (const { unit, bytes } of kept) {
    assert.equal(unit.memory, undefined);
    assert.ok(Buffer.concat(unit.pieces).equals(bytes));
  }
});

test('a NAL unit begins with a piece that holds its head, wherever a block ends', () => {
  const memory = new UnitMemory(new BlockPool());
  for (let size = 261_000; size < 262_200; size += 7) {
    const { unit } = put(memory, [Buffer.alloc(size, 1), Buffer.alloc(600, 2)], false);
    const starts = unit.pieces.filter((piece) => piece.length >= 512 && piece[4] === 2);
    assert.equal(starts.length, 1, `behind ${size} bytes`);
  }
});

test('a NAL unit that is taken out, and a unit that is dropped, leave nothing behind', () => {
  const memory = new UnitMemory(new BlockPool());
  for (const size of [10, 300_000]) {
    memory.beginNal();
    memory.add(Buffer.alloc(size, 9), 0, size);
    assert.ok(Buffer.alloc(size, 9).equals(memory.takeNal()));
    memory.beginNal();
    memory.add(Buffer.alloc(size, 8), 0, size);
    memory.drop();
    assert.equal(memory.size, 0);
    const nals = [Buffer.alloc(size, 7)];
    assert.ok(put(memory, nals, false).bytes.equals(prefixed(nals)));
  }
});

test('memory that is let go too often, or held too late, is a bug that is not passed over', () => {
  const { unit } = put(new UnitMemory(new BlockPool()), [Buffer.alloc(10)], false);
  unit.memory?.letGo();
  assert.throws(() => unit.memory?.letGo(), /nobody held/);
  assert.throws(() => unit.memory?.hold(), /used again/);
});
