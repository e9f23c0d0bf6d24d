import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockedFolder, startInName } from './file-names.ts';
import { type ScanMemory, scanFolder } from './scan-folder.ts';

const OLD = '2022-09-04--11-15-52';
const NEW = '0000002c--d68dde99ca';

test('a name may tell when the drive began, and what is being written', () => {
  assert.equal(lockedFolder(`${NEW}--1/rlog.lock`), `${NEW}--1`);
  assert.equal(startInName(OLD), Date.parse('2022-09-04T11:15:52Z'));
  assert.equal(startInName(NEW), undefined);
});

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-scan-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, content: string, agoMs = 0): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
  const at = new Date(Date.now() - agoMs);
  await utimes(join(folder, path), at, at);
}

test('minutes that are still written are not taken before they are whole', async () => {
  const memory: ScanMemory = new Map();
  const HOUR = 3_600_000;
  await put(`${NEW}--0/qlog.zst`, 'a', HOUR);
  await put(`${NEW}--0/qcamera.ts`, 'aa', HOUR);
  await put(`${NEW}--1/qlog.zst`, 'b');
  await put(`${NEW}--2/qlog.zst`, 'c', HOUR);
  await put(`${NEW}--2/rlog.lock`, '', HOUR);
  const start = Date.now();
  const minutesAt = async (now: number): Promise<number[]> => {
    const { drives } = await scanFolder(folder, { now, memory });
    return drives.flatMap((drive) => drive.minutes.map((one) => one.minute));
  };
  assert.deepEqual(await minutesAt(start), [0], 'only what is old');
  await appendFile(join(folder, `${NEW}--1/qlog.zst`), 'more');
  assert.deepEqual(await minutesAt(start + 20_000), [0], 'it has grown meanwhile');
  assert.deepEqual(await minutesAt(start + 30_000), [0], 'not quiet for long enough');
  const scan = await scanFolder(folder, { now: start + 40_000, memory });
  assert.deepEqual(
    scan.drives[0]?.minutes.map((one) => one.minute),
    [0, 1],
  );
  assert.equal(scan.growing, true, 'minute 2 is locked');
  await rm(join(folder, `${NEW}--2/rlog.lock`));
  assert.deepEqual(await minutesAt(start + 50_000), [0, 1, 2]);
  const last = await scanFolder(folder, { now: start + 60_000, memory });
  assert.equal(last.growing, false);
  assert.deepEqual(Object.keys(last.drives[0]?.minutes[0]?.files ?? {}).sort(), ['qcamera', 'qlog']);
});

test('links lead nowhere, and a folder that is not there is said in words', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'vidette-outside-'));
  try {
    await writeFile(join(outside, 'qlog.zst'), 'secret');
    await mkdir(join(folder, `${OLD}--0`));
    await symlink(join(outside, 'qlog.zst'), join(folder, `${OLD}--0/qlog.zst`));
    await symlink(outside, join(folder, `${OLD}--1`));
    const { drives } = await scanFolder(folder, { now: Date.now() + 3_600_000, memory: new Map() });
    assert.deepEqual(
      drives.map((drive) => drive.logId),
      [NEW],
    );
    await assert.rejects(scanFolder(join(folder, 'none'), { now: 0, memory: new Map() }), /is not there/);
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
});
