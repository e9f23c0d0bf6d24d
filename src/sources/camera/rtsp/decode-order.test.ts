import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type ReorderedPacket, type ReorderedShape, reordered } from '../../../../test/fixtures/reordered.ts';
import { annexBUnits, nalRole, nalType, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { orderReader, type PictureOrder } from '../../../media/bitstream/picture-order.ts';
import { parseSps } from '../../../media/bitstream/video-config.ts';
import { DecodeOrder } from './decode-order.ts';

/** 90 kHz, 25 pictures a second. */
const TICKS = 3600;

const h264 = (params: string): ReorderedShape => ({ codec: 'h264', params, frames: 60 });
const h265 = (params: string): ReorderedShape => ({ codec: 'h265', params, frames: 60 });
const SHAPES: readonly ReorderedShape[] = [
  h264('keyint=24:bframes=0'),
  h264('keyint=24:bframes=1:b-adapt=0'),
  h264('keyint=24:bframes=2:b-adapt=0:b-pyramid=none'),
  h264('keyint=24:bframes=3:b-adapt=0:b-pyramid=none'),
  h264('keyint=24:bframes=3:b-adapt=0:b-pyramid=normal:weightp=2:ref=4'),
  h264('keyint=24:bframes=3:b-adapt=0:b-pyramid=strict'),
  h264('keyint=24:bframes=5:b-adapt=0:b-pyramid=normal:open-gop=1'),
  h264('keyint=24:bframes=2:b-adapt=0:tff=1:weightb=1'),
  h264('keyint=24:bframes=3:b-adapt=2'),
  h264('keyint=infinite:intra-refresh=1:bframes=2:b-adapt=0'),
  h265('keyint=24:bframes=0'),
  h265('keyint=24:bframes=2:b-adapt=0:b-pyramid=0:open-gop=0'),
  h265('keyint=24:bframes=3:b-adapt=0:b-pyramid=1:open-gop=0'),
  h265('keyint=24:bframes=3:b-adapt=0:b-pyramid=1:open-gop=1'),
  h265('keyint=24:bframes=4:b-adapt=2:open-gop=1:radl=2'),
];

/** A stream's pictures with their order, and what its SPS says. */
function read(codec: VideoCodec, packets: readonly ReorderedPacket[]) {
  const reader = orderReader(codec);
  let depth: number | undefined;
  const pictures = packets.map(({ pts, dts, data }) => {
    const units = [...annexBUnits(Buffer.from(data, 'base64'))];
    const roleOf = (nal: Uint8Array) => nalRole(codec, nalType(codec, nal[0] ?? 0));
    for (const nal of units) {
      if (roleOf(nal) === 'sps') depth = parseSps(codec, nal).maxReorder;
      if (['vps', 'sps', 'pps'].includes(roleOf(nal))) reader.learn(nal);
    }
    const slices = units.filter((nal) => roleOf(nal) === 'slice' || roleOf(nal) === 'key-slice');
    return { pts, dts, order: reader.read(slices.map((nal) => nal.subarray(0, 700))) };
  });
  return { pictures, depth };
}

const before2 = (a: PictureOrder, b: PictureOrder): boolean =>
  a.sequence < b.sequence || (a.sequence === b.sequence && a.count < b.count);

describe('streams of x264 and x265, beside the times that FFmpeg gives them', () => {
  let streams: ReorderedPacket[][] = [];
  before(async () => {
    streams = await reordered(SHAPES);
  });

  for (const [at, { codec, params, frames }] of SHAPES.entries()) {
    const countStep = codec === 'h264' ? 2 : 1;
    const stream = () => read(codec, streams[at] ?? []);

    test(`${codec} ${params}: picture order counts are the order of presentation`, () => {
      const { pictures } = stream();
      assert.equal(pictures.length, frames);
      const shown = [...pictures].sort((a, b) => a.pts - b.pts);
      for (const [index, picture] of shown.entries()) {
        assert.ok(picture.order, `picture ${picture.pts} has an order`);
        const next = shown[index + 1]?.order;
        if (next) assert.ok(before2(picture.order, next), `${picture.pts} is shown before the next`);
      }
    });

    test(`${codec} ${params}: decoding times are those of FFmpeg`, () => {
      const { pictures, depth } = stream();
      const order = new DecodeOrder({ depth, frameTicks: TICKS, countStep });
      const first = pictures[0]?.dts ?? 0;
      const times = pictures.map((picture) => order.next({ time: picture.pts * TICKS, order: picture.order }));
      // FFmpeg delays by what the encoder was set to, the SPS by what is used: a constant apart.
      const shift = (times[0]?.dts ?? 0) - first * TICKS;
      assert.ok(shift % TICKS === 0 && Math.abs(shift) <= 2 * TICKS, `${shift}`);
      for (const [index, { pts, dts }] of times.entries()) {
        assert.equal(pts, (pictures[index]?.pts ?? 0) * TICKS);
        assert.equal(dts, (pictures[index]?.dts ?? 0) * TICKS + shift, `picture ${index}`);
      }
    });

    test(`${codec} ${params}: right also where the SPS does not say how much is reordered`, () => {
      const order = new DecodeOrder({ depth: undefined, countStep });
      assertDecodable(stream().pictures.map(({ pts, order: own }) => order.next({ time: pts * TICKS, order: own })));
    });

    test(`${codec} ${params}: an SPS that denies reordering costs a few pictures their decoding time`, () => {
      const order = new DecodeOrder({ depth: 0, frameTicks: TICKS, countStep });
      const times = stream().pictures.map(({ pts, order: own }) =>
        order.next({ time: pts * TICKS, order: order.wantsOrder ? own : undefined }),
      );
      assert.ok(times.filter(({ pts, dts }) => dts > pts).length <= 6);
      for (const [index, { dts }] of times.entries()) assert.ok(index === 0 || dts > (times[index - 1]?.dts ?? 0));
    });

    test(`${codec} ${params}: a camera that stamps its pictures as they are decoded is seen through`, () => {
      const { pictures, depth } = stream();
      const order = new DecodeOrder({ depth, frameTicks: TICKS, countStep });
      const times = pictures.map((picture, index) => order.next({ time: index * TICKS, order: picture.order }));
      const settled = pictures.findIndex((_, index) => index > 12);
      const shift = (times[settled]?.pts ?? 0) - (pictures[settled]?.pts ?? 0) * TICKS;
      for (const [index, { pts }] of times.entries())
        if (index >= settled) assert.equal(pts, (pictures[index]?.pts ?? 0) * TICKS + shift, `picture ${index}`);
    });
  }
});

function assertDecodable(times: readonly { pts: number; dts: number }[]): void {
  for (const [index, { pts, dts }] of times.entries()) {
    assert.ok(dts <= pts, `picture ${index}: decoded at ${dts}, shown at ${pts}`);
    const last = times[index - 1];
    if (last) assert.ok(dts > last.dts, `picture ${index}: ${dts} after ${last.dts}`);
  }
}

test('property: whatever a GOP looks like, decoding times grow and never pass the presentation', () => {
  const gop = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(gop, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.nat(500), (gops, pyramid, jitter) => {
      const pictures: { time: number; order: PictureOrder }[] = [];
      let shown = 0;
      for (const [sequence, mini] of gops.entries()) {
        const start = shown;
        const add = (at: number) =>
          pictures.push({
            time: at * TICKS + ((at * 7919) % (jitter + 1)),
            order: { sequence, count: (at - start) * 2 },
          });
        add(shown);
        for (const bs of mini) {
          const anchor = shown + bs + 1;
          add(anchor);
          const middle = pyramid && bs > 2 ? shown + 2 : undefined;
          if (middle !== undefined) add(middle);
          for (let at = shown + 1; at < anchor; at += 1) if (at !== middle) add(at);
          shown = anchor;
        }
        shown += 1;
      }
      const deepest = pyramid ? 2 : 1;
      const told = new DecodeOrder({ depth: deepest, countStep: 2 });
      assertDecodable(pictures.map((picture) => told.next(picture)));
    }),
  );
});

test('a stream that never reorders costs nothing and keeps its times', () => {
  const order = new DecodeOrder({ depth: 0, countStep: 2 });
  for (const time of [0, 3600, 7300, 10_700, 20_000]) {
    assert.equal(order.wantsOrder, false);
    assert.deepEqual(order.next({ time, order: undefined }), { pts: time, dts: time });
  }
});

test('pictures without a readable order still get growing times', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 60 }), (times) => {
      const order = new DecodeOrder({ depth: undefined, countStep: 2 });
      let last = Number.NEGATIVE_INFINITY;
      for (const time of times) {
        const { pts, dts } = order.next({ time, order: undefined });
        assert.equal(pts, time);
        assert.ok(dts > last);
        last = dts;
      }
    }),
  );
});
