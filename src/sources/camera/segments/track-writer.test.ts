import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { BufferSource, EncodedPacketSink, Input, MP4 } from 'mediabunny';
import { FakeDisk, type FakeDiskOptions, fault } from '../../../../test/faults/disk.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import type { OpenExtent, SegmentReport } from '../../../contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { bytesReader } from '../../../media/mp4/random-reader.ts';
import { readSegmentIndex } from '../../../media/mp4/segment-index.ts';
import { HeldMemory } from './held-memory.ts';
import { acknowledge } from './publish.ts';
import { recoverSpool } from './recover.ts';
import { finishedOf, reportOf } from './report.ts';
import { TrackWriter, type TrackWriterOptions } from './track-writer.ts';

const avcC = Buffer.from(
  '0164001fffe1001c6764001facd9405005bb016a02020280000003008000001e478c18cb01000568ebecb22cfdf8f800',
  'hex',
);
const silent: StreamConfig = {
  video: { codec: 'h264', codecString: 'avc1.64001f', width: 1280, height: 720, description: avcC },
};
const aac: StreamConfig = {
  ...silent,
  audio: {
    codec: 'aac',
    codecString: 'mp4a.40.2',
    sampleRate: 16_000,
    channels: 1,
    description: Buffer.from('1408', 'hex'),
  },
};
const START = 1_795_284_300_000;
const sourceId = '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60';

interface Rig {
  readonly disk: FakeDisk;
  readonly writer: TrackWriter;
  readonly reports: SegmentReport[];
  readonly spools: string[];
  readonly finals: (string | null)[];
  readonly extents: (OpenExtent | null)[];
  readonly troubles: (string | null)[];
  /** Sends pictures, `fps` a second, a key frame each `gop` pictures, and sound when asked. */
  play(seconds: number, options?: { gop?: number; fps?: number; sound?: number; bytes?: number }): Promise<void>;
  push(unit: Partial<AccessUnit>): void;
  step(ms: number): void;
}

function rig(config: StreamConfig, options: Partial<TrackWriterOptions> = {}, fake: FakeDiskOptions = {}): Rig {
  const disk = new FakeDisk(fake);
  let now = 0;
  let frame = 0;
  let sounds = 0;
  const reports: SegmentReport[] = [];
  const spools: string[] = [];
  const finals: (string | null)[] = [];
  const extents: (OpenExtent | null)[] = [];
  const troubles: (string | null)[] = [];
  const writer = new TrackWriter({
    disk,
    clock: { wall: () => wallMs(START + now), monotonic: () => monotonicMs(now) },
    log: silentLog,
    libraryDir: '/library',
    source: { id: sourceId, folder: 'front-door' },
    track: 'main',
    library: null,
    token: 1,
    run: '0123456789abcdef',
    segmentMs: 10_000,
    fragmentMs: 1000,
    syncEveryMs: 5000,
    publish: 'link',
    retryMs: 1,
    onExtent: (extent) => extents.push(extent),
    onFinished: (report, spool, final) => {
      reports.push(report);
      spools.push(spool);
      finals.push(final);
    },
    onTrouble: (reason) => troubles.push(reason),
    ...options,
  });
  writer.start(config);
  const push = (unit: Partial<AccessUnit>): void => {
    const data = unit.data ?? [Buffer.alloc(10, 1)];
    const size = data.reduce((sum, piece) => sum + piece.length, 0);
    writer.push({
      kind: 'video',
      key: false,
      pts: mediaTime(0),
      dts: mediaTime(0),
      arrival: wallMs(START + now),
      ...unit,
      data,
      size,
    });
  };
  return {
    disk,
    writer,
    reports,
    spools,
    finals,
    extents,
    troubles,
    push,
    step: (ms) => {
      now += ms;
    },
    async play(seconds, { gop = 15, fps = 15, sound = 0, bytes = 50 } = {}) {
      for (let index = 0; index < seconds * fps; index++) {
        const at = mediaTime(Math.round((frame * 90_000) / fps));
        push({ key: frame % gop === 0, pts: at, dts: at, data: [Buffer.alloc(bytes, frame)] });
        frame++;
        for (; sound > 0 && sounds * 1024 * fps < (frame - sound) * 16_000; sounds++) {
          const time = mediaTime(sounds * 1024);
          push({ kind: 'audio', key: true, pts: time, dts: time, data: [Buffer.from([sounds & 255, sounds >> 8])] });
        }
        now += 1000 / fps;
        await setImmediate();
      }
    },
  };
}

const file = (disk: FakeDisk, key: string): Buffer => disk.peek(`/library/${key}`) ?? assert.fail(`${key} is missing`);

test('a run becomes segments that meet, begin with a key frame and are named in UTC', async () => {
  const { disk, writer, reports, play } = rig(silent);
  await play(35);
  await writer.end('stop');
  assert.equal(reports.at(0)?.key, 'front-door/main/2026-11-21/18/18-05-00.000Z-0123456789abcdef-0.mp4');
  assert.equal(reports.at(-1)?.ended, 'stop');
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    35 * 15,
  );
  assert.ok(reports.length >= 4);
  for (const [index, report] of reports.entries()) {
    const read = await readSegmentIndex(bytesReader(file(disk, report.key), report.key), { verify: true });
    assert.equal(read.complete, true);
    assert.equal(read.fragments[0]?.key, true);
    assert.equal(read.identity.seq, index);
    const next = reports[index + 1];
    if (next) assert.equal(report.wallStart + report.durationMs, next.wallStart);
  }
});

test('the first segment of a camera is shorter, so that cameras do not all turn at once', async () => {
  const { writer, reports, play } = rig(silent);
  await play(25);
  await writer.end('stop');
  assert.ok((reports[0]?.durationMs ?? 0) >= 5000 && (reports[0]?.durationMs ?? 0) <= 10_000);
  assert.equal(reports[1]?.durationMs, 10_000);
});

test('other readers see what was sent: pictures, times, key frames, codecs and sound', async () => {
  const { disk, writer, reports, play } = rig(aac);
  // The sound lags behind the pictures by seven of them, also where segments meet.
  await play(32, { sound: 7 });
  await writer.end('stop');
  const heard: number[] = [];
  for (const report of reports) {
    const input = new Input({ source: new BufferSource(file(disk, report.key)), formats: [MP4] });
    const video = await input.getPrimaryVideoTrack();
    const audio = await input.getPrimaryAudioTrack();
    assert.ok(video && audio);
    assert.equal(await video.getCodecParameterString(), 'avc1.64001f');
    assert.equal(await audio.getCodecParameterString(), 'mp4a.40.2');
    assert.deepEqual([video.codedWidth, video.codedHeight, audio.sampleRate], [1280, 720, 16_000]);
    let index = 0;
    for await (const packet of new EncodedPacketSink(video).packets()) {
      assert.ok(Math.abs(packet.timestamp - index / 15) < 1e-3);
      assert.equal(packet.type === 'key', index % 15 === 0);
      index++;
    }
    assert.equal(index, report.frames);
    for await (const packet of new EncodedPacketSink(audio).packets()) {
      const number = (packet.data[0] ?? 0) + 256 * (packet.data[1] ?? 0);
      heard.push(number);
      assert.ok(Math.abs(packet.timestamp + (report.wallStart - START) / 1000 - (number * 1024) / 16_000) < 0.002);
    }
    input.dispose();
  }
  assert.deepEqual(
    heard,
    heard.map((_, index) => index),
    'no sound is lost or doubled where segments meet',
  );
});

test('reordered pictures keep their order of decoding and their times', async () => {
  const { disk, writer, reports, push, step } = rig(silent);
  const shown = [0, 3, 1, 2, 6, 4, 5];
  for (let index = 0; index < 21; index++) {
    const pts = 5000 + 3000 * (7 * Math.floor(index / 7) + (shown[index % 7] ?? 0) + 2);
    push({ key: index % 7 === 0, dts: mediaTime(5000 + 3000 * index), pts: mediaTime(pts) });
    step(33);
  }
  await writer.end('stop');
  const input = new Input({ source: new BufferSource(file(disk, reports[0]?.key ?? '')), formats: [MP4] });
  const video = await input.getPrimaryVideoTrack();
  assert.ok(video);
  const times: number[] = [];
  for await (const packet of new EncodedPacketSink(video).packets()) times.push(Math.round(packet.timestamp * 30));
  assert.deepEqual(
    times,
    Array.from({ length: 21 }, (_, index) => 7 * Math.floor(index / 7) + (shown[index % 7] ?? 0)),
  );
  input.dispose();
});

test('invariant 1: the extent tells how far the open segment can be read', async () => {
  const { disk, extents, play } = rig(silent);
  await play(3.5);
  const extent = extents.at(-1);
  assert.ok(extent?.key);
  assert.equal(extent.durationMs, 3000);
  const open = await readSegmentIndex(bytesReader(file(disk, extent.key), 'open'), { upTo: extent.bytes });
  assert.equal(open.validBytes, extent.bytes);
  assert.equal(open.durationTicks, 270_000);
});

test('invariant 1: a long GOP is cut into fragments, and only the first says that it is a key frame', async () => {
  const { disk, writer, reports, play } = rig(silent);
  await play(8, { gop: 1000 });
  await writer.end('stop');
  const index = await readSegmentIndex(bytesReader(file(disk, reports[0]?.key ?? ''), 'long'));
  assert.deepEqual(
    index.fragments.map((entry) => entry.key),
    [true, ...Array(7).fill(false)],
  );
});

test('an early close ends the segment at the next key frame', async () => {
  const { writer, reports, play } = rig(silent);
  await play(1.6, { gop: 30 });
  writer.closeEarly();
  await play(3, { gop: 30 });
  await writer.end('disconnect');
  assert.deepEqual(
    reports.map(({ ended, durationMs }) => [ended, durationMs]),
    [
      ['early', 2000],
      ['disconnect', 2600],
    ],
  );
});

test('invariant 6: a stalled disk never stops push; whole GOPs are given up, counted, and the gap stays a gap', async () => {
  let stalled = false;
  let wake: (() => void) | undefined;
  const before = (operation: string): void | Promise<void> => {
    if (stalled && operation === 'write')
      return new Promise((resolve) => {
        wake = resolve;
      });
  };
  const { writer, reports, play } = rig(
    silent,
    { memory: new HeldMemory({ perTrack: 200_000 }), segmentMs: 60_000 },
    { before },
  );
  await play(4, { bytes: 2000 });
  stalled = true;
  await play(20, { bytes: 2000 });
  assert.ok(writer.stats.bufferedBytes <= 200_000);
  assert.ok(writer.stats.framesDropped > 0);
  stalled = false;
  wake?.();
  await play(4, { bytes: 2000 });
  await writer.end('stop');
  const { frames, framesWritten, framesDropped } = writer.stats;
  assert.equal(frames, 28 * 15);
  assert.equal(framesWritten + framesDropped, frames);
  assert.equal(reports[0]?.ended, 'stall');
  const [one, two] = reports;
  assert.ok(one && two && two.wallStart - one.wallStart - one.durationMs > 5000);
});

test('a full disk: what was torn is cut off, and nothing is lost when space returns', async () => {
  let full = false;
  const { disk, writer, reports, troubles, play } = rig(
    silent,
    {},
    {
      before: (operation, path) => {
        if (full && (operation === 'write' || operation === 'open')) throw fault('ENOSPC', operation, path);
      },
    },
  );
  await play(4);
  full = true;
  await play(6);
  await setTimeout(20);
  assert.match(troubles.at(-1) ?? '', /The disk is full/);
  full = false;
  await setTimeout(20);
  await play(4);
  await writer.end('stop');
  assert.equal(troubles.at(-1), null);
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    14 * 15,
  );
  for (const report of reports)
    assert.equal(
      (await readSegmentIndex(bytesReader(file(disk, report.key), 'full'), { verify: true })).complete,
      true,
    );
});

test('a run that ends while the disk is full keeps what it holds, and writes it when there is room', async () => {
  let full = false;
  const { writer, reports, play } = rig(
    silent,
    {},
    {
      before: (operation, path) => {
        if (full && operation !== 'close') throw fault('ENOSPC', operation, path);
      },
    },
  );
  await play(3);
  full = true;
  await play(12);
  const ended = writer.end('disconnect');
  await setTimeout(50);
  full = false;
  await ended;
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    15 * 15,
  );
  assert.deepEqual(
    reports.map((report) => report.ended),
    ['rotate', 'disconnect'],
  );
});

test('an order to hold: nothing is written meanwhile, and all that fits into memory afterwards, in order and at its time', async () => {
  let held: string | null = null;
  let writes = 0;
  const { writer, reports, troubles, play } = rig(
    silent,
    { hold: () => held },
    {
      before: (operation) => {
        if (operation === 'write') writes += 1;
      },
    },
  );
  await play(4);
  held = 'no room';
  await setTimeout(10);
  writes = 0;
  await play(20);
  await setTimeout(10);
  assert.equal(writes, 0);
  assert.equal(troubles.at(-1), 'no room');
  held = null;
  await play(4);
  await writer.end('stop');
  assert.equal(troubles.at(-1), null);
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    28 * 15,
  );
  for (const [at, report] of reports.entries()) {
    const before = reports[at - 1];
    if (before) assert.equal(before.wallStart + before.durationMs, report.wallStart);
  }
});

test('a process that is to end writes what it holds, whatever the order says', async () => {
  let finishing = false;
  const { writer, reports, play } = rig(silent, { hold: () => 'no room', isFinishing: () => finishing });
  await play(4);
  finishing = true;
  await writer.end('stop');
  assert.equal(reports[0]?.frames, 4 * 15);
});

test('a disk that fails for good does not hold the end of a run for ever, and what is there is recovered', async () => {
  let broken = false;
  const { disk, writer, reports, play } = rig(
    silent,
    {},
    {
      before: (operation, path) => {
        if (broken && operation !== 'close') throw fault('EIO', operation, path);
      },
    },
  );
  await play(3);
  broken = true;
  const ended = writer.end('stop');
  writer.hurry();
  await ended;
  assert.equal(reports.length, 0);
  broken = false;
  const found: SegmentReport[] = [];
  const clock = { wall: () => wallMs(0), monotonic: () => monotonicMs(0) };
  const counts = await recoverSpool({
    disk,
    clock,
    log: silentLog,
    libraryDir: '/library',
    library: null,
    publish: 'link',
    onFinished: (report) => found.push(report),
  });
  assert.deepEqual(counts, { cut: 1, whole: 0, empty: 0, left: 0 });
  assert.equal(found[0]?.ended, 'crash');
  assert.equal(found[0]?.durationMs, 2000);
});

test('a file that somebody removes while it is written costs that file, and the recording goes on', async () => {
  const { disk, writer, reports, troubles, play } = rig(silent);
  await play(3);
  await disk.unlink('/library/spool/front-door/main/18-05-00.000Z-0123456789abcdef-0.part');
  await play(10);
  await setTimeout(50);
  await play(10);
  await writer.end('stop');
  assert.ok(reports.length >= 1 && reports.every((report) => report.seq > 0), `${reports.length} reported`);
  assert.equal(troubles.at(-1), null);
});

test('the beginning of a file that could neither be written nor removed does not hold up the next try', async () => {
  let broken = true;
  const { writer, reports, play } = rig(
    silent,
    {},
    {
      before: (operation, path) => {
        if (broken && (operation === 'write' || operation === 'unlink')) throw fault('EROFS', operation, path);
      },
    },
  );
  await play(3);
  broken = false;
  await setTimeout(20);
  await play(2);
  await writer.end('stop');
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    75,
  );
});

test('a bug is not taken for a disk that will be well again', async () => {
  const { writer, reports, play } = rig(
    silent,
    {},
    {
      before: (operation, path) => {
        if (operation === 'write' && path.endsWith('-0.part'))
          throw Object.assign(new RangeError('no'), { code: 'ERR_OUT_OF_RANGE' });
      },
    },
  );
  await play(5);
  await writer.end('stop');
  assert.ok((reports[0]?.frames ?? 0) >= 30);
});

test('invariant 2: a name that is taken is never overwritten', async () => {
  const { disk, writer, reports, play } = rig(silent);
  const taken = '/library/front-door/main/2026-11-21/18/18-05-00.000Z-0123456789abcdef-0.mp4';
  await disk.mkdir('/library/front-door/main/2026-11-21/18');
  const foreign = await disk.openAppend(taken, 'new');
  await foreign.writev([Buffer.from('foreign')]);
  await play(2);
  await writer.end('stop');
  assert.match(reports[0]?.key ?? '', /-0-2\.mp4$/);
  assert.equal(disk.peek(taken)?.toString(), 'foreign');
});

test('invariant 2: the part stays until it is acknowledged', async () => {
  const { disk, writer, spools, finals, play } = rig(silent);
  await play(2);
  await writer.end('stop');
  const [spool = ''] = spools;
  assert.ok(disk.peek(spool) && finals[0] && disk.peek(finals[0]));
  await acknowledge(disk, spool);
  await acknowledge(disk, spool);
  assert.equal(disk.peek(spool), undefined);
  assert.ok(disk.peek(finals[0] ?? ''));
});

test('what is to be uploaded stays in the spool, whole', async () => {
  const { disk, writer, reports, spools, finals, extents, play } = rig(silent, { publish: 'keep' });
  await play(2);
  assert.equal(extents[0]?.key, null);
  await writer.end('stop');
  assert.equal(finals[0], null);
  assert.equal(disk.peek(spools[0] ?? '')?.length, reports[0]?.bytes);
});

test('a guard keeps the hands off a library that is not there', async () => {
  let missing = true;
  const { disk, writer, reports, play } = rig(silent, {
    guard: async () => {
      if (missing) throw fault('ENOENT', 'stat', 'marker');
    },
  });
  await play(3);
  assert.equal(disk.operations, 0);
  missing = false;
  await setTimeout(10);
  await writer.end('stop');
  assert.equal(reports[0]?.frames, 45);
});

test('a jump of the camera clock costs neither footage nor the right time of day', async () => {
  const { writer, reports, push, step } = rig(silent);
  for (let index = 0; index < 90; index++) {
    const leap = index < 30 ? 0 : index < 60 ? 3_600 : -7_200;
    const at = mediaTime((index / 15 + leap + 10_000) * 90_000);
    push({ key: index % 15 === 0, pts: at, dts: at });
    step(1000 / 15);
    await setImmediate();
  }
  await writer.end('stop');
  assert.equal(writer.stats.jumps, 2);
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    90,
  );
  assert.ok(Math.abs(reports.reduce((sum, report) => sum + report.durationMs, 0) - 6000) < 50);
});

test('rotation goes by the wall clock too, where the camera clock stands still', async () => {
  const { writer, reports, push, step } = rig(silent);
  for (let index = 0; index < 15 * 22; index++) {
    push({ key: index % 15 === 0, pts: mediaTime(1000), dts: mediaTime(1000) });
    step(1000 / 15);
    await setImmediate();
  }
  await writer.end('stop');
  assert.ok(reports.length >= 2);
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    15 * 22,
  );
});

test('invariant 1: neighbours of a run meet to the millisecond while the time of day is slewed, in reports and in the files', async () => {
  const { disk, writer, reports, push, step } = rig(silent);
  for (let frame = 0; frame < 15 * 120; frame++) {
    const at = mediaTime(frame * 6000);
    // From the second half minute on our clock is 900 ms ahead.
    const arrival = wallMs(Math.round(START + (frame * 200) / 3 + (frame > 450 ? 900 : 0)));
    push({ key: frame % 15 === 0, pts: at, dts: at, arrival });
    step(1000 / 15);
    await setImmediate();
  }
  await writer.end('stop');
  assert.ok(reports.length > 10);
  let slewed = 0;
  for (const [at, report] of reports.entries()) {
    const next = reports[at + 1];
    if (!next) continue;
    assert.equal(report.wallStart + report.durationMs, next.wallStart);
    const media = (next.mediaStart - report.mediaStart) / 90;
    assert.ok(Math.abs(report.durationMs - media) <= media * 500e-6 + 1.001, `${report.durationMs} ms for ${media}`);
    slewed += report.durationMs - media;
    const index = await readSegmentIndex(bytesReader(file(disk, report.key), 'slewed'));
    assert.equal(
      reportOf(finishedOf(index, report.ended, report.bytes), report.key, report.sha256).durationMs,
      report.durationMs,
    );
  }
  assert.ok(slewed > 20, `${slewed} ms`);
  assert.ok(writer.wallErrorMs > 800);
});

test('invariant 1: a wall clock that is set neither ends a segment early nor keeps it open', async () => {
  for (const byMs of [3_600_000, -3_600_000]) {
    const { writer, reports, push, step } = rig(silent);
    for (let frame = 0; frame < 15 * 30; frame++) {
      const at = mediaTime(frame * 6000);
      const arrival = wallMs(Math.round(START + (frame * 200) / 3 + (frame > 100 ? byMs : 0)));
      push({ key: frame % 15 === 0, pts: at, dts: at, arrival });
      step(1000 / 15);
      await setImmediate();
    }
    await writer.end('stop');
    assert.deepEqual(
      reports.slice(1, -1).map((report) => Math.round(report.durationMs / 100)),
      [100, 100],
    );
    assert.ok(Math.abs((reports[0]?.wallStart ?? 0) - START) <= 1);
  }
});

test('a machine that starts in 1970: what waits when its clock is set gets the right time', async () => {
  let hold: string | null = 'no clock yet';
  const { writer, reports, push, step } = rig(silent, { hold: () => hold });
  const play = async (from: number, to: number, zero: number): Promise<void> => {
    for (let frame = from; frame < to; frame++) {
      const at = mediaTime(frame * 6000);
      push({ key: frame % 15 === 0, pts: at, dts: at, arrival: wallMs(Math.round(zero + (frame * 200) / 3)) });
      step(1000 / 15);
      await setImmediate();
    }
  };
  await play(0, 300, 25_000);
  // The clock is set; a second later that is noticed.
  await play(300, 315, START);
  assert.equal(writer.clockStepped(START - 25_000), true);
  hold = null;
  await play(315, 600, START);
  await setTimeout(20);
  await writer.end('stop');
  assert.equal(reports[0]?.wallStart, START);
  assert.equal(
    reports.reduce((sum, report) => sum + report.frames, 0),
    600,
  );
  assert.ok(Math.abs(writer.wallErrorMs) < 5);
});

test('a run whose first segment is named does not move when the clock is set', async () => {
  const { writer, play } = rig(silent);
  await play(3);
  assert.equal(writer.clockStepped(3_600_000), false);
  await writer.end('stop');
});

test('what is timed by arrival and what was lost on the way is marked, in the report and in the file', async () => {
  const { disk, writer, reports, push, step } = rig(silent);
  for (let frame = 0; frame < 15 * 24; frame++) {
    const at = mediaTime(frame * 6000);
    const stuck = frame === 200 ? ({ timing: 'arrival', missing: { lost: 3, damaged: 0 } } as const) : {};
    push({ key: frame % 15 === 0, pts: at, dts: at, ...stuck });
    step(1000 / 15);
    await setImmediate();
  }
  await writer.end('stop');
  const marks = reports.map(({ timing, lost }) => ({ timing, lost }));
  assert.deepEqual(marks[0], { timing: undefined, lost: undefined });
  assert.deepEqual(marks[1], { timing: 'arrival', lost: 3 });
  const [, marked] = reports;
  assert.ok(marked);
  const index = await readSegmentIndex(bytesReader(file(disk, marked.key), 'marked'));
  assert.deepEqual(reportOf(finishedOf(index, marked.ended, marked.bytes), marked.key, marked.sha256), marked);
});

test('a stream without key frames is cut after ten minutes all the same, and says so', async () => {
  const { disk, writer, reports, play } = rig(silent);
  await play(660, { gop: 1e9, fps: 1 });
  await writer.end('stop');
  assert.deepEqual(
    reports.map(({ ended, frames }) => [ended, frames]),
    [
      ['rotate', 600],
      ['stop', 60],
    ],
  );
  const second = await readSegmentIndex(bytesReader(file(disk, reports[1]?.key ?? ''), 'keyless'));
  assert.equal(second.fragments[0]?.key, false);
});

test('what comes before the first key frame is not recorded', async () => {
  const { writer, reports, push, step } = rig(aac);
  push({ kind: 'audio', key: true });
  for (let index = 0; index < 10; index++) {
    const at = mediaTime(index * 6000);
    push({ key: index === 4, pts: at, dts: at });
    step(200 / 3);
  }
  await writer.end('stop');
  assert.deepEqual([reports[0]?.frames, reports[0]?.durationMs, reports[0]?.wallStart], [6, 400, START + 267]);
});

test('a run begins when its least delayed picture says, not when a late first picture came', async () => {
  const { writer, reports, push, step } = rig(silent);
  for (let frame = 0; frame < 40; frame++) {
    const at = mediaTime(frame * 6000);
    // The first pictures come 450 ms late and all at once, as from a camera that has just started.
    const delay = Math.max(0, 450 - frame * 66);
    push({ key: frame % 15 === 0, pts: at, dts: at, arrival: wallMs(Math.round(START + (frame * 200) / 3 + delay)) });
    step(1000 / 15);
    await setImmediate();
  }
  await writer.end('stop');
  assert.ok(Math.abs((reports[0]?.wallStart ?? 0) - START) <= 1, `${(reports[0]?.wallStart ?? 0) - START} ms off`);
});

test('a run tells where it ends, as its last report does', async () => {
  const { writer, reports, play } = rig(silent);
  assert.equal(writer.wallEnd, undefined);
  await play(3);
  await writer.end('change');
  const last = reports.at(-1);
  assert.equal(writer.wallEnd, last && last.wallStart + last.durationMs);
});
