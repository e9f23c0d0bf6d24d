/**
 * Segments against power loss and process death, at random points (DESIGN, "How a segment is born", invariants 1, 2 and 6).
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLog } from '../../src/base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../src/base/units.ts';
import type { SegmentReport } from '../../src/contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../src/media/access-unit.ts';
import { bytesReader } from '../../src/media/mp4/random-reader.ts';
import { readSegmentIndex } from '../../src/media/mp4/segment-index.ts';
import { discover } from '../../src/sources/camera/segments/discover.ts';
import { acknowledge } from '../../src/sources/camera/segments/publish.ts';
import { recoverSpool } from '../../src/sources/camera/segments/recover.ts';
import { TrackWriter } from '../../src/sources/camera/segments/track-writer.ts';
import { FakeDisk, fault, type Random, seeded } from './disk.ts';

const LIBRARY = '/library';
const LIBRARY_ID = '0a8f1c0e-8b7b-4d5e-a9f7-2f2b9a6c9c11';
const FRAME_MS = 200;
const FRAGMENT_MS = 1000;
const SYNC_MS = 3000;
const SEGMENT_MS = 4000;
const SECONDS = 16;

const avcC = Buffer.from(
  '0164001fffe1001c6764001facd9405005bb016a02020280000003008000001e478c18cb01000568ebecb22cfdf8f800',
  'hex',
);
const config: StreamConfig = {
  video: { codec: 'h264', codecString: 'avc1.64001f', width: 1280, height: 720, description: avcC },
  audio: {
    codec: 'aac',
    codecString: 'mp4a.40.2',
    sampleRate: 16_000,
    channels: 1,
    description: Buffer.from('1408', 'hex'),
  },
};

interface Camera {
  readonly sourceId: string;
  readonly folder: string;
  readonly writer: TrackWriter;
  nextKey: number;
  /** Wall time up to which pictures were pushed. */
  pushed: number;
}

/** All that the outside was told. */
interface Told {
  readonly reports: Map<string, SegmentReport>;
  readonly acknowledged: Set<string>;
}

const name = (report: SegmentReport): string => `${report.run}/${report.seq}`;

function unitsAt(camera: Camera, now: number, start: number, random: Random): AccessUnit[] {
  const seconds = (now - start) / 1000;
  const key = seconds >= camera.nextKey;
  if (key) camera.nextKey = seconds + 0.6 + random() * 2.4;
  const data = Buffer.alloc(20 + Math.floor(random() * (key ? 600 : 150)), Math.floor(random() * 256));
  const unit = (kind: 'video' | 'audio', rate: number): AccessUnit => {
    const at = mediaTime(Math.round(seconds * rate));
    return {
      kind,
      data: [data],
      size: data.length,
      key: kind === 'audio' || key,
      pts: at,
      dts: at,
      arrival: wallMs(now),
    };
  };
  return random() < 0.5 ? [unit('video', 90_000), unit('audio', 16_000)] : [unit('video', 90_000)];
}

/** Records with two cameras until the disk dies or the time is over. */
async function record(disk: FakeDisk, random: Random, told: Told): Promise<{ cameras: Camera[]; over: boolean }> {
  const start = 1_795_284_300_000;
  let now = start;
  const clock = { wall: () => wallMs(now), monotonic: () => monotonicMs(now - start + 5000) };
  const pending: { at: number; report: SegmentReport; spool: string }[] = [];
  const cameras = ['a', 'b'].map((letter): Camera => {
    const sourceId = `6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f6${letter}`;
    const folder = `camera-${letter}`;
    const writer = new TrackWriter({
      disk,
      clock,
      log: silentLog,
      libraryDir: LIBRARY,
      source: { id: sourceId, folder },
      track: 'main',
      library: LIBRARY_ID,
      token: 1,
      run: `0000000000run${letter}`,
      segmentMs: SEGMENT_MS,
      fragmentMs: FRAGMENT_MS,
      syncEveryMs: SYNC_MS,
      publish: 'link',
      onExtent: () => undefined,
      onFinished: (report, spool) => {
        told.reports.set(name(report), report);
        if (random() < 0.7) pending.push({ at: now + random() * 3000, report, spool });
      },
    });
    writer.start(config);
    return { sourceId, folder, writer, nextKey: 0, pushed: start };
  });
  for (; now < start + SECONDS * 1000 && !disk.dead; now += FRAME_MS) {
    for (const camera of cameras) {
      for (const unit of unitsAt(camera, now, start, random)) camera.writer.push(unit);
      camera.pushed = now;
    }
    if (random() < 0.02) cameras[0]?.writer.closeEarly();
    await setImmediate();
    for (const entry of pending.filter(({ at }) => at <= now)) {
      pending.splice(pending.indexOf(entry), 1);
      told.acknowledged.add(name(entry.report));
      void acknowledge(disk, entry.spool);
    }
    await setImmediate();
  }
  if (disk.dead) return { cameras, over: false };
  const ends = Promise.all(cameras.map((camera) => camera.writer.end('stop')));
  let over = false;
  void ends.then(() => {
    over = true;
  });
  while (!over && !disk.dead) await setImmediate();
  return { cameras, over };
}

/** @returns what recovery told, or undefined when the disk died meanwhile. */
async function recover(disk: FakeDisk, told: Told): Promise<SegmentReport[] | undefined> {
  const reports: SegmentReport[] = [];
  let counts: Awaited<ReturnType<typeof recoverSpool>> | undefined;
  void recoverSpool({
    disk,
    log: silentLog,
    libraryDir: LIBRARY,
    library: LIBRARY_ID,
    publish: 'link',
    clock: { wall: () => wallMs(0), monotonic: () => monotonicMs(0) },
    onFinished: (report) => {
      reports.push(report);
      told.reports.set(name(report), report);
    },
  }).then((done) => {
    counts = done;
  });
  while (!counts && !disk.dead) await setImmediate();
  return counts && reports;
}

async function check(
  disk: FakeDisk,
  told: Told,
  again: readonly SegmentReport[],
  cameras: readonly Camera[],
  lossMs: number,
): Promise<void> {
  const repeated = new Map(again.map((report) => [name(report), report]));
  for (const report of told.reports.values()) {
    const bytes = disk.peek(`${LIBRARY}/${report.key}`);
    assert.ok(bytes, `invariant 2: ${report.key} was reported and is gone`);
    assert.equal(bytes.length, report.bytes);
    assert.equal(
      createHash('sha256').update(bytes).digest('hex'),
      report.sha256,
      `invariant 2: ${report.key} has other bytes than reported`,
    );
    if (!told.acknowledged.has(name(report)))
      assert.deepEqual(repeated.get(name(report))?.key, report.key, 'an unacknowledged segment is reported again');
  }
  const published = new Map<string, SegmentReport>();
  for await (const found of discover({ disk, libraryDir: LIBRARY, hash: true })) {
    assert.equal(found.kind, 'segment', `invariant 2: ${found.key} is published and not whole`);
    if (found.kind !== 'segment') continue;
    const report = { ...found.report, sha256: found.report.sha256 ?? '' };
    assert.equal(published.has(name(report)), false, 'invariant 2: a segment is published under two names');
    published.set(name(report), report);
    const bytes = disk.peek(`${LIBRARY}/${report.key}`);
    const index = await readSegmentIndex(bytesReader(bytes ?? Buffer.alloc(0), report.key), { verify: true });
    assert.equal(index.complete, true, `invariant 2: ${report.key} has damaged pictures`);
    const before = told.reports.get(name(report));
    if (before) assert.deepEqual(report, before, 'what is read from a file is what was reported of it');
  }
  for (const camera of cameras) {
    const own = [...published.values()]
      .filter((report) => report.sourceId === camera.sourceId)
      .sort((a, b) => a.seq - b.seq);
    own.forEach((report, index) => {
      const before = own[index - 1];
      if (before)
        assert.equal(
          before.wallStart + before.durationMs,
          report.wallStart,
          'a segment ends where the next of its run begins',
        );
    });
    const last = own.at(-1);
    const end = last ? last.wallStart + last.durationMs : 1_795_284_300_000;
    const lost = camera.pushed + FRAME_MS - end;
    assert.ok(lost <= lossMs, `invariant 6: ${lost} ms of footage lost, at most ${lossMs} allowed`);
  }
}

/** File systems without links are a quarter of the cases. */
function withoutLinks(seed: number): { before?(operation: string, path: string): void } {
  if (seed % 4 !== 3) return {};
  return {
    before: (operation, path) => {
      if (operation === 'link') throw fault('EPERM', 'link', path);
    },
  };
}

async function point(seed: number, kind: 'power' | 'kill'): Promise<boolean> {
  const random = seeded(seed);
  const cutAt = 3 + Math.floor(random() * 190);
  const told: Told = { reports: new Map(), acknowledged: new Set() };
  const first = new FakeDisk({ cutAt, ...withoutLinks(seed) });
  await first.mkdir(LIBRARY);
  await first.syncFolder('/');
  const { cameras, over } = await record(first, random, told);
  const restart = (disk: FakeDisk, options: object): FakeDisk =>
    kind === 'power' ? disk.afterPowerLoss(random, options) : disk.afterKill(options);
  const again: SegmentReport[] = [];
  let disk = restart(first, { cutAt: 1 + Math.floor(random() * 60), ...withoutLinks(seed) });
  const reports = await recover(disk, told);
  again.push(...(reports ?? []));
  if (!reports) {
    disk = restart(disk, withoutLinks(seed));
    again.push(...((await recover(disk, told)) ?? assert.fail('recovery did not end')));
  }
  const frameOver = FRAME_MS * 2;
  await check(
    disk.afterKill(),
    told,
    again,
    cameras,
    over ? 0 : kind === 'power' ? SYNC_MS + frameOver : FRAGMENT_MS + frameOver,
  );
  return over;
}

test('invariants 2 and 6: power loss at 200 random points loses no reported segment, and at most syncEvery of the open one', async () => {
  for (let seed = 1; seed <= 200; seed++) await at(seed, () => point(seed, 'power'));
});

test('invariants 1 and 6: process death at 200 random points loses at most one fragment', async () => {
  for (let seed = 1001; seed <= 1200; seed++) await at(seed, () => point(seed, 'kill'));
});

async function at(seed: number, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`at the point with seed ${seed}`, { cause: error });
  }
}
