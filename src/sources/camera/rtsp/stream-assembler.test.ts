import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../../base/clock.ts';
import { InputError } from '../../../base/errors.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { aacAudioConfig } from '../../../media/bitstream/aac.ts';
import { lengthPrefixed, sampleUnits } from '../../../media/bitstream/nal.ts';
import { videoConfig } from '../../../media/bitstream/video-config.ts';
import { Splitter } from './interleaved.ts';
import { StreamMount } from './mount.ts';
import { NoteBook } from './notes.ts';
import { parseSdp } from './sdp.ts';
import { StreamAssembler } from './stream-assembler.ts';

// Parameter sets of a 640×360 stream.
const sps = Buffer.from('67640016acb405017fcb08000003000800000300f078b175', 'hex');
const pps = Buffer.from('68ef3cb0', 'hex');
const config: StreamConfig = {
  video: videoConfig('h264', { vps: [], sps: [sps], pps: [pps] }),
  audio: aacAudioConfig(Uint8Array.from([0x14, 0x08])),
};

/** What a camera sends in two seconds, and its description. */
function recording(): { sdp: string; bytes: Buffer } {
  const mount = new StreamMount('x', config);
  const written: Buffer[] = [];
  const socket = { writableLength: 0, write: (data: Buffer) => written.push(data) } as unknown as Socket;
  const routes = new Map([['video', { channel: 0 }] as const, ['audio', { channel: 2 }] as const]);
  mount.add({ socket, routes, reported: new Set(), waiting: true });
  for (let i = 0; i < 30; i += 1) {
    const nal = Buffer.alloc(i % 10 === 0 ? 5000 : 900, i + 1);
    nal.set([i % 10 === 0 ? 0x65 : 0x41, 0x88]);
    const data = lengthPrefixed(nal);
    const at = { pts: mediaTime(i * 6000), dts: mediaTime(i * 6000), arrival: wallMs(i * 67) };
    mount.push({ kind: 'video', data: [data], size: data.length, key: i % 10 === 0, ...at });
    const sound = Buffer.alloc(100, i);
    const time = mediaTime(i * 1024);
    mount.push({ kind: 'audio', data: [sound], size: 100, key: true, ...at, pts: time, dts: time });
  }
  return { sdp: mount.describe(), bytes: Buffer.concat(written) };
}

function assemble(sdp: string, chunks: readonly Buffer[]): { units: AccessUnit[]; configs: number } {
  const units: AccessUnit[] = [];
  let configs = 0;
  const sink = {
    onConfig: () => {
      configs += 1;
    },
    onUnit: (unit: AccessUnit) => {
      assert.ok(configs > 0, 'the config comes first');
      units.push(unit);
    },
  };
  const assembler = new StreamAssembler(sink, new NoteBook(systemClock, undefined), parseSdp(sdp));
  assembler.listen('video', 0);
  assembler.listen('audio', 2);
  const splitter = new Splitter({
    packet: (channel, data, start, end) => assembler.packet(channel, data, start, end),
    message: () => undefined,
  });
  let received = 0;
  for (const [i, chunk] of chunks.entries()) {
    received += chunk.length;
    assembler.arrived(wallMs(i), monotonicMs(i * 10), received);
    splitter.push(chunk);
  }
  return { units, configs };
}

const { sdp, bytes } = recording();

test('a whole recording comes out whole, however it is cut', () => {
  for (const size of [1, 7, 1400, 65_536]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(Buffer.from(bytes.subarray(at, at + size)));
    const { units, configs } = assemble(sdp, chunks);
    assert.equal(configs, 1);
    assert.equal(units.filter((unit) => unit.kind === 'video').length, 30);
    assert.ok(units.filter((unit) => unit.kind === 'audio').length > 20);
  }
});

test('property: a spoiled stream ends in an InputError, or in units that a file can hold', () => {
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), fc.integer({ min: 50, max: 5000 }), (changes, size) => {
      const spoiled = Buffer.from(bytes);
      for (const [at, byte] of changes) spoiled[at] = byte;
      const chunks: Buffer[] = [];
      for (let at = 0; at < spoiled.length; at += size) chunks.push(Buffer.from(spoiled.subarray(at, at + size)));
      try {
        const { units } = assemble(sdp, chunks);
        let last = -1;
        for (const unit of units) {
          const sample = Buffer.concat(unit.data);
          assert.equal(sample.length, unit.size);
          if (unit.kind === 'audio') continue;
          assert.ok([...sampleUnits(sample)].length > 0);
          assert.ok(unit.dts > last);
          assert.ok(last >= 0 || unit.key);
          last = unit.dts;
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});
