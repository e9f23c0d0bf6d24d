import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitWriter } from './bits.ts';
import { fromRbsp } from './nal.ts';
import { orderReader } from './picture-order.ts';

/** Writes Exp-Golomb codes as well. */
class Bits extends BitWriter {
  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    this.unary(length);
    this.bits(value + 1 - 2 ** length, length);
    return this;
  }
  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }
  u(value: number, count: number): this {
    this.bits(value, count);
    return this;
  }
  nal(header: number): Uint8Array {
    this.u(1, 1);
    return Uint8Array.from([header, ...fromRbsp(this.bytes())]);
  }
}

type Poc = { type: 0; lsbBits: number } | { type: 1; offsets: readonly number[]; nonRef: number };

function sps(poc: Poc, framesOnly = true): Uint8Array {
  const w = new Bits().u(77, 8).u(0, 8).u(30, 8).ue(0).ue(0).ue(poc.type);
  if (poc.type === 0) w.ue(poc.lsbBits - 4);
  else {
    w.u(0, 1).se(poc.nonRef).se(0).ue(poc.offsets.length);
    for (const offset of poc.offsets) w.se(offset);
  }
  w.ue(4)
    .u(0, 1)
    .ue(9)
    .ue(9)
    .u(framesOnly ? 1 : 0, 1);
  if (!framesOnly) w.u(0, 1);
  return w.u(1, 1).u(0, 1).u(0, 1).nal(0x67);
}

const pps = (): Uint8Array =>
  new Bits().ue(0).ue(0).u(0, 2).ue(0).ue(0).ue(0).u(0, 3).se(0).se(0).se(0).u(0, 3).nal(0x68);

interface Picture {
  readonly idr?: boolean;
  readonly reference: boolean;
  readonly frameNum: number;
  readonly lsb?: number;
  readonly delta?: number;
  readonly field?: 'top' | 'bottom';
  readonly resets?: boolean;
}

/** An I slice. frame_num has 4 bits. */
function slice(poc: Poc, picture: Picture, framesOnly = true): Uint8Array {
  const w = new Bits()
    .ue(0)
    .ue(7)
    .ue(0)
    .u(picture.frameNum % 16, 4);
  if (!framesOnly) {
    w.u(picture.field ? 1 : 0, 1);
    if (picture.field) w.u(picture.field === 'bottom' ? 1 : 0, 1);
  }
  if (picture.idr) w.ue(0);
  if (poc.type === 0) w.u((picture.lsb ?? 0) % 2 ** poc.lsbBits, poc.lsbBits);
  else w.se(picture.delta ?? 0);
  if (picture.reference) {
    if (picture.idr) w.u(0, 2);
    else if (picture.resets) w.u(1, 1).ue(5).ue(0);
    else w.u(0, 1);
  }
  return w.nal((picture.reference ? 0x60 : 0) | (picture.idr ? 5 : 1));
}

function begin(poc: Poc, framesOnly = true) {
  const reader = orderReader('h264');
  reader.learn(sps(poc, framesOnly));
  reader.learn(pps());
  return (...pictures: Picture[]) => reader.read(pictures.map((picture) => slice(poc, picture, framesOnly)));
}

test('property: type 0 counts are unwrapped, forwards and backwards (H.264, 8.2.1.1)', () => {
  const steps = fc.array(fc.record({ ahead: fc.integer({ min: 1, max: 3 }), bs: fc.nat(2) }), { maxLength: 80 });
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 8 }), steps, (lsbBits, groups) => {
      const read = begin({ type: 0, lsbBits });
      read({ idr: true, reference: true, frameNum: 0, lsb: 0 });
      let anchor = 0;
      for (const { ahead, bs } of groups) {
        anchor += ahead * 2;
        assert.equal(read({ reference: true, frameNum: 1, lsb: anchor })?.count, anchor);
        for (let back = Math.min(bs, ahead - 1); back > 0; back -= 1)
          assert.equal(read({ reference: false, frameNum: 2, lsb: anchor - 2 * back })?.count, anchor - 2 * back);
      }
    }),
  );
});

test('type 1: counts come from frame numbers, which wrap (8.2.1.2)', () => {
  const read = begin({ type: 1, offsets: [2, 4], nonRef: -1 });
  assert.equal(read({ idr: true, reference: true, frameNum: 0 })?.count, 0);
  // Offsets of a cycle are 2 and 4: reference frames count 2, 6, 8, 12, …
  const expected = [2, 6, 8, 12, 14, 18];
  for (const [at, count] of expected.entries()) assert.equal(read({ reference: true, frameNum: at + 1 })?.count, count);
  // Not a reference: one back in the cycle, and the offset of its own.
  assert.equal(read({ reference: false, frameNum: 7 })?.count, 17);
  for (let frame = 7; frame < 16; frame += 1) read({ reference: true, frameNum: frame });
  assert.equal(read({ reference: true, frameNum: 16 })?.count, 48);
  // A gap in the numbers counts.
  assert.equal(read({ reference: true, frameNum: 20, delta: 1 })?.count, 61);
});

test('memory management operation 5 begins a new sequence, with the picture as its zero (8.2.1)', () => {
  const read = begin({ type: 0, lsbBits: 6 });
  const first = read({ idr: true, reference: true, frameNum: 0, lsb: 0 });
  read({ reference: true, frameNum: 1, lsb: 20 });
  const reset = read({ reference: true, frameNum: 2, lsb: 24, resets: true });
  assert.deepEqual(reset, { sequence: (first?.sequence ?? 0) + 1, count: 0 });
  assert.deepEqual(read({ reference: true, frameNum: 1, lsb: 4 }), { sequence: reset?.sequence, count: 4 });
});

test('an IDR picture begins a new sequence', () => {
  const read = begin({ type: 0, lsbBits: 6 });
  const first = read({ idr: true, reference: true, frameNum: 0, lsb: 0 });
  read({ reference: true, frameNum: 1, lsb: 30 });
  assert.deepEqual(read({ idr: true, reference: true, frameNum: 0, lsb: 0 }), {
    sequence: (first?.sequence ?? 0) + 1,
    count: 0,
  });
});

test('two fields in one access unit count as the earlier of them, each alone as itself', () => {
  const read = begin({ type: 0, lsbBits: 6 }, false);
  const both = read(
    { idr: true, reference: true, frameNum: 0, lsb: 0, field: 'top' },
    { reference: true, frameNum: 0, lsb: 1, field: 'bottom' },
  );
  assert.deepEqual(both, { sequence: 1, count: 0 });
  const bottomFirst = read(
    { reference: true, frameNum: 1, lsb: 8, field: 'bottom' },
    { reference: true, frameNum: 1, lsb: 9, field: 'top' },
  );
  assert.deepEqual(bottomFirst, { sequence: 1, count: 8 });
  assert.equal(read({ reference: false, frameNum: 2, lsb: 5, field: 'top' })?.count, 5);
});

test('garbage has no order, and is not waited for', () => {
  const nals = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom('h264' as const, 'h265' as const), nals, (codec, units) => {
      const reader = orderReader(codec);
      if (codec === 'h264') for (const set of [sps({ type: 0, lsbBits: 5 }), pps()]) reader.learn(set);
      for (const nal of units) reader.learn(nal);
      const order = reader.read(units);
      assert.ok(order === undefined || Number.isSafeInteger(order.count));
    }),
  );
});
