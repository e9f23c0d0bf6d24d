import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReorderBuffer } from './reorder.ts';

function packet(sequence: number): Buffer {
  const data = Buffer.alloc(12);
  data[0] = 0x80;
  data.writeUInt16BE(sequence & 0xffff, 2);
  return data;
}

function buffer(): { buffer: ReorderBuffer; out: number[] } {
  const out: number[] = [];
  return { buffer: new ReorderBuffer((data) => out.push(data.readUInt16BE(2))), out };
}

test('a packet that comes late is put back; one that comes twice comes out once', () => {
  const { buffer: b, out } = buffer();
  for (const sequence of [65_534, 1, 65_535, 0, 0, 2, 65_535]) b.push(packet(sequence), 0);
  assert.deepEqual(out, [65_534, 65_535, 0, 1, 2]);
  assert.equal(b.late, 2);
});

test('a hole is waited for 150 ms and not longer', () => {
  const { buffer: b, out } = buffer();
  b.push(packet(10), 0);
  b.push(packet(12), 5);
  b.push(packet(13), 100);
  b.expire(154);
  assert.deepEqual(out, [10]);
  b.expire(155);
  assert.deepEqual(out, [10, 12, 13]);
  b.push(packet(11), 156);
  assert.deepEqual(out, [10, 12, 13]);
});

test('a camera that starts its numbers anew is followed, a stray packet is not', () => {
  const { buffer: b, out } = buffer();
  for (const sequence of [100, 101, 40_000, 102, 20_000, 20_001, 20_002]) b.push(packet(sequence), 0);
  assert.deepEqual(out, [100, 101, 102, 20_001, 20_002]);
});

test('property: whatever comes, numbers only grow, each once, and no more than 512 are held', () => {
  const arrival = fc.record({ step: fc.integer({ min: -7, max: 20 }), ms: fc.nat(60) });
  fc.assert(
    fc.property(fc.nat(65_535), fc.array(arrival, { maxLength: 400 }), (start, arrivals) => {
      const { buffer: b, out } = buffer();
      let now = 0;
      let at = start;
      const sent = new Set<number>();
      for (const { step, ms } of arrivals) {
        now += ms;
        at += step;
        sent.add(at & 0xffff);
        b.push(packet(at), now);
        assert.ok(b.held <= 512);
      }
      b.expire(now + 1000);
      assert.equal(b.held, 0);
      assert.equal(new Set(out).size, out.length);
      assert.ok(out.every((sequence) => sent.has(sequence)));
      for (let i = 1; i < out.length; i += 1)
        assert.ok((((out[i] ?? 0) - (out[i - 1] ?? 0)) & 0xffff) < 0x8000, `${out[i - 1]} → ${out[i]}`);
    }),
  );
});

test('property: packets that are shuffled by less than the patience come out as they were sent', () => {
  fc.assert(
    fc.property(fc.nat(65_535), fc.array(fc.nat(8), { minLength: 2, maxLength: 300 }), (start, delays) => {
      const { buffer: b, out } = buffer();
      const order = delays.map((delay, i) => ({ i, at: i + delay })).sort((x, y) => x.at - y.at || x.i - y.i);
      // The first one tells where the numbers begin.
      const first = order.findIndex(({ i }) => i === 0);
      order.unshift(...order.splice(first, 1));
      for (const { i, at } of order) b.push(packet(start + i), at);
      assert.deepEqual(
        out,
        delays.map((_, i) => (start + i) & 0xffff),
      );
    }),
  );
});
