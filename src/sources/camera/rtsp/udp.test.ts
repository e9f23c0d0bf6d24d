import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { familyOf, plainAddress, UdpPair } from './udp.ts';

test('only the camera is listened to, and only once it is known', async () => {
  const heard: string[] = [];
  const all = Promise.withResolvers<void>();
  const note = (what: string): void => {
    heard.push(what);
    if (heard.length === 4) all.resolve();
  };
  const pair = await UdpPair.open(4, {
    rtp: (data) => note(`rtp ${data.length}`),
    rtcp: (data) => note(`rtcp ${data.length}`),
    stranger: () => note('stranger'),
  });
  const camera = createSocket('udp4').bind(0, '127.0.0.1');
  const stranger = createSocket('udp4').bind(0, '127.0.0.2');
  try {
    await Promise.all([once(camera, 'listening'), once(stranger, 'listening')]);
    assert.equal(pair.port % 2, 0);
    const send = (from: typeof camera, bytes: number, port: number): Promise<void> =>
      new Promise((resolve) => from.send(Buffer.alloc(bytes), port, '127.0.0.1', () => resolve()));
    await send(camera, 20, pair.port);
    while (heard.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    pair.expect(['::ffff:127.0.0.1'], camera.address().port, undefined);
    await send(stranger, 21, pair.port);
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await send(camera, 22, pair.port);
    while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await send(camera, 23, pair.port + 1);
    await all.promise;
    assert.deepEqual(heard, ['stranger', 'stranger', 'rtp 22', 'rtcp 23']);
    const punched = once(camera, 'message');
    pair.punch(Buffer.alloc(12), Buffer.alloc(8));
    const [data, from] = await punched;
    assert.deepEqual([data.length, from.port], [12, pair.port]);
  } finally {
    pair.close();
    pair.close();
    camera.close();
    stranger.close();
  }
});

test('one address in two ways of writing', () => {
  assert.equal(plainAddress('::ffff:192.168.1.9'), '192.168.1.9');
  assert.equal(plainAddress('FE80::1%eth0'), 'fe80::1');
  assert.deepEqual(['::ffff:10.0.0.1', '10.0.0.1', 'fe80::1%eth0'].map(familyOf), [4, 4, 6]);
});
