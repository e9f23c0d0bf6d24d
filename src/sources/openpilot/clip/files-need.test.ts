import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenpilotRenderParams } from '../../../contract/worker.ts';
import { chooseFiles } from '../files/choose-files.ts';
import { type HeldFile, holdingOf } from '../files/holding.ts';
import { filesNeed } from './files-need.ts';

const held = (kind: HeldFile['kind'], name: string): HeldFile => ({
  segment: 0,
  kind,
  name,
  bytes: 1,
  modified: 0,
  open: false,
  place: { at: 'path', path: `/${name}` },
});
const only = (...files: HeldFile[]) => holdingOf(null, '0000001f--0a1b2c3d4e', files);
const need = (asked: object) =>
  filesNeed(OpenpilotRenderParams.omit({ minutes: true }).parse({ ranges: [{ start: 5, end: 7 }], ...asked }));

test('one camera alone needs no log, and nothing is said of one', () => {
  const road = only(held('qcamera', 'qcamera.ts'));
  const plan = chooseFiles(road, need({ mode: 'forward' }), 'folder');
  assert.deepEqual(
    plan.files.map(({ name }) => name),
    ['qcamera.ts'],
  );
  assert.doesNotMatch(plan.notes.join(' '), /log|overlay/);
  for (const mode of ['wide', 'driver'] as const) {
    const alone = only(held(mode === 'wide' ? 'ecamera' : 'dcamera', 'x.hevc'));
    assert.deepEqual(
      chooseFiles(alone, need({ mode }), 'folder').files.map(({ name }) => name),
      ['x.hevc'],
    );
  }
  for (const asked of [{ mode: 'ui' }, { mode: 'forward', brand: { details: true } }])
    assert.throws(() => chooseFiles(road, need(asked), 'folder'), /Neither rlog\.zst .* nor qlog\.zst/);
});
