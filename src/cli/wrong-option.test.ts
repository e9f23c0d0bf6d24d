import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../base/errors.ts';
import type { ClipOptions } from './clip.ts';
import { clipDrive } from './clip-drive.ts';

const folder = await mkdtemp(join(tmpdir(), 'vidette-wrong-option-'));
after(() => rm(folder, { recursive: true, force: true }));
const LOG_ID = '0000002c--d68dde99ca';
await mkdir(join(folder, `${LOG_ID}--0`));
for (const name of ['qlog.zst', 'qcamera.ts']) await writeFile(join(folder, `${LOG_ID}--0`, name), 'x');

async function words(options: ClipOptions): Promise<string> {
  try {
    await clipDrive(LOG_ID, {
      data: folder,
      start: '0',
      length: '5',
      json: true,
      out: join(folder, 'a.mp4'),
      ...options,
    });
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, 'usage');
    return error.message;
  }
  return assert.fail('it was taken');
}

test('an option of a drive that is not taken is named as it was written, with what it can be', async () => {
  assert.equal(await words({ mode: 'all' }), '--mode: it can be 360, ui, forward, wide, driver, stacked, pip.');
  assert.equal(await words({ wide: 'yes' }), '--wide: it can be never, auto, always.');
  assert.equal(await words({ size: '99x99' }), '--size: it can be 1440x720, 2160x1080, camera.');
  assert.equal(await words({ speed: 100 }), '--speed: at most 20.');
  assert.equal(await words({ speed: 0.1 }), '--speed: at least 0.25.');
  assert.equal(await words({ title: 'x'.repeat(201) }), '--title: at most 200 characters.');
  assert.equal(await words({ range: Array.from({ length: 100 }, () => '1-2') }), '--range: at most 100 of them.');
});

test('a private clip carries no tag', async () => {
  assert.match(await words({ private: true, tag: true }), /--private and --tag contradict/);
});

test('a quality that the help does not name is refused', async () => {
  for (const quality of [9.9, 40.1, 99]) assert.match(await words({ quality }), /is not between 10 and 40/);
});
