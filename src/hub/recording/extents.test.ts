import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenExtent } from '../../contract/recorder.ts';
import { Extents } from './extents.ts';

const SOURCE = 'b4b0c8b0-0000-4000-8000-000000000001';
const open = (more: Partial<OpenExtent> = {}): OpenExtent => ({
  sourceId: SOURCE,
  track: 'main',
  run: 'run00000',
  seq: 0,
  token: 1,
  key: 'spool/a/main/x.part',
  wallStart: 1000,
  durationMs: 500,
  bytes: 10,
  codec: 'avc1.64001f',
  ...more,
});

test('an extent grows, and says so only when it moved', () => {
  const extents = new Extents();
  assert.equal(extents.report('r', [open()], 0).size, 1);
  assert.equal(extents.report('r', [open()], 500).size, 0);
  assert.equal(extents.report('r', [open({ durationMs: 1000 })], 1000).size, 1);
  assert.deepEqual(
    extents.of(SOURCE, 'main', 1000).map((extent) => [extent.durationMs, extent.growing]),
    [[1000, true]],
  );
});

test('a closed segment stays readable until it is published', () => {
  const extents = new Extents();
  extents.report('r', [open()], 0);
  extents.report('r', [open({ seq: 1, wallStart: 1500 })], 500);
  assert.equal(extents.of(SOURCE, 'main', 500).length, 2);
  extents.published(SOURCE, 'main', 'run00000', 0);
  assert.deepEqual(
    extents.of(SOURCE, 'main', 500).map((extent) => extent.seq),
    [1],
  );
});

test('of two recorders that write at once only the higher token is shown', () => {
  const extents = new Extents();
  extents.report('old', [open({ run: 'runaaaaa', token: 1 })], 0);
  extents.report('new', [open({ run: 'runbbbbb', token: 2, wallStart: 1200 })], 0);
  assert.deepEqual(
    extents.of(SOURCE, 'main', 0).map((extent) => [extent.token, extent.shown]),
    [
      [1, [{ from: 1000, to: 1200 }]],
      [2, [{ from: 1200, to: 1700 }]],
    ],
  );
  extents.report('new', [open({ run: 'runcccccc', token: 3, wallStart: 900, durationMs: 2000 })], 0);
  assert.deepEqual(
    extents.of(SOURCE, 'main', 0).map((extent) => extent.token),
    [3],
  );
});

test('of an extent that goes on where the other recorder has died, both sides are shown', () => {
  const extents = new Extents();
  extents.report('old', [open({ run: 'runaaaaa', token: 1, durationMs: 9000 })], 0);
  extents.report('new', [open({ run: 'runbbbbb', token: 2, wallStart: 4000, durationMs: 1000 })], 0);
  assert.deepEqual(
    extents.of(SOURCE, 'main', 0).map((extent) => extent.shown),
    [
      [
        { from: 1000, to: 4000 },
        { from: 5000, to: 10_000 },
      ],
      [{ from: 4000, to: 5000 }],
    ],
  );
});

test('a camera is handed over when the new recorder has footage of every track that the old one writes', () => {
  const extents = new Extents();
  extents.report('old', [open({ run: 'runaaaaa' }), open({ run: 'runaaaab', track: 'sub' })], 0);
  assert.equal(extents.hasBegun(SOURCE, 'new', 1, 0), false);
  extents.report('new', [open({ run: 'runbbbbb', token: 2 })], 1000);
  assert.equal(extents.hasBegun(SOURCE, 'new', 1, 1000), false, 'the second stream is still the old one’s');
  extents.report('new', [open({ run: 'runbbbbc', token: 2, track: 'sub' })], 2000);
  assert.equal(extents.hasBegun(SOURCE, 'new', 1, 2000), true);
});

test('a second stream that the old recorder does not write any more is not waited for', () => {
  const extents = new Extents();
  extents.report('old', [open({ run: 'runaaaaa' }), open({ run: 'runaaaab', track: 'sub' })], 0);
  extents.report('old', [open({ run: 'runaaaaa' })], 9000);
  extents.report('new', [open({ run: 'runbbbbb', token: 2 })], 10_000);
  assert.equal(extents.hasBegun(SOURCE, 'new', 1, 10_000), true);
});

test('the extent of a dead recorder is not growing, and is forgotten in the end', () => {
  const extents = new Extents();
  extents.report('r', [open()], 0);
  assert.equal(extents.of(SOURCE, 'main', 10_000)[0]?.growing, false);
  extents.sweep(3_600_000);
  assert.equal(extents.of(SOURCE, 'main', 3_600_000).length, 0);
});
