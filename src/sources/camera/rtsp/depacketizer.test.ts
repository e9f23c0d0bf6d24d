import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../../base/errors.ts';
import { lengthPrefixed, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { AacDepacketizer } from './aac-depacketizer.ts';
import { packetizeAac, packetizeVideo, type RtpSender } from './packetizer.ts';
import { PcmDepacketizer } from './pcm-depacketizer.ts';
import { emptyPacket, Reception, readRtp } from './rtp.ts';
import { parseSdp } from './sdp.ts';
import { VideoDepacketizer, type VideoUnit } from './video-depacketizer.ts';

const newSender = (): RtpSender => ({ payloadType: 96, ssrc: 7, sequence: 65_530, packets: 0, octets: 0 });

/** A depacketiser that keeps what it gives. */
function collect(codec: VideoCodec): {
  units: { bytes: Buffer; key: boolean; rtp: number; sets: string[] }[];
  damaged: string[];
  /** One packet: what follows the RTP header. */
  feed(payload: Uint8Array, at: { rtp: number; marker?: boolean; gap?: boolean }): void;
  /** Packets with `$` headers. */
  feedPackets(packets: readonly Buffer[]): void;
} {
  const units: { bytes: Buffer; key: boolean; rtp: number; sets: string[] }[] = [];
  const damaged: string[] = [];
  const keep = (unit: VideoUnit): void => {
    const bytes = Buffer.concat(unit.pieces);
    assert.equal(bytes.length, unit.size);
    units.push({ bytes, key: unit.key, rtp: unit.rtp, sets: unit.sets.map((set) => set.role) });
  };
  const depacketizer = new VideoDepacketizer(codec, { unit: keep, damaged: (reason) => damaged.push(reason) });
  const watch = new Reception(90_000);
  return {
    units,
    damaged,
    feed(payload, { rtp, marker = false, gap = false }) {
      const data = Buffer.concat([Buffer.alloc(12), payload]);
      const packet = { ...emptyPacket(), marker, timestamp: rtp, start: 12, end: data.length };
      depacketizer.packet(data, packet, gap);
    },
    feedPackets(packets) {
      const packet = emptyPacket();
      for (const framed of packets) {
        const data = Buffer.from(framed);
        assert.ok(readRtp(data, 4, data.length, packet));
        depacketizer.packet(data, packet, watch.next(packet.sequence) > 0);
      }
    },
  };
}

const KEY = Uint8Array.from([0x65, 0x88, 1, 2, 3]);
const DELTA = Uint8Array.from([0x41, 0x9a, 4, 5]);
const SECOND_SLICE = Uint8Array.from([0x41, 0x1a, 6]);

test('single NAL units: a unit ends at the marker, or when the time changes', () => {
  const c = collect('h264');
  c.feed(KEY, { rtp: 0, marker: true });
  c.feed(DELTA, { rtp: 6000 });
  c.feed(SECOND_SLICE, { rtp: 6000 });
  c.feed(DELTA, { rtp: 12_000, marker: true });
  assert.deepEqual(
    c.units.map((unit) => [unit.rtp, unit.key, unit.bytes.toString('hex')]),
    [
      [0, true, '000000056588010203'],
      [6000, false, '00000004419a040500000003411a06'],
      [12_000, false, '00000004419a0405'],
    ],
  );
});

test('STAP-A: parameter sets come apart, delimiters are left out', () => {
  const c = collect('h264');
  const parts = [
    [9, 0xf0],
    [0x67, 1, 2, 3],
    [0x68, 4],
    [6, 5, 1, 0xff, 0x80],
  ];
  const stap = Uint8Array.from([24, ...parts.flatMap((nal) => [0, nal.length, ...nal])]);
  c.feed(stap, { rtp: 0 });
  c.feed(KEY, { rtp: 0, marker: true });
  assert.deepEqual(c.units[0]?.sets, ['sps', 'pps']);
  assert.equal(c.units[0]?.bytes.toString('hex'), '00000005060501ff80000000056588010203');
});

test('parameter sets under a marker and time of their own belong to the picture after them', () => {
  const c = collect('h264');
  c.feed(Uint8Array.from([0x67, 1, 2, 3]), { rtp: 1, marker: true });
  c.feed(KEY, { rtp: 2, marker: true });
  assert.deepEqual(
    c.units.map((unit) => unit.sets),
    [['sps']],
  );
});

test('FU-A with its end bit forgotten ends where the next NAL unit begins', () => {
  const c = collect('h264');
  c.feed(Uint8Array.from([0x7c, 0x85, 0x88, 1]), { rtp: 0 });
  c.feed(Uint8Array.from([0x7c, 0x05, 2]), { rtp: 0 });
  c.feed(DELTA, { rtp: 6000, marker: true });
  assert.deepEqual(
    c.units.map((unit) => unit.bytes.toString('hex')),
    ['0000000465880102', '00000004419a0405'],
  );
});

test('loss inside a unit leaves out that unit and no other', () => {
  const c = collect('h264');
  c.feed(Uint8Array.from([0x7c, 0x85, 0x88, 1]), { rtp: 0 });
  c.feed(Uint8Array.from([0x7c, 0x45, 2]), { rtp: 0, marker: true, gap: true });
  c.feed(DELTA, { rtp: 6000, marker: true });
  assert.deepEqual([c.damaged.length, c.units.length], [1, 1]);
});

test('loss of the end of one unit and the beginning of the next leaves out both', () => {
  const c = collect('h264');
  c.feed(DELTA, { rtp: 0 });
  c.feed(SECOND_SLICE, { rtp: 6000, marker: true, gap: true });
  c.feed(DELTA, { rtp: 12_000, marker: true });
  assert.deepEqual([c.damaged.length, c.units.length], [2, 1]);
});

test('loss of whole units leaves out nothing else', () => {
  const c = collect('h264');
  c.feed(DELTA, { rtp: 0, marker: true });
  c.feed(DELTA, { rtp: 12_000, marker: true, gap: true });
  assert.deepEqual([c.damaged.length, c.units.length], [0, 2]);
});

test('a camera that marks every slice is seen through', () => {
  const c = collect('h264');
  for (const rtp of [0, 6000, 12_000, 18_000]) {
    c.feed(DELTA, { rtp, marker: true });
    c.feed(SECOND_SLICE, { rtp, marker: true });
  }
  c.feed(DELTA, { rtp: 24_000, marker: true });
  assert.deepEqual(
    c.units.slice(2).map((unit) => [unit.rtp, unit.bytes.length]),
    [
      [6000, 15],
      [12_000, 15],
      [18_000, 15],
    ],
  );
});

test('an access unit without end is refused', () => {
  const c = collect('h264');
  assert.throws(() => {
    for (let i = 0; i < 70_000; i += 1) c.feed(SECOND_SLICE, { rtp: 0 });
  }, InputError);
});

const nalOf = (codec: VideoCodec): fc.Arbitrary<Buffer> =>
  fc.tuple(fc.boolean(), fc.integer({ min: 4, max: 5000 })).map(([key, size]) => {
    const nal = Buffer.alloc(size, size & 0xff);
    nal.set(codec === 'h264' ? [key ? 0x65 : 0x41, 0x80] : [key ? 19 << 1 : 1 << 1, 1, 0x80]);
    return nal;
  });

test('property: what the packetiser makes comes back bit for bit, H.264 and H.265', () => {
  const codecs = fc.constantFrom('h264' as const, 'h265' as const);
  const input = codecs.chain((codec) =>
    fc.tuple(fc.constant(codec), fc.array(nalOf(codec), { minLength: 1, maxLength: 5 })),
  );
  fc.assert(
    fc.property(input, ([codec, nals]) => {
      const c = collect(codec);
      const sample = Buffer.concat(nals.map(lengthPrefixed));
      const cut = Math.floor(sample.length / 3);
      const unit = { data: [sample.subarray(0, cut), sample.subarray(cut)], size: sample.length };
      const { data, offsets } = packetizeVideo(codec, newSender(), unit, [], 0xffff_fff0);
      c.feedPackets(offsets.map((start, i) => data.subarray(start, offsets[i + 1] ?? data.length)));
      assert.equal(c.units.length, 1);
      assert.ok(c.units[0]?.bytes.equals(sample));
      assert.equal(c.units[0]?.rtp, 0xffff_fff0);
    }),
  );
});

test('property: whatever packets are lost, every unit that comes out is one that went in', () => {
  fc.assert(
    fc.property(
      fc.array(nalOf('h264'), { minLength: 3, maxLength: 8 }),
      fc.array(fc.nat(40), { maxLength: 6 }),
      (nals, lost) => {
        const c = collect('h264');
        const sender = newSender();
        const packets = nals.flatMap((nal, i) => {
          const sample = Buffer.from(lengthPrefixed(nal));
          const { data, offsets } = packetizeVideo(
            'h264',
            sender,
            { data: [sample], size: sample.length },
            [],
            i * 6000,
          );
          return offsets.map((start, k) => data.subarray(start, offsets[k + 1] ?? data.length));
        });
        c.feedPackets(packets.filter((_, i) => !lost.includes(i)));
        for (const unit of c.units)
          assert.ok(unit.bytes.equals(lengthPrefixed(nals[unit.rtp / 6000] ?? Buffer.alloc(0))));
        if (lost.every((i) => i >= packets.length)) assert.equal(c.units.length, nals.length);
      },
    ),
  );
});

test('property: garbage packets end in an InputError or nothing', () => {
  const packets = fc.array(
    fc.record({
      bytes: fc
        .tuple(fc.constantFrom(0x65, 24, 25, 28, 0x7c, 48 << 1, 49 << 1, 0), fc.uint8Array({ maxLength: 40 }))
        .map(([first, rest]) => Uint8Array.from([first, ...rest])),
      rtp: fc.nat(3),
      marker: fc.boolean(),
      gap: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(fc.constantFrom('h264' as const, 'h265' as const), packets, (codec, list) => {
      const c = collect(codec);
      for (const { bytes, ...at } of list) c.feed(bytes, at);
      for (const unit of c.units) assert.ok(unit.bytes.length > 0);
    }),
  );
});

const aacMedia = (extra = ''): ReturnType<typeof parseSdp>['media'][number] => {
  const media = parseSdp(
    `m=audio 0 RTP/AVP 97\na=rtpmap:97 mpeg4-generic/16000/1\na=fmtp:97 mode=AAC-hbr; config=1408; sizeLength=13; indexLength=3; indexDeltaLength=3${extra}\n`,
  ).media[0];
  assert.ok(media);
  return media;
};

test('AAC: several frames in a packet, and one frame in several packets', () => {
  const frames: [number, number][] = [];
  const aac = new AacDepacketizer(aacMedia(), { frame: (data, offset) => frames.push([data.length, offset]) });
  const packet = { ...emptyPacket(), marker: true };
  const two = Buffer.from([0, 32, 0, 3 << 3, 0, 2 << 3, 1, 2, 3, 4, 5]);
  aac.packet(two, { ...packet, end: two.length }, false);
  const half = (bytes: number[]): Buffer => Buffer.from([0, 16, 0, 5 << 3, ...bytes]);
  aac.packet(half([1, 2, 3]), { ...packet, marker: false, end: 7 }, false);
  aac.packet(half([4, 5]), { ...packet, end: 6 }, false);
  assert.deepEqual(frames, [
    [3, 0],
    [2, 1024],
    [5, 0],
  ]);
  assert.deepEqual([aac.config.codecString, aac.config.sampleRate, aac.config.channels], ['mp4a.40.2', 16_000, 1]);
});

test('AAC: what the packetiser makes comes back', () => {
  for (const size of [1, 300, 4000]) {
    const frames: Buffer[] = [];
    const aac = new AacDepacketizer(aacMedia(), { frame: (data) => frames.push(Buffer.from(data)) });
    const frame = Buffer.alloc(size, 0x5a);
    const { data, offsets } = packetizeAac(newSender(), { data: [frame], size }, 99);
    const packet = emptyPacket();
    for (const [i, start] of offsets.entries()) {
      assert.ok(readRtp(data, start + 4, offsets[i + 1] ?? data.length, packet));
      aac.packet(data, packet, false);
    }
    assert.equal(frames.length, 1);
    assert.ok(frames[0]?.equals(frame));
  }
});

test('AAC: a description without a config is refused', () => {
  const media = { ...aacMedia(), fmtp: new Map() };
  assert.throws(() => new AacDepacketizer(media, { frame: () => undefined }), InputError);
});

test('G.711: frames of 1024 samples; behind a hole a new frame begins', () => {
  const frames: number[] = [];
  const g711 = new PcmDepacketizer('alaw', 8000, 1, { frame: (_, offset) => frames.push(offset) });
  const data = Buffer.alloc(600, 0xd5);
  const send = (timestamp: number, gap = false): void =>
    g711.packet(data, { ...emptyPacket(), timestamp, end: data.length }, gap);
  send(0);
  send(600);
  assert.deepEqual(frames, [-600], '1024 samples are complete 424 samples into the second packet');
  send(3200);
  assert.deepEqual(frames, [-600, 1024 - 3200], 'what was left over keeps its own time');
});
