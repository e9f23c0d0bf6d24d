import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CameraRenderParams } from '../../contract/worker.ts';
import { type CameraPlanRequest, fileNameOf, type PlanSegment, planCamera } from './plan.ts';

const segment = (start: number, end: number, name = `${start}`): PlanSegment => ({
  key: `door/main/${name}.mp4`,
  start,
  end,
  bytes: 100,
  sha256: 'a'.repeat(64),
});
const request = (more: Partial<CameraPlanRequest>): CameraPlanRequest => ({
  sources: [],
  ranges: [],
  layout: 'main',
  clock: false,
  sound: 'keep',
  timeZone: 'UTC',
  ...more,
});

test('a range over two segments takes the end of one and the beginning of the next', () => {
  const plan = planCamera(
    request({
      sources: [{ name: 'Door', segments: [segment(0, 10_000), segment(10_000, 20_000)] }],
      ranges: [{ start: 8000, end: 13_500 }],
    }),
  );
  assert.deepEqual(CameraRenderParams.parse(plan?.params).sources[0]?.pieces, [
    { input: '0000.mp4', from: 8, to: 10, wallStart: 8000 },
    { input: '0001.mp4', from: 0, to: 3.5, wallStart: 10_000 },
  ]);
  assert.equal(plan?.duration, 5.5);
});

test('gaps are cut out; a file that is used twice is one input', () => {
  const plan = planCamera(
    request({
      sources: [{ name: 'Door', segments: [segment(0, 10_000), segment(60_000, 70_000)] }],
      ranges: [
        { start: 5000, end: 65_000 },
        { start: 0, end: 1000 },
      ],
    }),
  );
  assert.equal(plan?.duration, 11);
  assert.deepEqual(
    plan?.inputs.map((input) => input.key),
    ['door/main/0.mp4', 'door/main/60000.mp4'],
  );
});

test('in a grid the pictures stay in step', () => {
  const plan = planCamera(
    request({
      layout: 'grid',
      sources: [
        { name: 'A', segments: [segment(0, 4000, 'a0'), segment(6000, 20_000, 'a6')] },
        { name: 'B', segments: [segment(2000, 10_000, 'b2')] },
        { name: 'C', segments: [] },
      ],
      ranges: [{ start: 0, end: 12_000 }],
    }),
  );
  assert.deepEqual(
    plan?.params.sources.map((source) => [source.name, source.pieces.map((piece) => piece.wallStart)]),
    [
      ['A', [2000, 6000]],
      ['B', [2000, 6000]],
    ],
  );
  assert.equal(plan?.duration, 6);
});

test('no footage, no plan', () => {
  assert.equal(
    planCamera(request({ sources: [{ name: 'A', segments: [segment(0, 10)] }], ranges: [{ start: 20, end: 30 }] })),
    undefined,
  );
});

test('the file is named after what was filmed and when, by the clock on the wall', () => {
  const at = Date.parse('2026-11-21T18:05:00Z');
  assert.equal(fileNameOf(['Front door'], at, 'UTC'), 'Front door 2026-11-21 18.05.00.mp4');
  assert.equal(
    fileNameOf(['Front door', 'Yard'], at, 'Europe/Berlin'),
    'Front door and 1 more 2026-11-21 19.05.00.mp4',
  );
});

test('pieces are in order, do not overlap, lie in their files, and show every moment that is covered', () => {
  const list = fc.array(fc.record({ start: fc.nat(5000), length: fc.integer({ min: 1, max: 900 }) }), {
    maxLength: 15,
  });
  fc.assert(
    fc.property(list, fc.nat(4000), fc.integer({ min: 1, max: 3000 }), (stored, from, length) => {
      const segments = stored
        .map((item, i) => segment(item.start, item.start + item.length, `${i}`))
        .sort((a, b) => a.start - b.start);
      const to = from + length;
      const plan = planCamera(request({ sources: [{ name: 'A', segments }], ranges: [{ start: from, end: to }] }));
      const inputs = new Map(
        plan?.inputs.map((input) => [input.name, segments.find((item) => item.key === input.key)]),
      );
      let covered = 0;
      for (let t = from; t < to; t++) if (segments.some((item) => item.start <= t && t < item.end)) covered++;
      let last = from;
      let shown = 0;
      for (const piece of plan?.params.sources[0]?.pieces ?? []) {
        const file = inputs.get(piece.input);
        const end = piece.wallStart + (piece.to - piece.from) * 1000;
        assert.ok(file && piece.wallStart >= last && Math.round(end) <= Math.min(file.end, to));
        assert.equal(Math.round(piece.from * 1000), piece.wallStart - file.start);
        last = Math.round(end);
        shown += last - piece.wallStart;
      }
      assert.equal(shown, covered);
    }),
  );
});

test('many ranges that lie over each other do not multiply with the number of cameras', () => {
  const segments = [segment(0, 60_000)];
  const sources = Array.from({ length: 16 }, (_, index) => ({ name: `camera ${index}`, segments }));
  const ranges = Array.from({ length: 32 }, (_, index) => ({ start: index * 10, end: 10_000 + index * 10 }));
  const planned = planCamera({ sources, ranges, layout: 'grid', clock: false, sound: 'mute', timeZone: 'UTC' });
  assert.ok(planned);
  assert.ok(planned.params.sources.every((source) => source.pieces.length <= 32));
});
