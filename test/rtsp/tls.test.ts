import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Unavailable, UserError } from '../../src/base/errors.ts';
import { isPrivateHost, parseAddress } from '../../src/sources/camera/rtsp/address.ts';
import { startTestCamera, type TestCamera } from './camera.ts';
import { CAMERA_CERTIFICATE } from './certificate.ts';
import { watch } from './watch.ts';

let camera: TestCamera;
before(async () => {
  camera = await startTestCamera({ fixture: 'h264-360p', tls: CAMERA_CERTIFICATE });
});
after(() => camera.close());

test('rtsps:// at home: a certificate that the camera has made itself will do', async () => {
  const seen = await watch(camera.url(), ({ video }) => video.length === 5);
  assert.equal(seen.video.length, 5);
  const udp = await watch(camera.url(), ({ video }) => video.length === 5, { transport: 'udp' });
  assert.equal(udp.video.length, 5);
});

test('where a certificate must be good, one that is not is refused, with what to do', async () => {
  for (const attempt of [
    watch(camera.url(), () => false, { tls: 'verify' }),
    watch(`${camera.url()}#tls=verify`, () => false),
  ])
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof UserError && error.code === 'certificate');
      assert.match(error.remedy, /#tls=any/);
      return true;
    });
});

test('TLS on a port that does not speak it', async () => {
  const plain = await startTestCamera({ fixture: 'h264-360p' });
  try {
    await assert.rejects(
      watch(plain.url().replace('rtsp:', 'rtsps:'), () => false, { connectTimeoutMs: 3000 }),
      Unavailable,
    );
  } finally {
    await plain.close();
  }
});

test('which hosts are private', () => {
  for (const host of [
    '10.1.2.3',
    '172.20.0.1',
    '192.168.1.9',
    '127.0.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
    'cam',
    'cam.local',
  ])
    assert.ok(isPrivateHost(host), host);
  for (const host of ['8.8.8.8', '172.32.0.1', '2001:db8::1', 'cam.example.com', '10.example.com'])
    assert.ok(!isPrivateHost(host), host);
});

test('addresses', () => {
  const address = parseAddress('rtsp+https://me:se%23cret@[fd00::5]:8443/a/b?x=1#track=2&tls=any');
  assert.deepEqual(
    [address.host, address.port, address.secure, address.tunnel, address.requestUrl, address.path, address.track],
    ['fd00::5', 8443, true, true, 'rtsps://[fd00::5]:8443/a/b?x=1', '/a/b?x=1', 2],
  );
  assert.deepEqual([address.username, address.password, address.tls], ['me', 'se#cret', 'any']);
  assert.equal(parseAddress('rtsp://cam/live#1').requestUrl, 'rtsp://cam/live#1');
  for (const wrong of ['http://cam/', 'rtsp://', 'rtsp://cam:99999/', 'rtsp://a b/', 'rtsp://cam:0/x'])
    assert.throws(() => parseAddress(wrong), UserError, wrong);
});
