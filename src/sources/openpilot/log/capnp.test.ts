/** Pointers that lie: each costs bounded time and an error of its own, and never a value from somewhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Malformed, Message } from './capnp.ts';

/** A message of one segment out of 64-bit words. */
function messageOf(...words: bigint[]): Message {
  const view = new DataView(new ArrayBuffer(8 + words.length * 8));
  view.setUint32(4, words.length, true);
  for (const [index, word] of words.entries()) view.setBigUint64(8 + index * 8, BigInt.asUintN(64, word), true);
  const message = new Message(view.buffer);
  assert.equal(message.load(0, view.byteLength), view.byteLength);
  return message;
}

const structAt = (offset: number, data: number, pointers: number): bigint =>
  (BigInt(offset & 0x3fffffff) << 2n) | (BigInt(data) << 32n) | (BigInt(pointers) << 48n);
const listAt = (offset: number, size: number, count: number): bigint =>
  1n | (BigInt(offset & 0x3fffffff) << 2n) | (BigInt(size) << 32n) | (BigInt(count) << 35n);

test('a struct that holds itself is not followed without end', () => {
  // Its only pointer leads back to the struct that it is in.
  const message = messageOf(structAt(0, 0, 1), structAt(-1, 0, 1));
  let at = message.root();
  assert.throws(() => {
    for (let depth = 0; depth < 1000; depth++) at = at.struct(0) ?? assert.fail();
  }, Malformed);
});

test('pointers out of the message are refused', () => {
  for (const pointer of [structAt(5, 1, 0), structAt(-2, 1, 0), structAt(0, 60_000, 60_000)])
    assert.throws(() => messageOf(pointer, 0n).root(), Malformed, `${pointer}`);
  for (const pointer of [listAt(0, 4, 1000), listAt(-9, 4, 1), listAt(0x1fffffff, 2, 8), listAt(0, 5, 0x1fffffff)])
    assert.throws(
      () =>
        messageOf(structAt(0, 0, 1), pointer, 0n)
          .root()
          .floats(0),
      Malformed,
    );
});

test('a list of a million structs without content is refused', () => {
  const tagWord = structAt(4_000_000, 0, 0);
  const message = messageOf(structAt(0, 0, 1), listAt(0, 7, 0), tagWord);
  assert.throws(() => message.root().structs(0), Malformed);
});

test('a list of structs that says it is longer than its words is refused', () => {
  const message = messageOf(structAt(0, 0, 1), listAt(0, 7, 2), structAt(3, 1, 0), 1n, 2n);
  assert.throws(() => message.root().structs(0), Malformed);
});

test('far pointers that lead to each other, or nowhere, are refused', () => {
  const far = (segment: number, word: number, double: boolean): bigint =>
    2n | (double ? 4n : 0n) | (BigInt(word) << 3n) | (BigInt(segment) << 32n);
  for (const pointer of [far(0, 0, false), far(0, 1, false), far(7, 0, false), far(0, 900, false), far(0, 0, true)])
    assert.throws(() => messageOf(pointer, far(0, 0, false)).root(), Malformed, `${pointer}`);
});

test('what is behind the end of a struct has its default', () => {
  const root = messageOf(structAt(0, 1, 1), 0x1122334455667788n, 0n).root();
  assert.equal(root.u32(0), 0x55667788);
  assert.equal(root.u16(8), 0);
  assert.equal(root.f32(400), 0);
  assert.equal(root.bit(64), false);
  assert.equal(root.bit(3), true);
  assert.equal(root.u64(8), 0);
  assert.equal(root.text(0), '');
  assert.equal(root.text(9), '');
  assert.equal(root.struct(0), null);
  assert.deepEqual(root.structs(5), []);
  assert.equal(root.floats(3).length, 0);
});

test('no message is as large as it says before it is there', () => {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(4, 100, true);
  const message = new Message(view.buffer);
  assert.equal(message.load(0, 64), 0);
  view.setUint32(4, 0xffffffff, true);
  assert.throws(() => message.load(0, 64), Malformed);
  view.setUint32(0, 0x00ffffff, true);
  assert.throws(() => message.load(0, 64), Malformed);
});
