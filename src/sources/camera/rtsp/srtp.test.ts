import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../../base/errors.ts';
import { answeredKeys, parseCrypto } from './key-exchange.ts';
import { buildMikey, parseMikey } from './mikey.ts';
import { deriveKey, SrtpContext } from './srtp.ts';

const key = Buffer.from('e1f97a0d3e018be0d64fa32c06de4139', 'hex');
const salt = Buffer.from('0ec675ad498afeebb6960b3aabe6', 'hex');
const keys = { key, salt, tag: 10, mki: 0 };

test('the keys of RFC 3711 appendix B.3', () => {
  assert.equal(deriveKey(keys, 0, 16).toString('hex'), 'c61e7a93744f39ee10734afe3ff7a087');
  assert.equal(deriveKey(keys, 2, 14).toString('hex'), '30cbbc08863d8c85d49db34a9ae1');
  assert.equal(deriveKey(keys, 1, 20).toString('hex'), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
});

function rtp(sequence: number, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  packet.set([0x80, 96]);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(0xdecafbad, 8);
  packet.set(payload, 12);
  return packet;
}

test('property: what was protected comes back, across the turn of the sequence numbers and out of order', () => {
  const size = fc.constantFrom(keys, { ...keys, tag: 4 }, { ...keys, key: Buffer.concat([key, key]) });
  fc.assert(
    fc.property(
      size,
      // The first packet that comes must be of the first turn (RFC 3711 section 3.3.1): nobody tells the receiver another.
      fc.integer({ min: 65_400, max: 65_534 }),
      fc.uint8Array({ maxLength: 60 }),
      (with_, start, payload) => {
        const sender = new SrtpContext(with_);
        const receiver = new SrtpContext(with_);
        const sent = Array.from({ length: 300 }, (_, i) => rtp(start + i, payload));
        const wire = sent.map((packet) => sender.protect(packet));
        for (const [i, packet] of wire.entries()) {
          // Neighbours change places.
          const at = i % 2 === 0 ? Math.min(i + 1, wire.length - 1) : i - 1;
          const padded = Buffer.concat([Buffer.alloc(4), wire[at] ?? packet]);
          const end = receiver.unprotect(padded, 4, padded.length);
          assert.deepEqual(padded.subarray(4, end), sent[at]);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('property: a changed packet, and any bytes at all, are refused', () => {
  fc.assert(
    fc.property(fc.nat(49), fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 80 }), (at, change, bytes) => {
      const packet = new SrtpContext(keys).protect(rtp(1, Buffer.alloc(28, 7)));
      packet[at] = (packet[at] ?? 0) ^ change;
      const receiver = new SrtpContext(keys);
      assert.equal(receiver.unprotect(packet, 0, packet.length), -1);
      assert.equal(receiver.unprotect(Buffer.from(bytes), 0, bytes.length), -1);
      assert.equal(receiver.unprotectRtcp(Buffer.from(bytes), 0, bytes.length), -1);
    }),
  );
});

test('RTCP', () => {
  const report = Buffer.from('80c9000100000001', 'hex');
  const [sender, receiver] = [new SrtpContext(keys), new SrtpContext(keys)];
  for (let i = 0; i < 3; i += 1) {
    const wire = sender.protectRtcp(Buffer.concat([report, Buffer.alloc(8, i)]));
    assert.deepEqual(
      wire.subarray(0, receiver.unprotectRtcp(wire, 0, wire.length)),
      Buffer.concat([report, Buffer.alloc(8, i)]),
    );
  }
});

test('keys in a=crypto', () => {
  const both = Buffer.concat([key, salt]).toString('base64');
  assert.deepEqual(parseCrypto(`1 AES_CM_128_HMAC_SHA1_80 inline:${both}|2^20|1:4`), { ...keys, mki: 4 });
  assert.deepEqual(parseCrypto(`2 aes_cm_128_hmac_sha1_32 inline:${both}`), { ...keys, tag: 4 });
  assert.equal(parseCrypto(`1 AEAD_AES_128_GCM inline:${both}`), undefined);
  assert.throws(() => parseCrypto('1 AES_CM_128_HMAC_SHA1_80 inline:AAAA'), InputError);
});

test('keys in MIKEY, and in its header', () => {
  const message = buildMikey({ ...keys, tag: 4 }, 7, 1_700_000_000_000);
  assert.deepEqual(parseMikey(message), { ...keys, tag: 4 });
  assert.deepEqual(answeredKeys(`prot=mikey;uri="x";data="${message.toString('base64')}"`), { ...keys, tag: 4 });
  assert.equal(answeredKeys(undefined), undefined);
});

test('property: a spoiled MIKEY message ends in keys or an InputError', () => {
  const message = buildMikey(keys, 7, 0);
  const change = fc.tuple(fc.nat(message.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.nat(message.length), (changes, length) => {
      const spoiled = Buffer.from(message);
      for (const [at, byte] of changes) spoiled[at] = byte;
      try {
        const found = parseMikey(spoiled.subarray(0, length));
        assert.ok(found.salt.length === 14);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
  );
});
