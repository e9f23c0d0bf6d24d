import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import {
  closeScripted,
  DELTA,
  KEY,
  PPS,
  packet,
  plain,
  read,
  scripted,
  servers,
} from '../../../../test/rtsp/scripted-camera.ts';
import { systemClock } from '../../../base/clock.ts';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { monotonicMs } from '../../../base/units.ts';
import { header, type RtspRequest } from './message.ts';

afterEach(closeScripted);

test('the first unit is a key frame, and the config comes before it', async () => {
  const { url, requests } = await scripted((request, socket) => {
    if (request.method === 'PLAY')
      setImmediate(() => {
        socket.write(packet(0, 1, 0, true, DELTA));
        socket.write(packet(0, 2, 6000, true, KEY));
        socket.write(packet(0, 3, 12_000, true, DELTA));
      });
    return plain(request, socket);
  });
  const seen = await read(url, {}, ({ units }) => units.length === 2);
  assert.deepEqual(
    seen.units.map((unit) => [unit.key, unit.pts, unit.dts]),
    [
      [true, 0, 0],
      [false, 6000, 6000],
    ],
  );
  assert.deepEqual([seen.configs.length, seen.configs[0]?.video.width], [1, 640]);
  assert.equal(seen.end.cause, 'stopped');
  assert.deepEqual(
    requests.slice(0, 4).map((request) => request.method),
    ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY'],
  );
  assert.equal(requests[2]?.url, `${url}/trackID=0`);
  assert.equal(header(requests[3] as RtspRequest, 'session'), '12345');
});

test('changed parameter sets give a new config before their key frame', async () => {
  const other = Buffer.from(PPS);
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 0x10;
  const { url } = await scripted((request, socket) => {
    if (request.method === 'PLAY')
      setImmediate(() => {
        socket.write(packet(0, 1, 0, true, KEY));
        socket.write(packet(0, 2, 6000, false, other));
        socket.write(packet(0, 3, 6000, true, KEY));
      });
    return plain(request, socket);
  });
  const order: string[] = [];
  const stop = new AbortController();
  const note = (what: string): void => {
    order.push(what);
    if (order.length === 4) stop.abort();
  };
  await read(url, { signal: stop.signal, onConfig: () => note('config'), onUnit: () => note('unit') });
  assert.deepEqual(order, ['config', 'unit', 'config', 'unit']);
});

test('a redirect is followed, an endless one is refused', async () => {
  const target = await scripted((request, socket) => {
    if (request.method === 'PLAY') setImmediate(() => socket.write(packet(0, 1, 0, true, KEY)));
    return plain(request, socket);
  });
  const moved = await scripted((request) =>
    request.method === 'DESCRIBE' ? { status: '302 Moved', headers: { Location: target.url } } : {},
  );
  assert.equal((await read(moved.url, {}, ({ units }) => units.length === 1)).units.length, 1);
  const circle: { url: string } = await scripted(() => ({ status: '301 Moved', headers: { Location: circle.url } }));
  await assert.rejects(read(circle.url), InputError);
});

test('a password is not sent to another host', async () => {
  const target = await scripted(() => ({
    status: '401 Unauthorized',
    headers: { 'WWW-Authenticate': 'Basic realm="x"' },
  }));
  const elsewhere = target.url.replace('127.0.0.1', 'localhost');
  const moved = await scripted(() => ({ status: '302 Moved', headers: { Location: elsewhere } }));
  await assert.rejects(read(moved.url, { username: 'u', password: 'canary' }), UserError);
  for (const request of target.requests) assert.equal(header(request, 'authorization'), undefined);
});

test('wrong credentials are said plainly, and the password is in no text', async () => {
  const { url, requests } = await scripted(() => ({
    status: '401 Unauthorized',
    headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' },
  }));
  const attempt = read(url.replace('rtsp://', 'rtsp://admin:canary@'));
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof UserError && error.code === 'auth');
    assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /canary/);
    return true;
  });
  assert.equal(requests.length, 2, 'cameras lock accounts: one attempt');
  for (const request of requests) assert.doesNotMatch(request.url, /canary|admin/);
  await assert.rejects(read(url), /wants a user name/);
});

test('a camera that is not there, does not answer, or falls silent', async () => {
  const gone = await scripted(plain);
  for (const { server } of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await assert.rejects(read(gone.url), Unavailable);
  const mute = createServer().listen(0, '127.0.0.1');
  servers.push({ server: mute, sockets: new Set() });
  await new Promise((resolve) => mute.once('listening', resolve));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await assert.rejects(read(`rtsp://127.0.0.1:${port}/x`, { connectTimeoutMs: 200 }), Unavailable);
  const silent = await scripted(plain);
  assert.equal((await read(silent.url, { silenceTimeoutMs: 300 })).end.cause, 'silence');
});

test('a recorder that was itself paused reads what waits for it before it blames the camera', async () => {
  let slept = 0;
  const clock = { ...systemClock, monotonic: () => monotonicMs(systemClock.monotonic() + slept) };
  const { url } = await scripted((request, socket) => {
    if (request.method === 'PLAY')
      setImmediate(() => {
        socket.write(packet(0, 1, 0, true, KEY));
        // The process stood still for 20 s: its timers are first to know.
        setTimeout(() => {
          slept = 20_000;
        }, 100);
        setTimeout(() => socket.write(packet(0, 2, 6000, true, DELTA)), 1400);
      });
    return plain(request, socket);
  });
  const seen = await read(url, { clock }, ({ units }) => units.length === 2);
  assert.deepEqual([seen.units.length, seen.end.cause], [2, 'stopped']);
});

test('garbage between packets is passed over and noted; without end it is an InputError that names the place', async () => {
  const { url } = await scripted((request, socket) => {
    if (request.method === 'PLAY')
      setImmediate(() => {
        socket.write(packet(0, 1, 0, true, KEY));
        // Parts of it look like packets: of no known channel, of no RTP, of another type.
        socket.write(
          Buffer.from([0, 1, 2, 0x24, 9, 0, 9, 0x80, 0x60, 0x24, 0, 0, 20, 1, 2, 3, 0x24, 0, 0, 12, 0x80, 0x61, 0x24]),
        );
        socket.write(packet(0, 2, 6000, true, DELTA));
      });
    return plain(request, socket);
  });
  const seen = await read(url, {}, ({ units }) => units.length === 2);
  assert.deepEqual([seen.units.length, seen.notes], [2, ['garbage']]);
  const endless = await scripted((request, socket) => {
    if (request.method === 'PLAY') setImmediate(() => socket.write(Buffer.alloc(300_000, 1)));
    return plain(request, socket);
  });
  await assert.rejects(read(endless.url), (error) => error instanceof InputError && (error.offset ?? 0) > 0);
  const never = await scripted((request, socket) => {
    if (request.method === 'OPTIONS') socket.write(Buffer.from([0, 1, 2, 3]));
    return plain(request, socket);
  });
  await assert.rejects(read(never.url), InputError);
});

test('the camera ends the session: a reason, no error', async () => {
  const ends: [string, (socket: Socket) => void][] = [
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['bye', (socket) => socket.write(Buffer.from([0x24, 1, 0, 8, 0x81, 203, 0, 1, 0, 0, 0, 0]))],
    ['bye', (socket) => socket.write('TEARDOWN rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n')],
  ];
  for (const [cause, end] of ends) {
    const { url } = await scripted((request, socket) => {
      if (request.method === 'PLAY') setTimeout(() => end(socket), 20);
      return plain(request, socket);
    });
    assert.equal((await read(url)).end.cause, cause);
  }
});

test('the session is kept alive, and told goodbye', async () => {
  const stop = new AbortController();
  const { url, requests } = await scripted((request, socket) => {
    if (request.method === 'OPTIONS') return { headers: { Public: 'OPTIONS, GET_PARAMETER' } };
    if (request.method === 'SETUP') return { headers: { Session: 'a;timeout=2' } };
    if (request.method === 'GET_PARAMETER') stop.abort();
    return plain(request, socket);
  });
  await read(url, { signal: stop.signal });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    requests.slice(4).map((request) => request.method),
    ['GET_PARAMETER', 'TEARDOWN'],
  );
});

test('no usable video: the error names what there is', async () => {
  const { url } = await scripted((request) =>
    request.method === 'DESCRIBE' ? { body: 'm=video 0 RTP/AVP 32\n' } : {},
  );
  await assert.rejects(read(url), /video MPV/);
  await assert.rejects(read('http://127.0.0.1/x'), UserError);
});
