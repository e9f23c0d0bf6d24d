import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minuteLogs, picturesOf } from '../../../../test/openpilot/minute-log.ts';
import { shapeOf } from '../../../../test/openpilot/shape.ts';
import { makeWorld } from '../../../../test/openpilot/world.ts';
import type { EventKind } from '../log/events.ts';
import { readLog } from '../log/read-log.ts';
import { tailOf } from './minute-events.ts';

test('the end of a minute has the last of every kind of event, and no more than some seconds of any', async () => {
  const world = makeWorld();
  const { events } = await readLog(minuteLogs(world, picturesOf(world, 1), { shape: shapeOf(2026) }).rlog);
  const tail = tailOf(events);
  for (const kind of Object.keys(events) as EventKind[]) {
    assert.equal(tail[kind].at(-1), events[kind].at(-1), kind);
    assert.ok(tail[kind].length <= events[kind].length / 10 || events[kind].length < 20, kind);
  }
  assert.equal(tail.modelV2.length, 100);
});
