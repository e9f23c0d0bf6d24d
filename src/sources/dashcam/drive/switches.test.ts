import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemDisk } from '../../../blobs/disk.ts';
import { readSwitches, writeSwitches } from './switches.ts';

test('switches outlive a restart; a damaged file means that everything is on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-switches-'));
  try {
    const path = join(folder, 'switches.json');
    assert.deepEqual(await readSwitches(systemDisk, path), { harvest: true, drive: true });
    await writeSwitches(systemDisk, path, { harvest: true, drive: false });
    await writeSwitches(systemDisk, path, { harvest: false, drive: true });
    assert.deepEqual(await readSwitches(systemDisk, path), { harvest: false, drive: true });
    for (const text of ['', '{"harvest":false', '{"harvest":1}']) {
      await writeFile(path, text);
      assert.deepEqual(await readSwitches(systemDisk, path), { harvest: true, drive: true });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
