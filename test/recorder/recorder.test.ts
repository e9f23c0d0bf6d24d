import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../src/contract/recorder.ts';
import type { RecorderOptions } from '../../src/sources/camera/recorder/options.ts';
import { FakeHub, sha256 } from './fake-hub.ts';
import { leased, makePlace, type Place, parts, type RunningRecorder, startRecorder, wrongWith } from './process.ts';
import { picturesIn, type Source, startSource } from './source.ts';

describe('a recorder process', { concurrency: 4 }, () => {
  let source: Source;
  before(async () => {
    source = await startSource({ mounts: 2 });
  });
  after(() => source.close());

  /** All pictures of a camera's reported segments, in the order of the segments. */
  function stored(hub: FakeHub, cameraId: string, read: (key: string) => Uint8Array): number[] {
    return hub.segments
      .filter(({ sourceId }) => sourceId === cameraId)
      .sort((a, b) => a.wallStart - b.wallStart || a.seq - b.seq)
      .flatMap(({ key }) => picturesIn(read(key)));
  }

  function assertUnbroken(frames: readonly number[]): void {
    assert.ok(frames.length > 0);
    const first = frames[0] ?? 0;
    assert.deepEqual(
      frames,
      Array.from(frames, (_, index) => first + index),
    );
  }

  async function arena(options: ConstructorParameters<typeof FakeHub>[0] = {}): Promise<{
    hub: FakeHub;
    place: Place;
    /** As the hub starts it; killed at the end when it still runs. */
    start: (change?: Partial<RecorderOptions>, environment?: Record<string, string>) => RunningRecorder;
    [Symbol.asyncDispose](): Promise<void>;
  }> {
    const hub = new FakeHub(options);
    await hub.listen();
    const place = await makePlace();
    const started: RunningRecorder[] = [];
    return {
      hub,
      place,
      start(change, environment) {
        const recorder = startRecorder(hub, place, change, environment);
        started.push(recorder);
        return recorder;
      },
      async [Symbol.asyncDispose]() {
        for (const recorder of started) await recorder.stop('SIGKILL');
        await hub.cut();
        await place.remove();
      },
    };
  }

  test('records what it leases, reports it, shows it live, and gives it back', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    const [one, two] = [leased(source.url('cam0')), leased(source.url('cam1'), { name: 'Back' })];
    hub.cameras = [one, two];
    const recorder = start();
    const heard = (): string[] =>
      hub.heartbeats.flatMap(({ holding }) => holding.map(({ state }) => state?.status ?? ''));
    await hub.until(() => heard().includes('recording'), 'state "recording"');
    await hub.until(() => hub.open.some(({ durationMs, key }) => durationMs > 0 && key !== null), 'an extent');
    await hub.until(() => hub.hasSocket, 'the live connection');
    hub.watch(7, one.id, 'main');
    hub.watch(8, one.id, 'attic');
    await hub.until(() => hub.live.pieces.filter(({ kind }) => kind === LIVE_DELTA).length > 20, 'live pictures');
    assert.deepEqual(
      hub.live.pieces.slice(0, 3).map(({ kind }) => kind),
      [LIVE_INIT, LIVE_KEY, LIVE_DELTA],
    );
    assert.deepEqual(hub.live.messages.slice(0, 2), [
      { type: 'hello', id: recorder.id },
      { type: 'live', channel: 7, mime: 'video/mp4; codecs="avc1.42c01e"' },
    ]);
    assert.ok(hub.live.messages.some((message) => message.type === 'ended' && message.channel === 8));
    assert.equal(picturesIn(hub.live.pieces[1]?.bytes ?? Buffer.alloc(0)).length, 1);
    hub.unwatch(7);
    await hub.until(() => hub.segments.length >= 4, 'four segments');
    hub.cameras = [two];
    await hub.until(() => hub.segments.some((r) => r.sourceId === one.id && r.ended === 'stop'), 'the lost one’s end');
    assert.equal(await recorder.stop(), 0);
    assert.deepEqual(hub.released, [two.id]);
    assert.ok(hub.segments.some((r) => r.sourceId === two.id && r.ended === 'stop'));
    for (const report of hub.segments) assert.equal(wrongWith(report, place.libraryDir), undefined);
    for (const { id } of [one, two])
      assertUnbroken(stored(hub, id, (key) => readFileSync(join(place.libraryDir, key))));
    assert.deepEqual(parts(place.libraryDir), []);
  });

  test('closes early, and takes a new token without losing a picture', async () => {
    await using set = await arena({ segmentMs: 60_000 });
    const { hub, place, start } = set;
    const camera = leased(source.url('cam0'));
    hub.cameras = [camera];
    const recorder = start();
    await hub.until(() => hub.open.some(({ durationMs }) => durationMs >= 1000), 'an extent');
    hub.closeEarly = [{ cameraId: camera.id, track: 'main' }];
    await hub.until(() => hub.segments.some(({ ended }) => ended === 'early'), 'the early end');
    hub.cameras = [{ ...camera, token: 5, revision: 2 }];
    await hub.until(() => hub.open.some(({ token, durationMs }) => token === 5 && durationMs >= 1000), 'the new token');
    assert.equal(await recorder.stop(), 0);
    assert.deepEqual(
      hub.segments.map(({ token, ended }) => [token, ended]),
      [
        [1, 'early'],
        [1, 'change'],
        [5, 'stop'],
      ],
    );
    assertUnbroken(stored(hub, camera.id, (key) => readFileSync(join(place.libraryDir, key))));
  });

  test('invariant 4: a dead hub stops nothing; what was recorded meanwhile is reported later', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    const camera = leased(source.url('cam1'));
    hub.cameras = [camera];
    const recorder = start();
    await hub.until(() => hub.segments.length >= 1, 'a first segment');
    await hub.cut();
    await wait(4500);
    const before = hub.segments.length;
    await hub.listen();
    await hub.until(() => hub.segments.length >= before + 2, 'segments of the time without hub');
    await hub.until(() => hub.registrations.length === 2, 'a second registration');
    assert.equal(await recorder.stop(), 0);
    assert.equal(new Set(hub.segments.map(({ run }) => run)).size, 1);
    assertUnbroken(stored(hub, camera.id, (key) => readFileSync(join(place.libraryDir, key))));
    assert.deepEqual(parts(place.libraryDir), []);
  });

  test('invariant 4: without the library on this machine it spools, uploads and then reports', async () => {
    await using set = await arena({ publish: 'upload' });
    const { hub, place, start } = set;
    const camera = leased(source.url('cam0'));
    hub.cameras = [camera];
    const recorder = start({ libraryDir: null });
    await hub.until(() => hub.segments.length >= 2, 'two segments');
    assert.equal(hub.open[0]?.key, null);
    assert.equal(await recorder.stop(), 0);
    for (const { key, sha256: expected } of hub.segments)
      assert.equal(sha256(hub.uploads.get(key) ?? Buffer.alloc(0)), expected);
    assertUnbroken(stored(hub, camera.id, (key) => hub.uploads.get(key) ?? Buffer.alloc(0)));
    assert.deepEqual(parts(place.spoolDir), []);
    assert.deepEqual(parts(place.libraryDir), []);
  });

  test('invariant 6: after a kill the open segment is recovered, reported, and recording goes on', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    const camera = leased(source.url('cam1'));
    hub.cameras = [camera];
    const first = start();
    await hub.until(() => hub.open.some(({ durationMs }) => durationMs >= 1000), 'an extent');
    await first.stop('SIGKILL');
    const seen = hub.segments.length;
    const second = start({ id: first.id });
    await hub.until(() => hub.segments.some(({ ended }) => ended === 'crash'), 'the recovered segment');
    await hub.until(() => hub.segments.length >= seen + 2, 'a segment of the new process');
    assert.equal(await second.stop(), 0);
    for (const report of hub.segments) assert.equal(wrongWith(report, place.libraryDir), undefined);
    assert.deepEqual(parts(place.libraryDir), []);
  });

  test('without parent and hub it ends by itself, with all segments finished', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    hub.cameras = [leased(source.url('cam0'))];
    const recorder = start({}, { VIDETTE_ORPHAN_MS: '1500' });
    await hub.until(() => hub.open.some(({ durationMs }) => durationMs >= 1000), 'an extent');
    recorder.child.disconnect();
    const ended = once(recorder.child, 'exit');
    // For as long as a hub answers, it is no orphan.
    await wait(2500);
    assert.equal(recorder.child.exitCode, null);
    await hub.cut();
    await ended;
    assert.equal(recorder.child.exitCode, 0);
    const again = start();
    await hub.listen();
    await hub.until(() => hub.segments.some(({ ended: why }) => why === 'stop'), 'the segment it had finished alone');
    await again.stop();
    for (const report of hub.segments) assert.equal(wrongWith(report, place.libraryDir), undefined);
  });

  test('a second process under the same id refuses, and names the lock', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    const first = start();
    await hub.until(() => hub.heartbeats.length > 0, 'a heartbeat');
    const second = start({ id: first.id, logFile: join(place.root, 'second.log') });
    await once(second.child, 'exit');
    assert.equal(second.child.exitCode, 1);
    assert.match(readFileSync(join(place.root, 'second.log'), 'utf8'), /recorder\.lock/);
    assert.equal(await first.stop(), 0);
  });

  test('what a dead recorder has left in the library is completed by another that lives', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    const camera = leased(source.url('cam0'));
    hub.cameras = [camera];
    const dead = start();
    await hub.until(() => hub.open.some(({ durationMs }) => durationMs >= 1000), 'an open segment');
    const other = start({ logFile: join(place.root, 'other.log') });
    await hub.until(() => hub.registrations.length === 2, 'the other one');
    await dead.stop('SIGKILL');
    const left = parts(place.libraryDir).filter((name) => name.startsWith(dead.id));
    assert.ok(left.length > 0);
    hub.cameras = [];
    const names = left.map((name) => name.split('/').at(-1)?.replace('.part', '') ?? '');
    const reported = (): boolean => names.every((name) => hub.segments.some(({ key }) => key.includes(name)));
    await hub.until(reported, 'the segments that were left');
    for (const report of hub.segments) assert.equal(wrongWith(report, place.libraryDir), undefined);
    for (let tries = 0; tries < 300 && existsSync(join(place.libraryDir, 'spool', dead.id)); tries++) await wait(100);
    assert.ok(!existsSync(join(place.libraryDir, 'spool', dead.id)), 'its empty spool is gone');
    assert.equal(await other.stop(), 0);
    assert.deepEqual(parts(place.libraryDir), []);
  });

  test('invariant 7: nothing is written into a library whose marker has gone', async () => {
    await using set = await arena();
    const { hub, place, start } = set;
    const camera = leased(source.url('cam0'));
    hub.cameras = [camera];
    const recorder = start();
    await hub.until(() => hub.segments.length >= 1, 'a first segment');
    const marker = join(place.libraryDir, '.vidette-library');
    await rename(marker, `${marker}.away`);
    await hub.until(
      () => hub.heartbeats.some(({ holding }) => /marker/.test(holding[0]?.state?.reason ?? '')),
      'the reason in the state',
    );
    const during = hub.segments.length;
    await rename(`${marker}.away`, marker);
    await hub.until(() => hub.segments.length >= during + 2, 'segments after the marker is back');
    assert.equal(await recorder.stop(), 0);
    assertUnbroken(stored(hub, camera.id, (key) => readFileSync(join(place.libraryDir, key))));
  });

  test('a wrong password is a reason, not a reason to try again and again', async () => {
    const locked = await startSource({ mounts: 1, auth: { username: 'eve', password: 'right-Pa55word' } });
    try {
      await using set = await arena();
      const { hub, start } = set;
      const wrong = leased(locked.url('cam0'), { name: 'Wrong', username: 'eve', password: 'wr0ng-Pa55word' });
      const right = leased(locked.url('cam0'), { name: 'Right', username: 'eve', password: 'right-Pa55word' });
      hub.cameras = [wrong, right];
      const recorder = start();
      const states = (id: string): { status: string; reason?: string | undefined }[] =>
        hub.heartbeats.flatMap(({ holding }) =>
          holding.flatMap((l) => (l.cameraId === id && l.state ? [l.state] : [])),
        );
      await hub.until(() => states(right.id).some(({ status }) => status === 'recording'), 'the right one records');
      await hub.until(() => states(wrong.id).some(({ status }) => status === 'backoff'), 'the wrong one waits');
      assert.match(states(wrong.id).find(({ status }) => status === 'backoff')?.reason ?? '', /password/i);
      await recorder.stop();
      assert.doesNotMatch(recorder.log() + JSON.stringify(hub.heartbeats), /Pa55word/);
      assert.doesNotMatch(recorder.log(), /vdt_fake/);
    } finally {
      await locked.close();
    }
  });
});
