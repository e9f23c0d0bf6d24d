/**
 * Clips as a car makes them (ftyp · mdat · moov at the end; telemetry in an SEI message before each picture), with the truth of every picture.
 */

import { buildAvcC } from '../../src/media/bitstream/h264.ts';
import { lengthPrefixed } from '../../src/media/bitstream/nal.ts';
import type { CarTelemetry } from '../../src/media/bitstream/tesla-sei.ts';
import { box, fullBox, text, u16, u32 } from '../../src/media/mp4/box.ts';
import {
  blocksOf,
  keyPicture,
  nextPicture,
  type PictureShape,
  pictureSet,
  type RawBlock,
  sequenceSet,
} from './picture.ts';
import { type Random, randomOf } from './random.ts';
import { telemetrySei } from './telemetry.ts';

export interface ClipSpec extends PictureShape {
  /** UTC, whole seconds: `2026-03-02T01:03:05Z`. */
  readonly start: string;
  /** Of the first picture; the cameras of one minute share it. */
  readonly sequence: number;
  /** What the picture looks like, and every random number of it. */
  readonly camera: number;
  readonly seed: number;
  readonly pictures: number;
  readonly gop: number;
  readonly telemetry: boolean;
  /** Pictures that have none all the same. */
  readonly without: (picture: number) => boolean;
  /** Raw macroblocks that each key picture of this camera has: what the camera always sees. */
  readonly sceneBlocks: number;
  /** Raw macroblocks of an IDR picture and of the others: 384 bytes each. */
  readonly keyBlocks: number;
  readonly blocks: number;
}

export interface ClipPicture {
  /** Of the sample in the file: telemetry and picture. */
  readonly offset: number;
  readonly size: number;
  readonly key: boolean;
  /** Ticks of 1/10000 s. */
  readonly time: number;
  readonly duration: number;
  readonly telemetry: CarTelemetry | undefined;
}

/** What every clip has, however its pictures came to be. */
export interface ClipShape extends PictureShape {
  readonly start: string;
  readonly sequence: number;
  readonly telemetry: boolean;
  /** Pictures without telemetry, as some have none. */
  readonly without?: (index: number) => boolean;
}

export interface Clip<Spec extends ClipShape = ClipSpec> {
  readonly spec: Spec;
  readonly bytes: Buffer;
  readonly pictures: readonly ClipPicture[];
  /** First byte of `moov`. */
  readonly movieAt: number;
}

const clipDefaults = {
  width: 1280,
  height: 960,
  sequence: 100_000,
  camera: 0,
  seed: 1,
  pictures: 40,
  gop: 18,
  telemetry: true,
  without: () => false,
  sceneBlocks: 0,
  keyBlocks: 8,
  blocks: 5,
  start: '2026-03-02T01:00:05Z',
} as const satisfies ClipSpec;

const TIMESCALE = 10_000;
const FPS = 36;
const MAC_EPOCH = 2_082_844_800;
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

export function makeClip(wish: Partial<ClipSpec> = {}): Clip {
  const spec: ClipSpec = { ...clipDefaults, ...wish };
  const random = randomOf(spec.seed * 7919 + spec.camera);
  const scene = sceneOf(spec);
  const samples = Array.from({ length: spec.pictures }, (_, index) => {
    const key = index % spec.gop === 0;
    const raw = rawBlocks(spec, random, key ? spec.keyBlocks : random.below(spec.blocks + 1));
    if (key) raw.unshift(...scene.filter(({ at }) => !raw.some((block) => block.at === at)));
    const picture = key ? keyPicture(spec, (index / spec.gop) % 2, raw) : nextPicture(spec, index % spec.gop, raw);
    return { data: Buffer.from(lengthPrefixed(picture)), key, duration: durationOf(random) };
  });
  const config = box('avcC', buildAvcC([sequenceSet(spec)], [pictureSet()]));
  return clipOfSamples(samples, spec, config);
}

/** Ticks; a car's are uneven. */
export const durationOf = (random: Random): number => Math.round(TIMESCALE / FPS) + random.below(3) - 1;

/** @param samples pictures behind their lengths, without telemetry @param config `avcC` or `hvcC` */
export function clipOfSamples<Spec extends ClipShape>(
  samples: readonly { readonly data: Buffer; readonly key: boolean; readonly duration: number }[],
  spec: Spec,
  config: Buffer,
): Clip<Spec> {
  const ftyp = box('ftyp', text('mp42'), u32(0), text('mp41mp42isom'));
  const pictures: ClipPicture[] = [];
  const parts: Buffer[] = [];
  let offset = ftyp.length + 8;
  let time = 0;
  for (const [index, { data, key, duration }] of samples.entries()) {
    const telemetry = spec.telemetry && !spec.without?.(index) ? telemetryAt(spec, index) : undefined;
    const sample = telemetry ? Buffer.concat([lengthPrefixed(telemetrySei(telemetry)), data]) : data;
    pictures.push({ offset, size: sample.length, key, time, duration, telemetry });
    parts.push(sample);
    offset += sample.length;
    time += duration;
  }
  const bytes = Buffer.concat([
    ftyp,
    box('mdat', Buffer.concat(parts)),
    movie(spec, pictures, ftyp.length + 8, config),
  ]);
  return { spec, bytes, pictures, movieAt: offset };
}

/** What a car of a test does: every field moves, some are zero now and then. */
function telemetryAt(spec: ClipShape, index: number): CarTelemetry {
  const t = index / FPS + spec.sequence / 1000;
  return {
    version: 1,
    gear: (['park', 'drive', 'reverse', 'neutral'] as const)[(index >> 4) % 4],
    sequence: spec.sequence + index,
    speed: Math.fround(13.4 + 3 * Math.sin(t)),
    accelerator: Math.fround(index % 5 === 0 ? 0 : 12.5),
    steering: Math.fround(-4.2 * Math.sin(t)),
    blinkerLeft: index % 3 === 0,
    blinkerRight: index % 4 === 0,
    brake: index % 7 === 0,
    autopilot: (['none', 'self-driving', 'autosteer', 'cruise'] as const)[(index >> 3) % 4],
    latitude: 37.3349 + t * 1e-4,
    longitude: -122.009 + t * 5e-5,
    heading: (90 + t) % 360,
    acceleration: [0.1 * Math.sin(t), 0.05, 9.80665],
  };
}

/** Large areas of one brightness and colour each, at places that depend on the camera alone. */
function sceneOf(spec: ClipSpec): RawBlock[] {
  const random = randomOf(spec.camera + 1);
  const total = blocksOf(spec);
  return Array.from({ length: spec.sceneBlocks }, () => {
    const [luma, blue, red] = [random.below(200) + 40, random.below(160) + 48, random.below(160) + 48];
    const samples = new Uint8Array(384).fill(luma, 0, 256).fill(blue, 256, 320).fill(red, 320);
    return { at: random.below(total), samples };
  }).filter((block, index, all) => all.findIndex(({ at }) => at === block.at) === index);
}

/** Blocks that only this camera has, and others that are new in each picture. */
function rawBlocks(spec: ClipSpec, random: Random, count: number): RawBlock[] {
  const total = blocksOf(spec);
  const places = new Set<number>();
  while (places.size < Math.min(count, total)) places.add(random.below(total));
  return [...places]
    .sort((one, other) => one - other)
    .map((at) => ({ at, samples: random.bytes(384).map((value) => ((value * 3 + spec.camera * 40) % 255) + 1) }));
}

function movie(spec: ClipShape, pictures: readonly ClipPicture[], dataAt: number, config: Buffer): Buffer {
  const created = Date.parse(spec.start) / 1000 + MAC_EPOCH;
  const duration = pictures.reduce((sum, picture) => sum + picture.duration, 0);
  const keys = pictures.flatMap((picture, index) => (picture.key ? [index + 1] : []));
  const zeros = (count: number): Uint8Array => new Uint8Array(count);
  const entry = box(
    config.toString('latin1', 4, 8) === 'hvcC' ? 'hvc1' : 'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(spec.width, spec.height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    zeros(32),
    u16(24, 0xffff),
    config,
  );
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), entry),
    fullBox('stts', 0, 0, u32(pictures.length), ...pictures.map((picture) => u32(1, picture.duration))),
    fullBox('stss', 0, 0, u32(keys.length, ...keys)),
    fullBox('stsc', 0, 0, u32(1, 1, pictures.length, 1)),
    fullBox('stsz', 0, 0, u32(0, pictures.length, ...pictures.map((picture) => picture.size))),
    fullBox('stco', 0, 0, u32(1, dataAt)),
  );
  const minf = box(
    'minf',
    fullBox('vmhd', 0, 1, zeros(8)),
    box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
    stbl,
  );
  const mdia = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(created, created, TIMESCALE, duration), u16(0x55c4, 0)),
    fullBox('hdlr', 0, 0, u32(0), text('vide'), zeros(12), text('VideoHandle\0')),
    minf,
  );
  const tkhd = fullBox(
    'tkhd',
    0,
    3,
    u32(created, created, 1, 0, duration),
    zeros(16),
    MATRIX,
    u32(spec.width * 0x10000, spec.height * 0x10000),
  );
  const mvhd = fullBox(
    'mvhd',
    0,
    0,
    u32(created, created, TIMESCALE, duration, 0x10000),
    u16(0x100),
    zeros(10),
    MATRIX,
    zeros(24),
    u32(2),
  );
  return box('moov', mvhd, box('trak', tkhd, mdia));
}
