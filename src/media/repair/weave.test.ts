import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clip, ClipShape } from '../../../test/dashcam/clip.ts';
import { encodedClip } from '../../../test/dashcam/encoded-clip.ts';
import { bytesOf } from './bytes.ts';
import { SliceReader } from './parameters.ts';
import { findRuns, type Run } from './runs.ts';
import { placeOfData, readSampleTable } from './sample-table.ts';
import { UnitReader } from './units.ts';
import { weaveOf } from './weave.ts';

type AnyClip = Clip<ClipShape>;

/** Block by block in turn, each block a whole one. */
function woven(clips: readonly AnyClip[], block: number): Buffer {
  const all = clips.map((clip) => clip.bytes.subarray(0, clip.movieAt));
  const out: Buffer[] = [];
  for (let at = 0; at < Math.max(...all.map((bytes) => bytes.length)); at += block)
    for (const bytes of all) {
      const whole = Buffer.alloc(block);
      bytes.subarray(at).copy(whole);
      out.push(whole);
    }
  return Buffer.concat(out);
}

const coding = (clip: AnyClip): SliceReader => {
  const table = readSampleTable(bytesOf(clip.bytes), 'clip');
  assert.ok(table);
  return new SliceReader(table.coding);
};

const picturesIn = (bytes: Buffer, runs: readonly Run[]): Set<string> =>
  new Set(
    runs.flatMap(({ pictures }) =>
      pictures.map(({ pieces }) => pieces.map(({ at, end }) => bytes.toString('latin1', at, end)).join('')),
    ),
  );

for (const codec of ['h264', 'h265'] as const)
  describe(`${codec}: files whose blocks take turns`, () => {
    const shape = { codec, width: 320, height: 240, pictures: 72, bitrate: 1_500_000, telemetry: codec === 'h264' };
    const clipsOf = (count: number): Promise<AnyClip[]> =>
      Promise.all(Array.from({ length: count }, (_, camera) => encodedClip({ ...shape, camera: camera % 3 })));

    for (const [files, block] of [
      [2, 4096],
      [3, 4096],
      [6, 8192],
      [2, 32_768],
    ] as const)
      it(`${files} files, blocks of ${block} bytes: every picture of each is found`, async () => {
        const clips = await clipsOf(files);
        const [first] = clips;
        assert.ok(first);
        const bytes = woven(clips, block);
        const source = bytesOf(bytes);
        const where = placeOfData(source);
        assert.ok(where);
        const reader = coding(first);
        assert.deepEqual(pick(weaveOf(source, new UnitReader(codec, reader, bytes.length), where.from, bytes.length)), {
          block,
          files,
        });
        const found = picturesIn(bytes, findRuns(source, { codec, reader, from: where.from, to: bytes.length }));
        for (const clip of clips)
          for (const { offset, size } of clip.pictures)
            assert.ok(found.has(clip.bytes.toString('latin1', offset, offset + size)));
      });

    it('a file alone is none of them, whole, cut early, or with a hole', async () => {
      const [clip] = await clipsOf(1);
      assert.ok(clip);
      const data = clip.bytes.subarray(0, clip.movieAt);
      const hole = Buffer.from(data).fill(0, 20_000, 60_000);
      for (const bytes of [data, data.subarray(0, 15_000), hole]) {
        const source = bytesOf(bytes);
        const units = new UnitReader(codec, coding(clip), bytes.length);
        assert.equal(weaveOf(source, units, placeOfData(source)?.from ?? 0, bytes.length), undefined);
      }
    });
  });

const pick = (weave: ReturnType<typeof weaveOf>): unknown => weave && { block: weave.block, files: weave.files };
