/** Finding a camera's streams and moving it, through the child process, against a camera that checks the password's digest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../src/base/log.ts';
import { OnvifDesk } from '../../src/hub/onvif/desk.ts';
import { reachable, serviceAddress } from '../../src/sources/camera/onvif/device.ts';
import { foundIn } from '../../src/sources/camera/onvif/discover.ts';
import { fakeOnvif } from './device.ts';

const access = { username: 'viewer', password: 'onvif-w0rd' };
const streams = [
  { url: 'rtsp://0.0.0.0:554/sub?a=1&b=2', width: 640, height: 360 },
  { url: 'rtsp://someone:else@192.0.2.10:554/main', width: 1920, height: 1080 },
  { url: 'file:///etc/passwd', width: 10, height: 10 },
];

test('a camera is described: its streams without passwords, largest first, and that it moves', async () => {
  await using camera = await fakeOnvif({ ...access, streams });
  const desk = new OnvifDesk({ log: silentLog });
  try {
    const described = await desk.ask({ ask: 'describe', access: { ...access, url: camera.url } });
    assert.equal(described.manufacturer, 'Example');
    assert.equal(described.model, 'Street 2');
    assert.equal(described.ptz, true);
    assert.deepEqual(
      described.streams.map(({ url, width, fps, bitrate, codec }) => [url, width, fps, bitrate, codec]),
      [
        ['rtsp://192.0.2.10:554/main', 1920, 15, 2_048_000, 'H264'],
        ['rtsp://0.0.0.0:554/sub?a=1&b=2', 640, 15, 2_048_000, 'H264'],
      ],
    );
  } finally {
    desk.close();
  }
});

test('a camera is moved, stops by itself, and goes to a preset', async () => {
  await using camera = await fakeOnvif({ ...access, streams });
  const desk = new OnvifDesk({ log: silentLog });
  const to = { ...access, url: camera.url };
  try {
    const { presets } = await desk.ask({ ask: 'presets', access: to });
    assert.deepEqual(presets, [
      { id: '1', name: 'Gate' },
      { id: '2', name: 'Yard' },
    ]);
    await desk.ask({ ask: 'move', access: to, order: { do: 'move', pan: 0.5, tilt: -1, zoom: 0, forMs: 100 } });
    for (let waited = 0; camera.moves.length < 2 && waited < 200; waited++) await sleep(50);
    await desk.ask({ ask: 'move', access: to, order: { do: 'preset', preset: '2' } });
    await desk.ask({ ask: 'move', access: to, order: { do: 'home' } });
    assert.deepEqual(camera.moves, ['move 0.5 -1 0', 'stop', 'preset 2', 'home']);
  } finally {
    desk.close();
  }
});

test('a wrong password, no camera and no ONVIF are told apart; the password is in no word of it', async () => {
  await using camera = await fakeOnvif({ ...access, streams });
  await using other = await fakeOnvif({ ...access, streams, garbage: '<html>router login</html>' });
  const desk = new OnvifDesk({ log: silentLog });
  const tried = async (url: string, password = access.password): Promise<string> =>
    desk.ask({ ask: 'describe', access: { url, username: 'viewer', password } }).then(
      () => 'no error',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  try {
    assert.match(await tried(camera.url, 'wr0ng-w0rd'), /^UserError: The camera refuses the name or the password/);
    assert.match(await tried('http://127.0.0.1:9/onvif/device_service'), /^Unavailable: .*ECONNREFUSED/);
    const answer = await tried(other.url);
    assert.match(answer, /^(InputError|Unavailable): /);
    assert.ok(!answer.includes('w0rd'));
  } finally {
    desk.close();
  }
});

test('a camera that never answers costs that question, and the next gets a new child', async () => {
  await using camera = await fakeOnvif({ ...access, streams });
  const desk = new OnvifDesk({ log: silentLog, patienceMs: 700 });
  try {
    const silent = desk.ask({ ask: 'discover', forMs: 60_000 });
    await assert.rejects(silent, /does not answer in time/);
  } finally {
    desk.close();
  }
  const again = new OnvifDesk({ log: silentLog });
  try {
    assert.equal((await again.ask({ ask: 'describe', access: { ...access, url: camera.url } })).ptz, true);
  } finally {
    again.close();
  }
});

test('addresses: a host alone is enough; a camera that does not know its own is helped', () => {
  assert.equal(serviceAddress('192.0.2.10').href, 'http://192.0.2.10/onvif/device_service');
  assert.equal(serviceAddress('https://u:p@cam:8443/x').href, 'https://cam:8443/x');
  assert.throws(() => serviceAddress('ftp://cam/'), /no address/);
  assert.equal(reachable('rtsp://0.0.0.0:554/a', '192.0.2.9'), 'rtsp://192.0.2.9:554/a');
  assert.equal(reachable('rtsp://127.0.0.1/a', '192.0.2.9'), 'rtsp://192.0.2.9/a');
  assert.equal(reachable('rtsp://198.51.100.4/a', '192.0.2.9'), 'rtsp://198.51.100.4/a');
  assert.equal(reachable('http://192.0.2.9/a', '192.0.2.9'), undefined);
});

test('what a device says of itself in a search', () => {
  const answer = (XAddrs: string, scopes: unknown): unknown => ({ probeMatches: { probeMatch: { XAddrs, scopes } } });
  assert.deepEqual(
    foundIn(
      answer(
        'http://169.254.3.4/onvif/device_service http://192.0.2.10/onvif/device_service',
        'onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/DS-2CD onvif://www.onvif.org/location/%E0%A4%A',
      ),
    ),
    { url: 'http://192.0.2.10/onvif/device_service', name: 'Front door', hardware: 'DS-2CD', location: '%E0%A4%A' },
  );
  for (const bad of [undefined, {}, answer('soap.udp://x', ''), answer('', { _: 'x' })])
    assert.equal(foundIn(bad), undefined);
});
