import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTime, wallMs } from '../../../base/units.ts';
import { PictureGroup } from './picture-group.ts';

test('a group is held as long as it is the newest; of one that is too long its key frame', () => {
  const group = new PictureGroup();
  const holders = new Map<number, number>();
  const push = (frame: number, key: boolean): void => {
    holders.set(frame, 0);
    const change = (by: number): void => void holders.set(frame, (holders.get(frame) ?? 0) + by);
    const at = mediaTime(frame * 6000);
    group.push({
      kind: 'video',
      data: [Buffer.alloc(1)],
      size: 1,
      key,
      pts: at,
      dts: at,
      arrival: wallMs(frame * 67),
      memory: { hold: () => change(1), letGo: () => change(-1) },
    });
  };
  const held = (): number[] => [...holders].filter(([, count]) => count !== 0).map(([frame]) => frame);
  push(0, false);
  for (let frame = 1; frame < 4; frame += 1) push(frame, frame === 1);
  assert.deepEqual(held(), [1, 2, 3]);
  push(4, true);
  for (let frame = 5; frame < 400; frame += 1) push(frame, false);
  assert.deepEqual(held(), [4]);
  assert.equal(group.key?.serial, 4);
  group.clear();
  assert.deepEqual([...new Set(holders.values())], [0]);
});
