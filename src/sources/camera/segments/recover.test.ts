import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeDisk, fault } from '../../../../test/faults/disk.ts';
import { systemClock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, wallMs } from '../../../base/units.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import type { SegmentReport } from '../../../contract/recorder.ts';
import { type Discovered, discover } from './discover.ts';
import { acknowledge } from './publish.ts';
import { type Recovery, recoverSpool } from './recover.ts';
import { TrackWriter } from './track-writer.ts';

const HERE = '0a8f1c0e-8b7b-4d5e-a9f7-2f2b9a6c9c11';
const ELSEWHERE = '1b8f1c0e-8b7b-4d5e-a9f7-2f2b9a6c9c11';

interface Recorded {
  readonly report: SegmentReport;
  readonly spool: string;
  readonly final: string | null;
}

/** Records three seconds; `die` leaves the segment open. */
async function record(
  disk: Disk,
  libraryDir: string,
  options: { die?: boolean; library?: string } = {},
): Promise<Recorded[]> {
  const told: Recorded[] = [];
  const stop = new AbortController();
  const writer = new TrackWriter({
    disk,
    clock: systemClock,
    log: silentLog,
    libraryDir,
    source: { id: '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60', folder: 'front-door' },
    track: 'main',
    library: options.library ?? HERE,
    token: 4,
    run: '0123456789abcdef',
    segmentMs: 60_000,
    fragmentMs: 1000,
    syncEveryMs: 5000,
    publish: 'link',
    signal: stop.signal,
    onExtent: () => undefined,
    onFinished: (report, spool, final) => told.push({ report, spool, final }),
  });
  writer.start({
    video: {
      codec: 'h264',
      codecString: 'avc1.64001f',
      width: 64,
      height: 48,
      description: Buffer.from('0164001f', 'hex'),
    },
  });
  for (let index = 0; index < 30; index++) {
    const at = mediaTime(index * 9000);
    const data = [Buffer.alloc(300, index)];
    writer.push({
      kind: 'video',
      key: index % 10 === 0,
      data,
      size: 300,
      pts: at,
      dts: at,
      arrival: wallMs(1_795_284_300_000 + index * 100),
    });
  }
  if (!options.die) await writer.end('stop');
  else while (writer.stats.framesWritten < 20) await new Promise((resolve) => setTimeout(resolve, 1));
  stop.abort();
  return told;
}

async function recover(disk: Disk, libraryDir: string): Promise<{ counts: Recovery; told: Recorded[] }> {
  const told: Recorded[] = [];
  const counts = await recoverSpool({
    disk,
    clock: systemClock,
    log: silentLog,
    libraryDir,
    library: HERE,
    publish: 'link',
    onFinished: (report, spool, final) => told.push({ report, spool, final }),
  });
  return { counts, told };
}

async function all(disk: Disk, libraryDir: string, hash = true): Promise<Discovered[]> {
  const found: Discovered[] = [];
  for await (const entry of discover({ disk, libraryDir, hash })) found.push(entry);
  return found;
}

test('on the real disk: a segment is recorded, found, cut after a crash, and acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidette-segments-'));
  try {
    await record(systemDisk, folder, { die: true });
    const { counts, told } = await recover(systemDisk, folder);
    assert.deepEqual(counts, { cut: 1, whole: 0, empty: 0, left: 0 });
    const [segment] = told;
    assert.ok(segment?.final);
    assert.equal(segment.report.durationMs, 2000);
    assert.equal(segment.report.frames, 20);
    assert.equal((await readFile(segment.final)).length, segment.report.bytes);
    await writeFile(join(folder, 'front-door/main/2026-11-21/18/notes.mp4'), 'mine');
    const found = await all(systemDisk, folder);
    assert.deepEqual(found.map((entry) => entry.kind).sort(), ['segment', 'unknown']);
    assert.deepEqual(found.find((entry) => entry.kind === 'segment')?.report, segment.report);
    const again = await recover(systemDisk, folder);
    assert.deepEqual(again.counts, { cut: 0, whole: 1, empty: 0, left: 0 });
    assert.deepEqual(again.told, told, 'reported again, not published again');
    await acknowledge(systemDisk, segment.spool);
    assert.deepEqual((await recover(systemDisk, folder)).counts, { cut: 0, whole: 0, empty: 0, left: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without links a segment is renamed, and a claim keeps it known until it is acknowledged', async () => {
  const disk = new FakeDisk({
    before: (operation, path) => {
      if (operation === 'link') throw fault('EPERM', 'link', path);
    },
  });
  const [segment] = await record(disk, '/library');
  assert.ok(segment?.final);
  assert.equal(disk.peek(segment.spool), undefined);
  const again = await recover(disk, '/library');
  assert.deepEqual(again.told, [segment]);
  await acknowledge(disk, segment.spool);
  assert.deepEqual((await recover(disk, '/library')).told, []);
  assert.ok(disk.peek(segment.final));
});

test('a segment of another library is left alone', async () => {
  const disk = new FakeDisk();
  await record(disk, '/library', { die: true, library: ELSEWHERE });
  const { counts, told } = await recover(disk, '/library');
  assert.deepEqual([counts.left, told.length], [1, 0]);
  assert.equal((await disk.readdir('/library/spool/front-door/main')).length, 1);
});

test('what has no readable beginning is put aside, what holds no picture is removed', async () => {
  const disk = new FakeDisk();
  await disk.mkdir('/library/spool/front-door/main');
  const garbage = await disk.openAppend('/library/spool/front-door/main/a.part', 'new');
  await garbage.writev([Buffer.alloc(500)]);
  await disk.openAppend('/library/spool/front-door/main/b.part', 'new');
  const { counts } = await recover(disk, '/library');
  assert.deepEqual(counts, { cut: 0, whole: 0, empty: 1, left: 1 });
  const names = (await disk.readdir('/library/spool/front-door/main')).map((entry) => entry.name);
  assert.match(names.join(), /^a\.part\.\d+\.unreadable$/);
  assert.equal((await recover(disk, '/library')).counts.left, 0);
});

test('one file that cannot be recovered does not keep the others from it', async () => {
  const disk = new FakeDisk({
    before: (operation, path) => {
      if (operation === 'openRead' && path.includes('/bad/')) throw fault('EIO', 'open', path);
    },
  });
  await disk.mkdir('/library/spool/bad/main');
  await (await disk.openAppend('/library/spool/bad/main/x.part', 'new')).writev([Buffer.alloc(10)]);
  await record(disk, '/library', { die: true });
  assert.deepEqual((await recover(disk, '/library')).counts, { cut: 1, whole: 0, empty: 0, left: 1 });
});

test('footage with a manifest beside it is no stranger, and a recording in the same folder is found', async () => {
  const disk = new FakeDisk();
  const [segment] = await record(disk, '/library');
  assert.ok(segment);
  const [source = ''] = segment.report.key.split('/');
  const hour = `/library/${source}/front/2026-03-02/01`;
  await disk.mkdir(hour);
  await (await disk.openAppend(`${hour}/01-03-05.000Z-a1b2c3d4e5f60718.mp4`, 'new')).close();
  assert.deepEqual((await all(disk, '/library')).map(({ kind }) => kind).sort(), ['segment', 'unknown']);
  await (await disk.openAppend(`/library/${source}/manifest.jsonl`, 'new')).close();
  assert.deepEqual(
    (await all(disk, '/library')).map(({ key }) => key),
    [segment.report.key],
  );
});

test('files are found without reading all of them, from a day on, and but for those that are known', async () => {
  const disk = new FakeDisk();
  const [segment] = await record(disk, '/library');
  assert.ok(segment);
  const [found] = await all(disk, '/library', false);
  assert.ok(found?.kind === 'segment');
  assert.deepEqual(found.report, { ...segment.report, sha256: null });
  for await (const later of discover({ disk, libraryDir: '/library', fromDay: '2026-11-22' })) assert.fail(later.key);
  for await (const unknown of discover({ disk, libraryDir: '/library', known: () => true })) assert.fail(unknown.key);
});
