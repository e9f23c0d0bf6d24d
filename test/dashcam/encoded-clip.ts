/** Clips with really encoded pictures, which a decoder can judge: as `clip.ts` makes them otherwise. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entry } from '../../src/base/entry.ts';
import { buildAvcC } from '../../src/media/bitstream/h264.ts';
import { buildHvcC } from '../../src/media/bitstream/h265.ts';
import { annexBUnits, lengthPrefixed, nalRole, nalType, type VideoCodec } from '../../src/media/bitstream/nal.ts';
import { box } from '../../src/media/mp4/box.ts';
import { type Clip, type ClipShape, clipOfSamples, durationOf } from './clip.ts';
import { randomOf } from './random.ts';

/** What is filmed. */
export interface ViewSpec {
  readonly codec: VideoCodec;
  readonly width: number;
  readonly height: number;
  readonly pictures: number;
  readonly gop: number;
  readonly bitrate: number;
  /** Which way it looks. */
  readonly camera: number;
  /** Each picture carries its number as bars (`media/barcode.ts`): the first has this one. */
  readonly numbered?: number;
}

const FOLDER = fileURLToPath(new URL('../../.cache/fixtures/', import.meta.url));
const usual: ViewSpec = {
  codec: 'h264',
  width: 320,
  height: 240,
  pictures: 216,
  gop: 18,
  bitrate: 1_500_000,
  camera: 0,
};

export interface EncodedSpec extends Partial<ViewSpec> {
  readonly sequence?: number;
  readonly telemetry?: boolean;
  readonly start?: string;
}

/** Made when first asked for, then kept. */
export async function encodedClip({
  sequence = 100_000,
  telemetry = true,
  start = '2026-03-02T01:03:05Z',
  ...wish
}: EncodedSpec): Promise<Clip<ViewSpec & ClipShape>> {
  const view: ViewSpec = { ...usual, ...wish };
  const name = `car-1-${Object.values(view).join('-')}`;
  const path = join(FOLDER, name);
  if (!existsSync(path)) {
    await mkdir(FOLDER, { recursive: true });
    await make(view, `${path}.${process.pid}.tmp`);
    await rename(`${path}.${process.pid}.tmp`, path);
  }
  return clipOfStream(await readFile(path), { ...view, sequence, telemetry, start });
}

/** A clip of pictures that are encoded already (Annex B). */
export function clipOfStream<Spec extends ViewSpec & ClipShape>(stream: Buffer, spec: Spec): Clip<Spec> {
  const sets: Record<'vps' | 'sps' | 'pps', Uint8Array[]> = { vps: [], sps: [], pps: [] };
  const random = randomOf(spec.camera + 1);
  const samples: { data: Buffer; key: boolean; duration: number }[] = [];
  for (const unit of annexBUnits(stream)) {
    const role = nalRole(spec.codec, nalType(spec.codec, unit[0] ?? 0));
    if (role === 'vps' || role === 'sps' || role === 'pps') {
      if (sets[role].length === 0) sets[role].push(unit);
    } else if (role === 'slice' || role === 'key-slice')
      samples.push({
        data: Buffer.from(lengthPrefixed(unit)),
        key: role === 'key-slice',
        duration: durationOf(random),
      });
  }
  const config = spec.codec === 'h264' ? box('avcC', buildAvcC(sets.sps, sets.pps)) : box('hvcC', buildHvcC(sets));
  return clipOfSamples(samples, spec, config);
}

function make(view: ViewSpec, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(entry(import.meta.url, './encode.main'), { env: { ...process.env, MALLOC_ARENA_MAX: '2' } });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`no clip (exit ${code})`))));
    child.send({ view, path });
  });
}
