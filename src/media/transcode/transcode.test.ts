import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { fixture } from '../../../test/fixtures/video.ts';
import { type Elementary, readElementary } from '../../../test/rtsp/elementary.ts';
import { InputError, Unavailable } from '../../base/errors.ts';
import { mediaTime, wallMs } from '../../base/units.ts';
import type { VideoConfig } from '../access-unit.ts';
import { liveFragment } from '../mp4/fragment.ts';
import { initSegment } from '../mp4/init.ts';
import { fitted } from './fitted.ts';
import { LivePieces } from './live-pieces.ts';
import type { CodedPicture } from './messages.ts';
import { TranscodeProcess, type TranscodeTimes } from './transcode-process.ts';

const SHAPE = { width: 1280, height: 720, fps: 15, bitrate: 1_500_000 };
const TICKS = 6000;
let wide: Elementary;
const open = new Set<TranscodeProcess>();

before(async () => {
  wide = await readElementary(await fixture('h265-360p'));
});
after(() => {
  for (const process of open) process.close();
});

function coded(index: number): CodedPicture {
  const picture = wide.pictures[index % wide.pictures.length];
  assert.ok(picture);
  return { key: picture.key, pts: index * TICKS, data: picture.sample };
}

function begin(shape = SHAPE, times: Partial<TranscodeTimes> = {}) {
  const heard: { configs: VideoConfig[]; pictures: CodedPicture[]; ended: Error | undefined } = {
    ...{ configs: [], pictures: [], ended: undefined },
  };
  const process = new TranscodeProcess(
    shape,
    {
      begin: (config) => heard.configs.push(config),
      picture: (picture) => heard.pictures.push(picture),
      end: (error) => {
        heard.ended = error;
      },
    },
    times,
  );
  open.add(process);
  return { process, heard };
}

async function until(good: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; !good(); await sleep(10)) assert.ok(performance.now() < end);
}

test('live pieces are taken apart into what they were made of', () => {
  const live = new LivePieces(initSegment({ video: wide.config }));
  assert.equal(live.stream.codec, 'h265');
  assert.deepEqual(Buffer.from(live.stream.description), Buffer.from(wide.config.description));
  for (let index = 0; index < 20; index++) {
    const { key, pts, data } = coded(index);
    const time = mediaTime(pts);
    const unit = { kind: 'video' as const, data: [data], size: data.length, key, arrival: wallMs(0) };
    const piece = Buffer.concat(liveFragment({ ...unit, pts: mediaTime(pts + 90), dts: time }, TICKS, index + 1));
    const [found, ...others] = live.pictures(piece);
    assert.deepEqual([found?.key, found?.pts, others.length], [key, pts + 90, 0]);
    assert.ok(found && Buffer.compare(found.data, data) === 0);
    assert.throws(() => live.pictures(piece.subarray(0, piece.length - 1)), InputError);
  }
});

test('whatever comes instead of live pieces is refused in words', () => {
  const init = initSegment({ video: wide.config });
  const live = new LivePieces(init);
  const time = mediaTime(0);
  const unit = { kind: 'video' as const, data: [Buffer.alloc(50)], size: 50, key: true, pts: time, dts: time };
  const whole = Buffer.concat(liveFragment({ ...unit, arrival: wallMs(0) }, TICKS, 1));
  const damaged = (source: Buffer) =>
    fc.array(fc.tuple(fc.nat(source.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }).map((changes) => {
      const copy = Buffer.from(source);
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  const onlyInputErrors = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
    }
  };
  fc.assert(fc.property(damaged(init), (bytes) => onlyInputErrors(() => new LivePieces(bytes))));
  fc.assert(fc.property(damaged(whole), (bytes) => onlyInputErrors(() => live.pictures(bytes))));
});

test('a picture becomes smaller until it fits, never larger, in even pixels, and keeps its shape', () => {
  const side = fc.integer({ min: 64, max: 8000 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const made = fitted({ width, height }, SHAPE);
      assert.ok(made.width <= Math.min(width, SHAPE.width) && made.height <= Math.min(height, SHAPE.height));
      assert.ok(made.width % 2 === 0 && made.height % 2 === 0);
      const scale = Math.min(1, SHAPE.width / width, SHAPE.height / height);
      assert.ok(Math.max(16, width * scale) - made.width <= 2 && Math.max(16, height * scale) - made.height <= 2);
    }),
  );
});

test('H.265 becomes H.264 of the wanted size and rate, each picture at its own time, with a key frame each two seconds', async () => {
  const { process, heard } = begin({ ...SHAPE, width: 320, fps: 8 });
  process.begin(wide.config);
  for (let index = 0; index < 75; index++) process.push(coded(index));
  await until(() => (heard.pictures.at(-1)?.pts ?? 0) >= 70 * TICKS);
  assert.deepEqual([heard.configs.length, heard.configs[0]?.width, heard.configs[0]?.height], [1, 320, 180]);
  assert.match(heard.configs[0]?.codecString ?? '', /^avc1\./);
  const times = heard.pictures.map(({ pts }) => pts / TICKS);
  assert.ok(times.every((time, index) => Number.isInteger(time) && time > (times[index - 1] ?? -1)));
  // Five seconds: 40 pictures at the most, and hardly fewer.
  assert.ok(times.length >= 33 && times.length <= 42, `${times.length}`);
  const keys = heard.pictures.filter(({ key }) => key).map(({ pts }) => pts / 90_000);
  assert.equal(keys.length, 3);
  assert.ok(
    keys.every((at, index) => Math.abs(at - index * 2) < 0.3),
    `${keys}`,
  );
  assert.equal(heard.ended, undefined);
  process.close();
});

test('damaged pictures are passed over; the next key frame mends it; a new beginning is a new stream', async () => {
  const { process, heard } = begin();
  process.begin(wide.config);
  for (let index = 0; index < 15; index++) process.push({ ...coded(index), data: Buffer.alloc(500, index) });
  for (let index = 15; index < 30; index++) process.push(coded(index));
  await until(() => heard.pictures.length >= 13);
  assert.equal(heard.pictures[0]?.pts, 15 * TICKS);
  process.begin(wide.config);
  for (let index = 0; index < 15; index++) process.push(coded(index));
  await until(() => heard.configs.length === 2);
  assert.equal(heard.ended, undefined);
  process.close();
});

test('what does not keep up leaves out pictures up to a key frame, and ends when that goes on', async () => {
  const { process, heard } = begin(SHAPE, { lateMs: 50 });
  const { pid } = process;
  assert.ok(pid !== undefined);
  globalThis.process.kill(pid, 'SIGSTOP');
  process.begin(wide.config);
  for (let index = 0; heard.ended === undefined; index++) {
    assert.ok(index < 90, 'it has not ended');
    process.push(coded(index));
    await sleep(15);
  }
  assert.ok(heard.ended instanceof Unavailable);
  assert.match(heard.ended.message, /does not keep up/);
});

test('a process that hangs or dies ends the conversion', async () => {
  const hangs = begin(SHAPE, { hangMs: 300 });
  const dies = begin();
  for (const { process } of [hangs, dies]) {
    process.begin(wide.config);
    process.push(coded(0));
  }
  globalThis.process.kill(hangs.process.pid ?? 0, 'SIGSTOP');
  globalThis.process.kill(dies.process.pid ?? 0, 'SIGKILL');
  await until(() => hangs.heard.ended !== undefined && dies.heard.ended !== undefined);
  assert.match(hangs.heard.ended?.message ?? '', /stuck/);
  assert.match(dies.heard.ended?.message ?? '', /SIGKILL/);
});
