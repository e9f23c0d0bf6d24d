import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { Unavailable } from '../../../base/errors.ts';
import { mediaTime, wallMs } from '../../../base/units.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { aacAudioConfig } from '../../../media/bitstream/aac.ts';
import { lengthPrefixed } from '../../../media/bitstream/nal.ts';
import { videoConfig } from '../../../media/bitstream/video-config.ts';
import { readRtsp } from './client.ts';
import { StreamMount } from './mount.ts';
import { startRtspServer } from './server.ts';

// Parameter sets of a 640×360 stream.
const sps = Buffer.from('67640016acb405017fcb08000003000800000300f078b175', 'hex');
const pps = Buffer.from('68ef3cb0', 'hex');
const config: StreamConfig = {
  video: videoConfig('h264', { vps: [], sps: [sps], pps: [pps] }),
  audio: aacAudioConfig(Uint8Array.from([0x14, 0x08])),
};

function picture(index: number, key: boolean, size = 3000): AccessUnit {
  const nal = Buffer.alloc(size, index & 0xff);
  nal.set([key ? 0x65 : 0x41, 0x88]);
  const data = lengthPrefixed(nal);
  const time = mediaTime(index * 6000);
  return { kind: 'video', data: [data], size: data.length, key, pts: time, dts: time, arrival: wallMs(Date.now()) };
}

function sound(index: number): AccessUnit {
  const data = Buffer.alloc(200, index & 0xff);
  const time = mediaTime(index * 1024);
  return {
    kind: 'audio',
    data: [data],
    size: data.length,
    key: true,
    pts: time,
    dts: time,
    arrival: wallMs(Date.now()),
  };
}

test('what is pushed is read, pictures and sound, placed by sender reports', async (t) => {
  const server = await startRtspServer({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const mount = server.mount('street', config);
  let index = 0;
  const timer = setInterval(() => {
    mount.push(picture(index, index % 5 === 0));
    mount.push(sound(index));
    index += 1;
  }, 10);
  t.after(() => clearInterval(timer));
  const stop = new AbortController();
  const units: AccessUnit[] = [];
  const notes: string[] = [];
  await readRtsp({
    url: `rtsp://127.0.0.1:${server.port}/street`,
    clock: systemClock,
    signal: stop.signal,
    onConfig: (seen) => assert.deepEqual([seen.video.width, seen.audio?.codec], [640, 'aac']),
    onUnit: (unit) => {
      units.push(unit);
      if (units.length === 60) stop.abort();
    },
    onNote: (note) => notes.push(note.text),
  });
  const video = units.filter((unit) => unit.kind === 'video');
  const first = Buffer.concat(video[0]?.data ?? []);
  assert.deepEqual([video[0]?.key, first.length, first[4]], [true, 3004, 0x65]);
  assert.ok(units.some((unit) => unit.kind === 'audio' && unit.size === 200));
  assert.match(notes.join(), /by sender reports/);
});

test('a client that is too slow goes on at a key frame, and the memory is bounded', () => {
  const mount = new StreamMount('x', config);
  const written: number[] = [];
  const socket = {
    writableLength: 0,
    write(data: Buffer) {
      written.push(data.length);
      socket.writableLength += data.length;
    },
  };
  mount.add({
    socket: socket as unknown as Socket,
    routes: new Map([['video', { channel: 0 }]]),
    reported: new Set(),
    waiting: true,
  });
  for (let index = 0; index < 100; index += 1) mount.push(picture(index, index % 10 === 0, 100_000));
  assert.ok(socket.writableLength < 4_300_000);
  assert.ok(mount.skipped > 50);
  socket.writableLength = 0;
  const before = written.length;
  mount.push(picture(101, false));
  assert.equal(written.length, before, 'not in the middle of a GOP');
  mount.push(picture(102, true));
  assert.ok(written.length > before);
});

test('a client that speaks another language is let go', async () => {
  const server = await startRtspServer({ host: '127.0.0.1', port: 0 });
  const socket = connect(server.port, '127.0.0.1');
  socket.write('\u0016\u0003\u0001 hello, is this TLS?');
  await new Promise((resolve) => socket.once('close', resolve));
  await server.close();
});

test('a port that is taken is said plainly', async () => {
  const server = await startRtspServer({ host: '127.0.0.1', port: 0 });
  await assert.rejects(startRtspServer({ host: '127.0.0.1', port: server.port }), Unavailable);
  await server.close();
});
