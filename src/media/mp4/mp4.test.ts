import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { InputError } from '../../base/errors.ts';
import { mediaTime, wallMs } from '../../base/units.ts';
import type { AccessUnit, StreamConfig } from '../access-unit.ts';
import { AUDIO_TRACK, VIDEO_TRACK } from './box.ts';
import { type FragmentSample, type FragmentSpec, fragmentPieces, liveFragment, ntpToWall } from './fragment.ts';
import { type FragmentEntry, indexBox } from './fragment-table.ts';
import { durationMsOf, type SegmentIdentity, wallOf } from './identity.ts';
import { initSegment } from './init.ts';
import { bytesReader } from './random-reader.ts';
import { retimeFragment } from './retime.ts';
import { readSegmentIndex, type SegmentIndex } from './segment-index.ts';

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
const identity: SegmentIdentity = {
  v: 1,
  library: '0a8f1c0e-8b7b-4d5e-a9f7-2f2b9a6c9c11',
  sourceId: '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60',
  folder: 'front-door',
  track: 'main',
  run: '0123456789abcdef',
  seq: 3,
  token: 7,
  wallStart: 1_795_284_300_000,
  mediaStart: 5_400_000,
  runWallStart: 1_795_284_240_000,
};

/** A file as the recorder makes it, and what is in it. */
interface Made {
  readonly file: Buffer;
  readonly head: number;
  readonly fragments: FragmentEntry[];
  /** Bytes up to the index. */
  readonly body: number;
}

const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 });
const sampleArb = fc.record({
  data: pieces,
  duration: fc.integer({ min: 1, max: 90_000 }),
  offset: fc.integer({ min: -9000, max: 9000 }),
});
const fragmentArb = fc.record({
  key: fc.boolean(),
  video: fc.array(sampleArb, { minLength: 1, maxLength: 6 }),
  audio: fc.array(sampleArb, { maxLength: 4 }),
  tail: fc.boolean(),
});
type FragmentPlan = typeof fragmentArb extends fc.Arbitrary<infer T> ? T : never;

function samples(plan: FragmentPlan['video'], key: boolean): FragmentSample[] {
  return plan.map(({ data, duration, offset }, index) => ({
    data,
    size: data.reduce((sum, piece) => sum + piece.length, 0),
    duration,
    offset: index === 0 ? 0 : offset,
    key: key && index === 0,
  }));
}

function make(plans: readonly FragmentPlan[], closed: boolean): Made {
  const head = initSegment(config, identity);
  const parts: Uint8Array[] = [head];
  const fragments: FragmentEntry[] = [];
  let offset = head.length;
  let time = 0;
  let sequence = 1;
  for (const plan of plans) {
    const video = samples(plan.video, plan.key);
    const audio = samples(plan.audio, true);
    const wall = wallOf(identity.runWallStart, identity.mediaStart + time);
    const spec: FragmentSpec = {
      sequence: sequence++,
      wall,
      tracks: [
        { id: VIDEO_TRACK, baseTime: time, samples: video },
        { id: AUDIO_TRACK, baseTime: Math.floor(time / 6), samples: audio },
      ],
    };
    const from = parts.length;
    parts.push(...fragmentPieces(spec));
    if (plan.tail && audio.length > 0) {
      const tail = { sequence: sequence++, wall, tracks: [{ id: AUDIO_TRACK, baseTime: time, samples: audio }] };
      parts.push(...fragmentPieces(tail));
    }
    const bytes = parts.slice(from).reduce((sum, part) => sum + part.length, 0);
    const durationTicks = video.reduce((sum, sample) => sum + sample.duration, 0);
    fragments.push({ offset, bytes, time, durationTicks, wall, key: plan.key, frames: video.length });
    offset += bytes;
    time += durationTicks;
  }
  const frames = fragments.reduce((sum, entry) => sum + entry.frames, 0);
  if (closed) parts.push(indexBox({ ended: 'early', durationTicks: time, frames, fragments }));
  return { file: Buffer.concat(parts), head: head.length, fragments, body: offset };
}

const plain = (index: SegmentIndex) => index.fragments.map((entry) => ({ ...entry }));

test('what is written is read back, from the table and by walking', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fragmentArb, { minLength: 1, maxLength: 6 }), async (plans) => {
      const made = make(plans, true);
      const closed = await readSegmentIndex(bytesReader(made.file, 'a'), { verify: true });
      assert.equal(closed.complete, true);
      assert.equal(closed.ended, 'early');
      assert.equal(closed.validBytes, made.file.length);
      assert.deepEqual(closed.identity, identity);
      assert.deepEqual(plain(closed), made.fragments);
      const open = await readSegmentIndex(bytesReader(made.file, 'a'), { upTo: made.body, verify: true });
      assert.equal(open.complete, false);
      assert.equal(open.validBytes, made.body);
      assert.deepEqual(plain(open), made.fragments);
      assert.equal(open.durationTicks, closed.durationTicks);
      assert.equal(open.frames, closed.frames);
      assert.equal(closed.config.mime, 'video/mp4; codecs="avc1.64001f,mp4a.40.2"');
      assert.deepEqual([closed.config.video.width, closed.config.video.height], [1280, 720]);
      assert.equal(closed.config.audio?.timescale, 16_000);
      assert.equal(closed.config.headBytes, made.head);
      assert.equal(closed.config.initBytes, initSegment(config).length);
    }),
    { numRuns: 60 },
  );
});

test('a file cut at any byte gives the last whole fragment', async () => {
  const plan = (key: boolean): FragmentPlan => ({
    key,
    video: [{ data: [Buffer.from('abc')], duration: 6000, offset: 0 }],
    audio: [{ data: [Buffer.from('de')], duration: 1024, offset: 0 }],
    tail: key,
  });
  const made = make([plan(true), plan(false), plan(true)], true);
  for (let cut = 0; cut < made.file.length; cut++) {
    const reader = bytesReader(made.file.subarray(0, cut), 'cut');
    if (cut < made.head) {
      await assert.rejects(readSegmentIndex(reader), InputError, `cut at ${cut}`);
      continue;
    }
    const index = await readSegmentIndex(reader, { verify: true });
    const whole = made.fragments.filter((entry) => entry.offset + entry.bytes <= cut);
    assert.equal(index.complete, false);
    // The sound behind a fragment's pictures is a `moof` of its own: the pictures may be whole without it.
    assert.ok(index.fragments.length === whole.length || index.fragments.length === whole.length + 1, `cut at ${cut}`);
    assert.ok(index.validBytes <= cut);
    assert.deepEqual(plain(index).slice(0, whole.length), whole);
  }
});

test('a file that goes on with garbage gives the last whole fragment', async () => {
  const video = [{ data: [Buffer.from('abc')], duration: 6000, offset: 0 }];
  const made = make([{ key: true, video, audio: [], tail: false }], true);
  const end = made.fragments.at(-1);
  assert.ok(end);
  const garbage = Buffer.from('00000001 6d6f6f66 ffffffff ffffffff'.replaceAll(' ', ''), 'hex');
  const file = Buffer.concat([made.file.subarray(0, end.offset + end.bytes), garbage, Buffer.alloc(100, 0xff)]);
  const index = await readSegmentIndex(bytesReader(file, 'torn'));
  assert.equal(index.validBytes, end.offset + end.bytes);
});

test('reading on from an earlier index gives what reading at once gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fragmentArb, { minLength: 2, maxLength: 6 }), fc.nat(), async (plans, seed) => {
      const made = make(plans, false);
      const upTo = made.head + (seed % (made.body - made.head));
      const first = await readSegmentIndex(bytesReader(made.file, 'a'), { upTo });
      const second = await readSegmentIndex(bytesReader(made.file, 'a'), { after: first });
      assert.deepEqual(second, await readSegmentIndex(bytesReader(made.file, 'a')));
    }),
    { numRuns: 40 },
  );
});

test('a changed byte of the payload is found when asked for', async () => {
  const plan: FragmentPlan = {
    key: true,
    video: [{ data: [Buffer.from('picture')], duration: 1, offset: 0 }],
    audio: [],
    tail: false,
  };
  const made = make([plan, plan, plan], true);
  const second = made.fragments[1];
  assert.ok(second);
  made.file.writeUInt8(0, second.offset + second.bytes - 1);
  assert.equal((await readSegmentIndex(bytesReader(made.file, 'a'))).complete, true);
  const verified = await readSegmentIndex(bytesReader(made.file, 'a'), { verify: true });
  assert.equal(verified.complete, false);
  assert.equal(verified.validBytes, second.offset);
  assert.equal(verified.fragments.length, 1);
});

test('hostile files: nothing but InputError, and an end', async () => {
  const base = make(
    [{ key: true, video: [{ data: [Buffer.alloc(30)], duration: 3000, offset: 5 }], audio: [], tail: false }],
    true,
  ).file;
  const edit = fc.tuple(fc.nat(base.length - 1), fc.constantFrom(0, 1, 2, 8, 127, 128, 255));
  const damaged = fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) => {
    const copy = Buffer.from(base);
    for (const [at, value] of edits) copy[at] = value;
    return copy;
  });
  const garbage = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, garbage), fc.boolean(), async (file, verify) => {
      try {
        const index = await readSegmentIndex(bytesReader(file, 'hostile'), { verify });
        assert.ok(index.validBytes <= file.length);
        for (const entry of index.fragments) assert.ok(entry.offset + entry.bytes <= file.length);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
      }
      try {
        retimeFragment(Buffer.from(file), (_track, time) => time);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('a fragment is moved in time, and what is no longer true is taken out', async () => {
  const sample: FragmentSample = { data: [Buffer.from('x')], size: 1, duration: 3000, offset: 0, key: true };
  const spec: FragmentSpec = {
    sequence: 1,
    wall: 1000,
    tracks: [
      { id: VIDEO_TRACK, baseTime: 900, samples: [sample] },
      { id: AUDIO_TRACK, baseTime: 160, samples: [sample] },
    ],
  };
  const two = Buffer.concat([...fragmentPieces(spec), ...fragmentPieces(spec)]);
  const moved = retimeFragment(two, (track, time) => (track === VIDEO_TRACK ? time + 90_000 * 60 : time + 16_000 * 60));
  assert.equal(moved.toString('latin1', 4, 8), 'moof');
  assert.equal(moved.includes('prft'), false);
  const file = Buffer.concat([initSegment(config, identity), moved]);
  const index = await readSegmentIndex(bytesReader(file, 'moved'));
  assert.deepEqual(
    index.fragments.map((entry) => entry.time),
    [5_400_900, 5_400_900],
  );
  assert.throws(() => retimeFragment(Buffer.concat(fragmentPieces(spec)), () => -1), RangeError);
});

test('a live fragment carries one unit with its own times', async () => {
  const unit: AccessUnit = {
    kind: 'video',
    data: [Buffer.from('ab'), Buffer.from('c')],
    size: 3,
    key: false,
    pts: mediaTime(93_000),
    dts: mediaTime(90_000),
    arrival: wallMs(0),
  };
  const live = liveFragment(unit, 6000, 4);
  const [last, given] = [live.at(-1), unit.data.at(-1)];
  assert.ok(last?.buffer === given?.buffer && last?.byteOffset === given?.byteOffset, 'the payload is not copied');
  const index = await readSegmentIndex(bytesReader(Buffer.concat([initSegment(config, identity), ...live]), 'live'));
  assert.deepEqual(
    index.fragments.map(({ time, key, durationTicks, frames }) => ({ time, key, durationTicks, frames })),
    [{ time: 93_000, key: false, durationTicks: 6000, frames: 1 }],
  );
});

test('property: what lies side by side in memory is one piece, and the bytes are the same', () => {
  const memory = Buffer.from(Array.from({ length: 200 }, (_, index) => index));
  const slice = fc.tuple(fc.nat(180), fc.nat(19), fc.boolean()).map(([at, size, apart]) => {
    const bytes = memory.subarray(at, at + size);
    return apart ? Uint8Array.from(bytes) : bytes;
  });
  const row = fc
    .integer({ min: 1, max: 20 })
    .chain((step) =>
      fc
        .nat(100)
        .map((from) =>
          Array.from({ length: 4 }, (_, index) => memory.subarray(from + index * step, from + (index + 1) * step)),
        ),
    );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.array(slice, { maxLength: 3 }), row), { minLength: 1, maxLength: 6 }), (datas) => {
      const samples = datas.map((data): FragmentSample => {
        const size = data.reduce((sum, piece) => sum + piece.length, 0);
        return { data, size, duration: 1, offset: 0, key: false };
      });
      const pieces = fragmentPieces({ sequence: 1, wall: 7, tracks: [{ id: VIDEO_TRACK, baseTime: 0, samples }] });
      const payload = Buffer.concat(datas.flat());
      const whole = Buffer.concat(pieces);
      assert.deepEqual(whole.subarray(whole.length - payload.length), payload);
      assert.equal(whole.readUInt32BE(24), crc32(whole.subarray(32)));
    }),
  );
  const data = [memory.subarray(3, 9), memory.subarray(9, 30), memory.subarray(31, 40)];
  const samples = [{ data, size: 36, duration: 1, offset: 0, key: true }];
  const pieces = fragmentPieces({ sequence: 1, tracks: [{ id: VIDEO_TRACK, baseTime: 0, samples }] });
  assert.deepEqual(
    pieces.slice(1).map(({ length }) => length),
    [27, 9],
  );
});

test('wall time goes through NTP and back, also after 2036', () => {
  for (const ms of [0, 1_795_284_300_123, 2_085_978_495_999, 2_085_978_496_000, 4_000_000_000_001]) {
    const head = Buffer.concat(fragmentPieces({ sequence: 1, wall: ms, tracks: [] }));
    assert.equal(ntpToWall(head.readUInt32BE(32 + 16), head.readUInt32BE(32 + 20)), ms);
  }
});

test('the end of a segment is the start of the next of its run', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4e12 }),
      fc.nat(4e9),
      fc.nat(6e6),
      (runWallStart, mediaStart, durationTicks) => {
        const one = { ...identity, runWallStart, mediaStart, wallStart: wallOf(runWallStart, mediaStart) };
        assert.equal(
          one.wallStart + durationMsOf(one, durationTicks),
          wallOf(runWallStart, mediaStart + durationTicks),
        );
      },
    ),
  );
});
