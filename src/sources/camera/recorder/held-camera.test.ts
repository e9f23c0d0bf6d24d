import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, wallMs } from '../../../base/units.ts';
import type { LeasedCamera } from '../../../contract/recorder.ts';
import type { StreamConfig } from '../../../media/access-unit.ts';
import { Pictures } from '../decoder/pictures.ts';
import { type CameraPort, HeldCamera } from './held-camera.ts';
import type { StreamReader } from './stream-reader.ts';

const config: StreamConfig = {
  video: { codec: 'h264', codecString: 'avc1.64001f', width: 640, height: 360, description: Uint8Array.of(1) },
};

const began = Date.now();

function arena(record: boolean, pictures?: Pictures, ending: Promise<void> = Promise.resolve()) {
  const reading = new Set<string>();
  const written: string[] = [];
  /** A key frame comes; `what` is what it shows. */
  const shows: ((what: string, arrival: number) => void)[] = [];
  const read: StreamReader = (options) => {
    const { promise, resolve } = Promise.withResolvers<{ reason: string }>();
    reading.add(options.url);
    options.signal.addEventListener('abort', () => {
      reading.delete(options.url);
      resolve({ reason: 'stopped' });
    });
    options.onConfig(config);
    shows.push((what, arrival) => {
      const data = Buffer.from(`\0\0\0\x20e${what.padEnd(31)}`, 'latin1');
      const at = mediaTime((arrival - began) * 90);
      options.onUnit({ kind: 'video', data: [data], size: 36, key: true, pts: at, dts: at, arrival: wallMs(arrival) });
    });
    const time = mediaTime(0);
    options.onUnit({
      kind: 'video',
      data: [],
      size: 9,
      key: true,
      pts: time,
      dts: time,
      arrival: options.clock.wall(),
    });
    return promise;
  };
  const port: CameraPort = {
    clock: systemClock,
    log: silentLog,
    sleep: async () => undefined,
    readers: { rtsp: read, ffmpeg: read },
    muxer: { init: () => [], fragment: () => [] },
    ...(pictures === undefined ? {} : { pictures }),
    outages: { note: () => undefined, forget: () => true },
    openWriter(_camera, track) {
      return {
        start: () => undefined,
        push: () => written.push(track),
        closeEarly: () => undefined,
        hurry: () => undefined,
        end: () => ending,
        stats: { framesWritten: 0, framesDropped: 0 },
      };
    },
  };
  const leased: LeasedCamera = {
    id: '00000000-0000-4000-8000-000000000001',
    name: 'Front',
    folder: 'front',
    token: 1,
    revision: 1,
    tracks: [
      { name: 'main', url: 'rtsp://camera/main', record: true },
      { name: 'sub', url: 'rtsp://camera/sub', record },
    ],
    username: null,
    password: null,
    reader: 'auto',
    transport: 'auto',
    sound: 'keep',
    latest: 'off',
  };
  return { camera: new HeldCamera(leased, port), reading, written, shows, leased };
}

const viewer = { begin: () => undefined, send: () => true, end: () => undefined };
const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 20; turns++) await turn();
};

test('a track that is not recorded is read only while somebody watches it, and never written', async () => {
  const { camera, reading, written } = arena(false);
  await settled();
  assert.deepEqual([...reading], ['rtsp://camera/main']);
  const first = camera.feed('sub')?.watch(viewer);
  const second = camera.feed('sub')?.watch(viewer);
  await settled();
  assert.deepEqual([...reading], ['rtsp://camera/main', 'rtsp://camera/sub']);
  first?.();
  await settled();
  assert.ok(reading.has('rtsp://camera/sub'), 'somebody still watches');
  second?.();
  await settled();
  assert.deepEqual([...reading], ['rtsp://camera/main']);
  assert.deepEqual(written, ['main']);
  assert.equal(camera.state().status, 'recording');
  await camera.stop('stop');
});

test('a second stream that is recorded is read always; who comes and goes changes nothing', async () => {
  const { camera, reading, written } = arena(true);
  await settled();
  camera.feed('sub')?.watch(viewer)();
  await settled();
  assert.equal(reading.size, 2);
  assert.deepEqual(written.sort(), ['main', 'sub']);
  await camera.stop('stop');
  assert.equal(reading.size, 0);
});

test('a viewer who comes while the settings change still sees the second stream', async () => {
  const { camera, reading } = arena(false);
  await settled();
  camera.feed('sub')?.watch(viewer);
  camera.change({ ...camera.leased, revision: 2, username: 'other' });
  await settled();
  assert.equal(reading.size, 2);
  await camera.stop('stop');
});

test('a picture that does not change is told as frozen, and told again when it moves', async () => {
  const pictures = new Pictures(systemClock, silentLog);
  const { camera, shows } = arena(false, pictures);
  await settled();
  const [show] = shows;
  assert.ok(show);
  for (let second = 1; second <= 9; second += 1) show('nothing new', began + second * 1000);
  camera.stateToTell()?.told();
  assert.equal(camera.stateToTell(), undefined);
  for (let second = 10; second <= 12; second += 1) show('nothing new', began + second * 1000);
  const news = camera.stateToTell();
  assert.equal(news?.state.frozenSince, new Date(began + 1000).toISOString());
  news?.told();
  show('something else', began + 13_000);
  assert.equal(camera.stateToTell()?.state.frozenSince, undefined);
  await camera.stop('stop');
  pictures.close();
});

test('who asks for a picture of a track that is not recorded has it read, for as long as he waits', async () => {
  const pictures = new Pictures(systemClock, silentLog);
  const { camera, reading } = arena(false, pictures);
  await settled();
  const gone = new AbortController();
  const asked = camera.feed('sub')?.pictures?.newest({ quality: 80 }, { signal: gone.signal });
  await settled();
  assert.ok(reading.has('rtsp://camera/sub'));
  gone.abort();
  await assert.rejects(asked ?? Promise.resolve());
  await settled();
  assert.ok(!reading.has('rtsp://camera/sub'));
  await camera.stop('stop');
  pictures.close();
});

test('settings that change while the disk is full: the camera is read anew, although the last segment cannot be written', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { camera, reading } = arena(true, undefined, promise);
  await settled();
  const tracks = [{ name: 'main', url: 'rtsp://camera/other', record: true }];
  camera.change({ ...camera.leased, revision: 2, tracks });
  await settled();
  assert.deepEqual([...reading], ['rtsp://camera/other']);
  let stopped = false;
  const stopping = camera.stop('stop').then(() => {
    stopped = true;
  });
  await settled();
  assert.equal(stopped, false, 'what is held is not given up');
  resolve();
  await stopping;
});
