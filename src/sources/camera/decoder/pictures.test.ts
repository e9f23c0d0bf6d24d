import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixture } from '../../../../test/fixtures/video.ts';
import { numberIn } from '../../../../test/media/jpeg.ts';
import { type Elementary, readElementary } from '../../../../test/rtsp/elementary.ts';
import { systemClock } from '../../../base/clock.ts';
import { Unavailable } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, wallMs } from '../../../base/units.ts';
import type { AccessUnit } from '../../../media/access-unit.ts';
import { jpegVideoConfig } from '../../../media/bitstream/jpeg.ts';
import { Pictures } from './pictures.ts';

let video: Elementary;
let wide: Elementary;
let pictures: Pictures;

before(async () => {
  video = await readElementary(await fixture('h264-360p'));
  wide = await readElementary(await fixture('h265-360p'));
  pictures = new Pictures(systemClock, silentLog, { hangMs: 5000 });
});
after(() => pictures.close());

/** Picture `index` of the stream, as if it had just arrived. */
function unit(from: Elementary, index: number, arrival = Date.now()): AccessUnit {
  const picture = from.pictures[index % from.pictures.length];
  assert.ok(picture);
  const time = mediaTime(index * 6000);
  const { sample, key } = picture;
  return { kind: 'video', data: [sample], size: sample.length, key, pts: time, dts: time, arrival: wallMs(arrival) };
}

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

test('the newest key frame comes as JPEG, in the size that is asked for and never larger', async () => {
  for (const stream of [video, wide]) {
    const track = pictures.track();
    track.start(stream.config);
    for (let index = 0; index < 20; index += 1) track.push(unit(stream, index));
    const full = await track.newest({ quality: 80 }, { signal: soon() });
    assert.deepEqual([full.width, full.height, await numberIn(full)], [640, 360, 15]);
    const small = await track.newest({ quality: 80, width: 321, height: 999 }, { signal: soon() });
    assert.deepEqual([small.width, small.height, await numberIn(small)], [322, 180, 15]);
    assert.equal(small.id, full.id);
    assert.equal(track.peek()?.id, full.id);
    const large = await track.newest({ quality: 30, width: 4000 }, { signal: soon() });
    assert.equal(large.width, 640);
    assert.ok(large.data.length < full.data.length / 2);
    track.close();
  }
});

test('who wants a newer picture than the key frame gets one; who wants one that cannot be had is told how old the newest is', async () => {
  const track = pictures.track();
  track.start(video.config);
  const now = Date.now();
  for (let index = 0; index < 25; index += 1) track.push(unit(video, index, now - 6000 + index * 200));
  const fresh = await track.newest({ quality: 80 }, { maxAge: 2500, signal: soon() });
  assert.equal(await numberIn(fresh), 24);
  await assert.rejects(track.newest({ quality: 80 }, { maxAge: 100, signal: AbortSignal.timeout(100) }), (error) => {
    assert.ok(error instanceof Unavailable);
    assert.match(error.message, /newest picture of this camera is 1\.\d s old/);
    return true;
  });
  const waiting = track.newest({ quality: 80 }, { maxAge: 300, signal: soon() });
  track.push(unit(video, 30));
  assert.equal(await numberIn(await waiting), 30);
  track.close();
});

test('who wants a picture that comes after asking gets none that came before, whatever others are waiting for', async () => {
  const track = pictures.track();
  track.start(video.config);
  track.push(unit(video, 0, Date.now() - 200));
  const old = track.newest({ quality: 80 }, { signal: soon() });
  // In the decoder already.
  await sleep(1);
  const fresh = track.newest({ quality: 80 }, { maxAge: 0, signal: soon() });
  assert.equal(await numberIn(await old), 0);
  await sleep(20);
  const asked = Date.now();
  track.push(unit(video, 15));
  const picture = await fresh;
  assert.deepEqual([await numberIn(picture), picture.arrival >= asked], [15, true]);
  track.close();
});

test('every picture is shown to who watches, in order and newest first when it falls behind', async () => {
  const track = pictures.track();
  track.start(wide.config);
  const numbers: (number | undefined)[] = [];
  const shown: Promise<unknown>[] = [];
  const leave = track.watch({ quality: 60, width: 320 }, 60, (picture) => {
    shown.push(numberIn(picture).then((number) => numbers.push(number)));
  });
  for (let index = 0; index < 40; index += 1) {
    track.push(unit(wide, index));
    await sleep(20);
  }
  const until = Date.now() + 15_000;
  while (!numbers.includes(39) && Date.now() < until) {
    await sleep(20);
    await Promise.all(shown);
  }
  leave();
  assert.ok(numbers.includes(39), `the last picture is shown (${numbers.join(' ')})`);
  assert.ok(numbers.length > 10, `${numbers.length} of 40 pictures`);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => Number(a) - Number(b)),
  );
  track.close();
});

test('a decoder that does not keep up shows key frames, and every picture again from the next on', async () => {
  const track = pictures.track();
  track.start(wide.config);
  const numbers: (number | undefined)[] = [];
  let shown: Promise<unknown> = Promise.resolve();
  const now = Date.now();
  // A group of two seconds and a half waits already.
  for (let index = 0; index < 13; index += 1) track.push(unit(wide, index, now - 2500 + index * 200));
  const leave = track.watch({ quality: 60, width: 320 }, 60, (picture) => {
    shown = shown.then(() => numberIn(picture)).then((number) => numbers.push(number));
  });
  const until = Date.now() + 20_000;
  const seen = async (number: number): Promise<void> => {
    while (!numbers.includes(number)) {
      assert.ok(Date.now() < until, numbers.join(' '));
      await sleep(20);
      await shown;
    }
  };
  await seen(0);
  track.push(unit(wide, 13));
  track.push(unit(wide, 14));
  for (let index = 15; index < 18; index += 1) {
    track.push(unit(wide, index));
    await seen(index);
  }
  leave();
  assert.deepEqual(numbers, [0, 15, 16, 17]);
  track.close();
});

test('a picture that cannot be decoded, and a decoder that is killed, cost that picture and nothing else', async () => {
  const track = pictures.track();
  track.mode = 'key';
  track.start(video.config);
  const good = unit(video, 0);
  const bytes = Buffer.alloc(5000, 0x5a);
  bytes.writeUInt32BE(4996);
  bytes[4] = 0x65;
  track.push({ ...good, data: [bytes], size: bytes.length });
  await assert.rejects(track.newest({ quality: 80 }, { signal: soon() }), /cannot be decoded/);
  track.push(unit(video, 15));
  assert.equal(await numberIn(await track.newest({ quality: 80 }, { signal: soon() })), 15);
  const before = pictures.decoder;
  process.kill(before, 'SIGKILL');
  track.push(unit(video, 30));
  const until = Date.now() + 15_000;
  for (;;) {
    const number = await track.newest({ quality: 80 }, { signal: soon() }).then(numberIn, () => undefined);
    if (number === 30) break;
    assert.ok(Date.now() < until);
    await sleep(100);
  }
  assert.notEqual(pictures.decoder, before);
  track.close();
});

test('motion JPEG passes as it is where its size is right, and is decoded where it is not', async () => {
  const source = pictures.track();
  source.start(video.config);
  source.push(unit(video, 0));
  const { data } = await source.newest({ quality: 90 }, { signal: soon() });
  source.close();
  const track = pictures.track();
  track.start(jpegVideoConfig(640, 360));
  track.push({ ...unit(video, 0), data: [data], size: data.length, key: true });
  const same = await track.newest({ quality: 20, width: 640 }, { signal: soon() });
  assert.deepEqual(Buffer.from(same.data), Buffer.from(data));
  const small = await track.newest({ quality: 80, width: 320 }, { signal: soon() });
  assert.deepEqual([small.width, small.height, await numberIn(small)], [320, 180, 0]);
  const crossed = await track.newest({ quality: 80, mark: true }, { signal: soon() });
  assert.notDeepEqual(Buffer.from(crossed.data), Buffer.from(data));
  track.close();
});

test('who asks again and again is served ahead: the picture is there when it is asked for', async () => {
  const track = pictures.track();
  track.start(video.config);
  track.push(unit(video, 0));
  await track.newest({ quality: 77 }, { signal: soon() });
  await track.newest({ quality: 77 }, { signal: soon() });
  track.push(unit(video, 15));
  // Made without being asked for: the same order would otherwise have to wait for a decoder that is stopped.
  const until = Date.now() + 10_000;
  let number: number | undefined;
  const decoder = pictures.decoder;
  while (number !== 15 && Date.now() < until) {
    await sleep(300);
    process.kill(decoder, 'SIGSTOP');
    try {
      number = await track
        .newest({ quality: 77 }, { signal: AbortSignal.timeout(200) })
        .then(numberIn, () => undefined);
    } finally {
      process.kill(decoder, 'SIGCONT');
    }
  }
  assert.equal(number, 15);
  track.close();
});

test('a decoder that hangs is replaced, and the camera is not to blame for long', async () => {
  const own = new Pictures(systemClock, silentLog, { hangMs: 700 });
  const track = own.track();
  track.start(video.config);
  track.push(unit(video, 0));
  await track.newest({ quality: 80 }, { signal: soon() });
  process.kill(own.decoder, 'SIGSTOP');
  await assert.rejects(track.newest({ quality: 50 }, { signal: soon() }), /has died over it: it got stuck/);
  const again = await track.newest({ quality: 50 }, { maxAge: 60_000, signal: soon() });
  assert.equal(await numberIn(again), 0);
  own.close();
});

test('a picture that does not change at all for ten seconds is frozen: by its bytes', () => {
  const track = pictures.track();
  track.start(video.config);
  const now = Date.now();
  // The key frame again and again: as a camera sends it whose sensor hangs.
  for (let second = 0; second < 9; second += 1) track.push(unit(video, 0, now + second * 1000));
  assert.equal(track.frozenSince, undefined);
  for (let second = 9; second < 12; second += 1) track.push(unit(video, 0, now + second * 1000));
  assert.equal(track.frozenSince, now);
  track.push(unit(video, 15, now + 12_000));
  assert.equal(track.frozenSince, undefined);
  track.close();
});

test('frozen by its pixels, where they are decoded and coded otherwise each time', async () => {
  const track = pictures.track();
  track.mode = 'key';
  track.start(video.config);
  const now = Date.now() - 13_000;
  for (let second = 0; second < 12; second += 1) {
    const picture = unit(video, 0, now + second * 1000);
    // Filler data (ITU-T H.264 section 7.3.2.7), more each time.
    const filler = Buffer.alloc(5 + second + 1, 0xff);
    filler.writeUInt32BE(second + 2);
    filler[4] = 12;
    track.push({ ...picture, data: [...picture.data, filler], size: picture.size + filler.length });
    await track.newest({ quality: 50, width: 64 }, { maxAge: 60_000, signal: soon() });
  }
  assert.equal(track.frozenSince, now);
  track.push(unit(video, 15));
  await track.newest({ quality: 50, width: 64 }, { signal: soon() });
  assert.equal(track.frozenSince, undefined);
  track.close();
});
