import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FakeDisk, fault } from '../../../../test/faults/disk.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import { recoverSpool } from '../segments/recover.ts';
import { TrackWriter } from '../segments/track-writer.ts';
import { listingOf } from './frozen-listing.ts';
import { guardedDisk } from './guarded-disk.ts';
import { LeftBehind } from './left-behind.ts';
import { MarkerGuard } from './library-marker.ts';

test('what was left behind is tried again, less and less often, until it is done', async () => {
  let now = 0;
  const left = new LeftBehind(() => now);
  const tries: number[] = [];
  left.add(async () => {
    tries.push(now);
    return tries.length === 3;
  });
  for (; now < 200_000; now += 1000) {
    left.tick();
    await setImmediate();
  }
  assert.deepEqual(tries, [10_000, 30_000, 70_000]);
});

test('a segment whose end the disk refused is finished beside the one that is being written', async () => {
  let broken = false;
  const disk = new FakeDisk({
    before: (operation, path) => {
      if (broken && operation !== 'close') throw fault('ENOSPC', operation, path);
    },
  });
  const clock = { wall: () => wallMs(1_795_284_300_000), monotonic: () => monotonicMs(0) };
  const description = Buffer.from(
    '0164001fffe1001c6764001facd9405005bb016a02020280000003008000001e478c18cb01000568ebecb22cfdf8f800',
    'hex',
  );
  const abandoned: string[] = [];
  const write = (run: string): TrackWriter => {
    const writer = new TrackWriter({
      disk,
      clock,
      log: silentLog,
      libraryDir: '/library',
      source: { id: '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60', folder: 'front-door' },
      track: 'main',
      library: null,
      token: 1,
      run,
      segmentMs: 10_000,
      fragmentMs: 1000,
      syncEveryMs: 5000,
      publish: 'link',
      retryMs: 1,
      onExtent: () => undefined,
      onFinished: () => undefined,
      onAbandoned: (path) => abandoned.push(path),
    });
    writer.start({ video: { codec: 'h264', codecString: 'avc1.64001f', width: 1280, height: 720, description } });
    for (let frame = 0; frame < 45; frame++) {
      const at = mediaTime(frame * 6000);
      const data = [Buffer.alloc(50, frame)];
      const unit = { data, size: 50, key: frame % 15 === 0, pts: at, dts: at, arrival: clock.wall() };
      writer.push({ kind: 'video', ...unit });
    }
    return writer;
  };
  const first = write('0123456789abcdef');
  while (first.stats.framesWritten === 0) await setImmediate();
  broken = true;
  const ended = first.end('disconnect');
  first.hurry();
  await ended;
  assert.equal(abandoned.length, 1);
  broken = false;
  const second = write('fedcba9876543210');
  while (second.stats.framesWritten === 0) await setImmediate();
  const guard = new MarkerGuard('/library', 'x', clock.monotonic, async () => 'x');
  const found: string[] = [];
  const counts = await recoverSpool({
    disk: listingOf(guardedDisk(disk, guard), '/library/spool', abandoned[0] ?? ''),
    clock,
    log: silentLog,
    libraryDir: '/library',
    library: null,
    publish: 'link',
    onFinished: (report) => found.push(report.run),
  });
  assert.deepEqual([counts.cut + counts.whole, counts.left], [1, 0]);
  assert.deepEqual(found, ['0123456789abcdef']);
  await second.end('stop');
  assert.equal(abandoned.length, 1);
});
