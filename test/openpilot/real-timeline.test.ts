/** Real drives, where they are: every model of a log finds its picture, and every picture its state. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLog } from '../../src/sources/openpilot/log/read-log.ts';
import { DriveTimeline } from '../../src/sources/openpilot/timeline/drive-timeline.ts';
import { realDrives } from './oracle.ts';

/** Drive, minute, and at most so many pictures for which there is no model: a drive begins before its first. */
const drives: [string, number, 'rlog' | 'qlog', number][] = [
  ['0000002c--d68dde99ca--0', 0, 'qlog', 6],
  ['0000002c--d68dde99ca--1', 1, 'qlog', 0],
  ['0000006b--d72540bad7--0', 0, 'qlog', 78],
  ['0000006b--d72540bad7--1', 1, 'qlog', 0],
  ['0000006b--d72540bad7--3', 3, 'qlog', 0],
  ['2021-02-27--13-45-18--24', 24, 'rlog', 0],
  ['2021-06-06--19-33-56--8', 8, 'rlog', 0],
];

for (const [drive, segment, kind, without] of drives)
  test(`the pictures of the real ${drive}`, { skip: realDrives === null && 'no openpilot data' }, async () => {
    const path = join(realDrives ?? '', drive, `${kind}.zst`);
    const files = new Map([[segment, { rlog: kind === 'rlog' ? path : null, qlog: kind === 'qlog' ? path : null }]]);
    const minute = (await new DriveTimeline({ files }).minute(segment)) ?? assert.fail();
    const { events } = await readLog(path);
    const states = Array.from({ length: minute.pictures }, (_, picture) => minute.state(picture));
    const frames = new Set(states.map(({ frameId }) => frameId));
    const models = [...events.modelV2, ...events.drivingModelData].filter(({ frameId }) => frames.has(frameId));
    // At its edges a log may have a model whose picture belongs to another.
    assert.ok(models.length >= events.modelV2.length + events.drivingModelData.length - 1);
    assert.ok(states.filter(({ tier }) => tier === 'none').length <= without);
    if (kind === 'rlog')
      for (const { frameId } of models) {
        const state = states.find((found) => found.frameId === frameId) ?? assert.fail(`frame ${frameId}`);
        assert.equal(state.tier, 'exact');
        assert.deepEqual(state.model?.path.x, events.modelV2.find((model) => model.frameId === frameId)?.position.x);
      }
    for (const { calibration, model, tier } of states) {
      assert.ok(calibration?.calibrated);
      if (tier !== 'none') assert.equal(model?.path.x.length, 33);
    }
    if (events.wideRoadEncodeIdx.length > 0)
      for (const { picture } of states)
        assert.deepEqual(minute.otherCamera('wide', picture), { segment, picture }, `wide picture of ${picture}`);
  });
