import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../base/errors.ts';
import { aacAudioConfig, parseAudioSpecificConfig } from './aac.ts';
import { BitReader, BitWriter } from './bits.ts';
import { buildAvcC, parseAvcC, parseH264Sps } from './h264.ts';
import { buildHvcC, parseH265Sps, parseHvcC } from './h265.ts';
import { annexBUnits, fromRbsp, lengthPrefixed, sampleUnits, toRbsp } from './nal.ts';
import { readUserData, writeUserData } from './sei.ts';
import { parameterSets, videoConfig, videoConfigOfAnnexB } from './video-config.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

// Parameter sets of streams that x264 and x265 made for these tests; the sizes are what ffprobe says of them.
const SPS_360 = hex('67640016acb405017fcb08000003000800000300f078b175');
const PPS_360 = hex('68ef3cb0');
const SPS_1080 = hex('67640028acb403c0113f2c20000003002000000303c1e30654');
const VPS_265 = hex('40010c01ffff01600000030090000003000003003fba0240');
const SPS_265 = hex('42010101600000030090000003000003003fa005020171f2e5ba4a4c2e68080000030008000003007840');
const PPS_265 = hex('4401c073c189');

test('an H.264 SPS tells size, rate, profile and reordering', () => {
  const sps = parseH264Sps(SPS_360);
  assert.deepEqual([sps.width, sps.height, sps.fps, sps.codecString, sps.maxReorder], [640, 360, 15, 'avc1.640016', 0]);
});

test('cropping is taken off: 1088 coded lines are 1080', () => {
  const { width, height } = parseH264Sps(SPS_1080);
  assert.deepEqual([width, height], [1920, 1080]);
});

test('an H.265 SPS tells size, rate, profile and reordering', () => {
  const sps = parseH265Sps(SPS_265);
  assert.deepEqual(
    [sps.width, sps.height, sps.fps, sps.codecString, sps.maxReorder],
    [640, 360, 15, 'hvc1.1.6.L63.90', 0],
  );
});

test('avcC and hvcC give back the parameter sets that went in', () => {
  const avc = parseAvcC(buildAvcC([SPS_360], [PPS_360]));
  assert.deepEqual(avc.sps.concat(avc.pps).map(String), [SPS_360, PPS_360].map(String));
  const sets = { vps: [VPS_265], sps: [SPS_265], pps: [PPS_265] };
  assert.deepEqual(JSON.stringify(parseHvcC(buildHvcC(sets))), JSON.stringify(sets));
  const config = videoConfig('h265', sets);
  assert.equal(config.width, 640);
  assert.equal(JSON.stringify(parameterSets(config)), JSON.stringify(sets));
});

test('a config is found at the head of an encoder output', () => {
  const code = [0, 0, 0, 1];
  const stream = Uint8Array.from([...code, 9, 0xf0, ...code, ...SPS_360, ...code, ...PPS_360, ...code, 0x65, 0x88]);
  assert.equal(videoConfigOfAnnexB('h264', stream).codecString, 'avc1.640016');
});

test('AAC configurations', () => {
  assert.deepEqual(parseAudioSpecificConfig(hex('1210')), {
    objectType: 2,
    sampleRate: 44_100,
    channels: 2,
    frameLength: 1024,
  });
  assert.equal(aacAudioConfig(hex('1408')).sampleRate, 16_000);
  // HE-AAC: the core runs at half the rate.
  assert.deepEqual(parseAudioSpecificConfig(hex('2b920800')).objectType, 5);
});

test('property: emulation prevention round-trips and leaves no start code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      const zeros = Uint8Array.from(data, (byte) => (byte < 200 ? byte & 3 : byte));
      const escaped = fromRbsp(zeros);
      assert.equal(Buffer.from(escaped).indexOf(Buffer.from([0, 0, 1])), -1);
      assert.deepEqual(Buffer.from(toRbsp(escaped)), Buffer.from(zeros));
    }),
  );
});

test('property: what BitWriter writes BitReader reads', () => {
  const field = fc
    .integer({ min: 1, max: 32 })
    .chain((bits) => fc.tuple(fc.integer({ min: 0, max: 2 ** bits - 1 }), fc.constant(bits)));
  fc.assert(
    fc.property(fc.array(field, { maxLength: 50 }), (fields) => {
      const w = new BitWriter(1);
      for (const [value, bits] of fields) w.bits(value, bits);
      const r = new BitReader(w.bytes().slice(), 'test');
      for (const [value, bits] of fields) assert.equal(r.bits(bits), value);
    }),
  );
});

test('property: user data round-trips in H.264 and H.265', () => {
  const uuid = hex('00000000000000000000000000000001');
  fc.assert(
    fc.property(
      fc.constantFrom('h264' as const, 'h265' as const),
      fc.uint8Array({ maxLength: 600 }),
      (codec, payload) => {
        const nal = writeUserData(codec, uuid, payload);
        assert.deepEqual(Buffer.from(readUserData(codec, nal, uuid) ?? []), Buffer.from(payload));
        assert.equal(readUserData(codec, nal, hex('ff000000000000000000000000000001')), undefined);
      },
    ),
  );
});

test('property: NAL units behind lengths come back, cut-off samples are refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }), (units) => {
      const sample = Buffer.concat(units.map(lengthPrefixed));
      assert.deepEqual(
        [...sampleUnits(sample)].map((nal) => [...nal]),
        units.map((nal) => [...nal]),
      );
      assert.throws(() => [...sampleUnits(sample.subarray(0, -1))], InputError);
    }),
  );
});

/** Random bytes, and real parameter sets with some bytes changed: the second reaches far deeper. */
const spoiled = (original: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(original.length))
    .map(([changes, length]) => {
      const copy = original.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy.subarray(0, length);
    });

test('property: garbage ends in an InputError or a value, never in anything else', () => {
  const parsers: ((data: Uint8Array) => unknown)[] = [
    (data) => parseH264Sps(Uint8Array.from([0x67, ...data])),
    (data) => parseH265Sps(Uint8Array.from([0x42, 1, ...data])),
    parseH264Sps,
    parseH265Sps,
    parseAvcC,
    parseHvcC,
    parseAudioSpecificConfig,
    (data) => buildAvcC([data], [data]),
    (data) => buildHvcC({ vps: [data], sps: [data], pps: [data] }),
    (data) => readUserData('h264', Uint8Array.from([6, ...data]), data.subarray(0, 16)),
    (data) => [...annexBUnits(data)],
    (data) => [...sampleUnits(data)],
  ];
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    spoiled(SPS_360),
    spoiled(SPS_265),
    spoiled(buildAvcC([SPS_360], [PPS_360])),
    spoiled(buildHvcC({ vps: [VPS_265], sps: [SPS_265], pps: [PPS_265] })),
  );
  fc.assert(
    fc.property(fc.constantFrom(...parsers), input, (parse, data) => {
      try {
        parse(data);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});
