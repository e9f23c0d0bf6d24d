import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Clip, ClipShape } from '../../../test/dashcam/clip.ts';
import { type DamagedClip, mixedBlocks, namedCases, randomCase, splice } from '../../../test/dashcam/damage-file.ts';
import { encodedClip } from '../../../test/dashcam/encoded-clip.ts';
import { randomOf } from '../../../test/dashcam/random.ts';
import { quietLog } from '../codec/native.ts';
import { bytesOf } from './bytes.ts';
import { SliceReader } from './parameters.ts';
import { repairFile } from './repair-file.ts';
import { findRuns } from './runs.ts';
import { placeOfData, readSampleTable } from './sample-table.ts';
import type { RepairReport } from './task.ts';

type AnyClip = Clip<ClipShape>;

/** All that reads a damaged file before a decoder sees it. */
function mutatedRuns(bytes: Buffer, clip: AnyClip): void {
  const coding = readSampleTable(bytesOf(clip.bytes), 'clip')?.coding;
  assert.ok(coding);
  const source = bytesOf(bytes);
  findRuns(source, {
    codec: 'h264',
    reader: new SliceReader(coding),
    from: placeOfData(source)?.from,
    to: bytes.length,
  });
}

/** Small pictures, so that hundreds of cases are decoded in a minute; blocks that hold about two of them, as clusters of a drive do. */
const SMALL = { width: 192, height: 144, pictures: 144, bitrate: 900_000 } as const;
const BLOCK = 8192;

quietLog();
const folder = mkdtempSync(join(tmpdir(), 'vidette-repair-'));
after(() => rmSync(folder, { recursive: true }));

const pictures = (bytes: Buffer): string[] =>
  (readSampleTable(bytesOf(bytes), 'a result')?.samples ?? []).map(({ at, length }) =>
    bytes.toString('latin1', at, at + length),
  );
const picturesOf = (clip: AnyClip): string[] =>
  clip.pictures.map(({ offset, size }) => clip.bytes.toString('latin1', offset, offset + size));

async function repaired(
  name: string,
  bytes: Buffer,
  like: Buffer,
): Promise<{ report: RepairReport; main: string[]; apart: string[] }> {
  const place = mkdtempSync(join(folder, 'case-'));
  const path = join(place, 'clip.mp4');
  writeFileSync(path, bytes);
  writeFileSync(join(place, 'like.mp4'), like);
  mkdirSync(join(place, 'scratch'));
  const task = {
    path,
    name,
    likes: [join(place, 'like.mp4')],
    known: [],
    scratch: join(place, 'scratch'),
    owned: false,
  };
  const report = await repairFile(task, () => undefined);
  const files = [report.main, ...report.unverified].map((file) => (file ? pictures(readFileSync(file.path)) : []));
  rmSync(place, { recursive: true });
  const [main = [], ...apart] = files;
  return { report, main: report.outcome === 'whole' ? pictures(bytes) : main, apart: apart.flat() };
}

for (const shape of [
  { codec: 'h264', gop: 18, telemetry: true },
  { codec: 'h264', gop: 36, telemetry: true },
  { codec: 'h264', gop: 18, telemetry: false },
  { codec: 'h264', gop: 36, telemetry: false },
] as const)
  describe(`repair of ${shape.codec}, group of ${shape.gop}, ${shape.telemetry ? 'with' : 'without'} telemetry`, () => {
    let clip: AnyClip;
    let sibling: AnyClip;
    let older: AnyClip;
    let foreign: Set<string>;
    before(async () => {
      clip = await encodedClip({ ...SMALL, ...shape });
      sibling = await encodedClip({ ...SMALL, ...shape, camera: 1 });
      older = await encodedClip({ ...SMALL, ...shape, camera: 2, sequence: 700_123 });
      foreign = new Set([...picturesOf(sibling), ...picturesOf(older)]);
    });

    async function check({ name, bytes, survivors }: DamagedClip, mayLose = 0): Promise<void> {
      const { main, apart } = await repaired(name, bytes, sibling.bytes);
      const found = new Set([...main, ...apart]);
      const lost = survivors.flatMap((one, index) => (one && !found.has(one.toString('latin1')) ? [index] : []));
      if (lost.length > mayLose) assert.deepEqual(lost, [], `${name}: pictures that are whole, and were not found`);
      assert.equal(main.filter((one) => foreign.has(one)).length, 0, `${name}: pictures of another clip`);
      const order = main.map((one) => picturesOf(clip).indexOf(one)).filter((index) => index >= 0);
      assert.deepEqual(
        order,
        [...new Set(order)].sort((a, b) => a - b),
        `${name}: in order, none twice`,
      );
    }

    it('every picture survives whose bytes and whose key picture are whole: cases A to O', async () => {
      for (const one of namedCases(clip, sibling, older, BLOCK)) await check(one);
    });

    it('the same for 50 cuts, holes, noise and missing bytes at random places', async () => {
      const random = randomOf(shape.gop + (shape.telemetry ? 1 : 0));
      for (let index = 0; index < 50; index += 1) await check(randomCase(clip, random, `case ${index}`));
    });

    it('no picture of another camera or time is ever in the clip: random splices', async () => {
      const random = randomOf(99 + shape.gop);
      for (let index = 0; index < 16; index += 1)
        await check(splice(clip, index % 2 === 0 ? sibling : older, random, index % 3 === 0));
    });

    it('blocks that are swapped, or are another clip’s: nothing whole is lost, nothing foreign joined', async () => {
      const random = randomOf(shape.gop + (shape.telemetry ? 501 : 500));
      for (let index = 0; index < 16; index += 1) {
        const other = index % 3 === 0 ? older : sibling;
        // Without numbers, a picture alone in its block, before whose successor the block ends, can be told by nothing.
        await check(mixedBlocks(clip, other, random, BLOCK / 2, `mixed ${index}`), shape.telemetry ? 0 : 1);
      }
    });

    it('a clip that breaks off in its first picture is not continued by whatever follows', async () => {
      const at = (clip.pictures[0]?.offset ?? 0) + 700;
      const bytes = Buffer.concat([clip.bytes.subarray(0, at), sibling.bytes.subarray(at + 50, sibling.movieAt)]);
      const { report, main, apart } = await repaired('first', bytes, sibling.bytes);
      assert.equal(report.main, null);
      assert.equal(main.length, 0);
      assert.ok(apart.length > 100);
      assert.match(report.notes.join(' '), /breaks off in its first picture/);
    });

    if (shape.telemetry)
      it('behind a hole the clip goes on, and keeps its time', async () => {
        const hole = namedCases(clip, sibling, older, BLOCK).find((one) => one.name.startsWith('F'));
        assert.ok(hole);
        const { report, main, apart } = await repaired(hole.name, hole.bytes, sibling.bytes);
        assert.equal(apart.length, 0);
        assert.equal(main.length, hole.survivors.filter((one) => one).length);
        assert.equal(report.frames.lost, clip.pictures.length - main.length);
        assert.ok(Math.abs((report.main?.duration ?? 0) - clip.pictures.length / 36) < 0.1);
      });
    else
      it('without telemetry nothing behind a hole is proven, so it is kept apart', async () => {
        const hole = namedCases(clip, sibling, older, BLOCK).find((one) => one.name.startsWith('F'));
        assert.ok(hole);
        const { report, main, apart } = await repaired(hole.name, hole.bytes, sibling.bytes);
        assert.ok(main.length > 60 && apart.length > 60);
        assert.equal(report.frames.unverified, apart.length);
      });
  });

describe('repair', () => {
  it('H.265 too', async () => {
    const clip = await encodedClip({ ...SMALL, codec: 'h265', telemetry: false });
    const whole = clip.bytes.subarray(0, clip.movieAt);
    const { main } = await repaired('no moov', Buffer.from(whole), clip.bytes);
    assert.deepEqual(main, picturesOf(clip));
  });

  it('a whole clip is left alone', async () => {
    const clip = await encodedClip(SMALL);
    const { report } = await repaired('whole', clip.bytes, clip.bytes);
    assert.equal(report.outcome, 'whole');
    assert.equal(report.main, null);
  });

  it('nothing, zeros and what is no video: nothing to recover', async () => {
    const clip = await encodedClip(SMALL);
    const noise = Buffer.from(randomOf(3).bytes(300_000));
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(200_000), noise, Buffer.from('{"timestamp":"2026"}')]) {
      const { report } = await repaired('nothing', bytes, clip.bytes);
      assert.equal(report.outcome, 'nothing');
      assert.match(report.notes.join(' '), /nothing to recover/);
    }
  });

  it('where nothing says how pictures are coded, that is said, with the remedy', async () => {
    const clip = await encodedClip(SMALL);
    const { report } = await repaired('alone', Buffer.from(clip.bytes.subarray(0, clip.movieAt)), Buffer.alloc(0));
    assert.equal(report.outcome, 'unknown-coding');
    assert.match(report.notes.join(' '), /--like/);
  });

  it('an encrypted clip is never called damaged', async () => {
    const clip = await encodedClip(SMALL);
    const bytes = Buffer.from(randomOf(5).bytes(60_000));
    bytes.writeUInt32BE(0x12345678, 8);
    bytes.writeUInt32BE((0x12345678 ^ 0x3c81b7f5) >>> 0, 12);
    bytes.writeUInt32BE(0x03000002, 16);
    assert.equal((await repaired('encrypted', bytes, clip.bytes)).report.outcome, 'encrypted');
  });

  it('10,000 mutated clips: an answer each, in bounded time', async () => {
    const clip = await encodedClip({ ...SMALL, pictures: 20 });
    const random = randomOf(17);
    for (let index = 0; index < 10_000; index += 1) {
      const from = random.below(clip.bytes.length - 4000);
      const bytes = Buffer.from(clip.bytes.subarray(0, index % 4 === 0 ? clip.bytes.length : from + 4000));
      for (let times = random.below(20); times >= 0; times -= 1) bytes[random.below(bytes.length)] = random.below(256);
      if (index % 3 === 0) bytes.copyWithin(random.below(bytes.length), from);
      const started = performance.now();
      readSampleTable(bytesOf(bytes), 'mutated');
      mutatedRuns(bytes, clip);
      assert.ok(performance.now() - started < 2000, `input ${index} took too long`);
    }
  });
});
