import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { OwnDisk } from './own-disk.ts';

test('recording pauses before the disk of the database is full, and goes on when there is room, without flapping', async () => {
  let free: number | undefined = 2000;
  using disk = new OwnDisk(async () => (free === undefined ? undefined : { free, total: 10_000 }), silentLog, 1000);
  const at = async (bytes: number | undefined): Promise<boolean> => {
    free = bytes;
    await disk.look();
    return disk.paused;
  };
  assert.equal(await at(1001), false);
  assert.equal(await at(999), true);
  assert.equal(await at(1001), true, 'not yet');
  assert.equal(await at(1020), false);
  assert.equal(await at(999), true);
  assert.equal(await at(undefined), false);
});
