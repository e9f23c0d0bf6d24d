import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { clipName, fill, makeFootage, RECENT } from '../../../../test/dashcam/car.ts';
import { ExfatImage } from '../../../../test/dashcam/exfat-image.ts';
import { createLog, silentLog } from '../../../base/log.ts';
import { milliseconds, monotonicMs } from '../../../base/units.ts';
import { lookAt } from './look.ts';
import { openDrive } from './open-drive.ts';
import { takeSnapshot } from './snapshot.ts';
import { emptyGate, type GateOptions, judge, type Sighting } from './stability.ts';

const options: GateOptions = { apart: milliseconds(60_000), notInUse: false };
const seen = (more: Partial<Sighting> = {}): Sighting => ({
  path: 'a.mp4',
  print: 'p',
  contents: 'c',
  whole: true,
  ...more,
});

describe('a file that the car may still be writing is never taken', () => {
  const first = judge(emptyGate, [seen()], monotonicMs(1000), options);

  test('seen once it waits, the same a minute later it is taken', () => {
    assert.deepEqual([first.accepted, first.held.get('a.mp4')], [[], 'new']);
    const soon = judge(first.gate, [seen()], monotonicMs(60_999), options);
    assert.deepEqual([soon.accepted, soon.held.get('a.mp4')], [[], 'too-soon']);
    assert.deepEqual(judge(soon.gate, [seen()], monotonicMs(61_000), options).accepted, ['a.mp4']);
  });

  for (const [what, more] of [
    ['entry or chain', { print: 'q' }],
    ['contents', { contents: 'd' }],
  ] as const)
    test(`a change of ${what} begins anew`, () => {
      const changed = judge(first.gate, [seen(more)], monotonicMs(100_000), options);
      assert.deepEqual([changed.accepted, changed.held.get('a.mp4')], [[], 'changed']);
      assert.deepEqual(judge(changed.gate, [seen(more)], monotonicMs(159_999), options).accepted, []);
      assert.deepEqual(judge(changed.gate, [seen(more)], monotonicMs(160_000), options).accepted, ['a.mp4']);
    });

  test('one that was gone in between begins anew', () => {
    const gone = judge(first.gate, [], monotonicMs(30_000), options);
    assert.deepEqual(judge(gone.gate, [seen()], monotonicMs(100_000), options).accepted, []);
  });

  test('one that is not whole is never taken, also of a drive that is not in use', () => {
    for (const notInUse of [false, true]) {
      const once = judge(emptyGate, [seen({ whole: false })], monotonicMs(0), { ...options, notInUse });
      const twice = judge(once.gate, [seen({ whole: false })], monotonicMs(900_000), { ...options, notInUse });
      assert.deepEqual([once.accepted, twice.accepted, twice.held.get('a.mp4')], [[], [], 'not-whole']);
    }
  });

  test('of a drive that is not in use what is whole is taken at once', () => {
    assert.deepEqual(judge(emptyGate, [seen()], monotonicMs(0), { ...options, notInUse: true }).accepted, ['a.mp4']);
  });

  test('whatever happens, what is taken was the same for a minute', () => {
    const step = fc.record({
      wait: fc.nat(90_000),
      contents: fc.constantFrom('c', 'd'),
      there: fc.boolean(),
      whole: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let gate = emptyGate;
        let now = 0;
        let sameSince: { contents: string; at: number } | undefined;
        for (const { wait, contents, there, whole } of steps) {
          now += wait;
          const good = there && whole;
          if (!good) sameSince = undefined;
          else if (sameSince?.contents !== contents) sameSince = { contents, at: now };
          const judged = judge(gate, there ? [seen({ contents, whole })] : [], monotonicMs(now), options);
          assert.equal(judged.accepted.length > 0, sameSince !== undefined && now - sameSince.at >= 60_000);
          // What was taken is not asked about again.
          if (judged.accepted.length > 0) sameSince = undefined;
          gate = judged.gate;
        }
      }),
    );
  });
});

describe('an image while the car writes to it', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-gate-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('finished clips are taken, the one being written is not, and is when it is finished', async () => {
    const footage = makeFootage({ minutes: 3 });
    const open = `${RECENT}/${clipName(2, 'back')}`;
    const bytes = footage.files.get(open) ?? Buffer.alloc(0);
    using image = new ExfatImage(join(folder, 'live.img'), { bytes: 16 << 20 });
    // Its entry is there, half of its data too.
    const half = Buffer.alloc(bytes.length);
    bytes.copy(half, 0, 0, bytes.length >> 1);
    fill(image, { ...footage, files: new Map([...footage.files, [open, half]]) });
    await using drive = await openDrive(image.writer.path);
    let gate = emptyGate;
    const look = async (now: number): Promise<readonly string[]> => {
      const [volume] = (await drive.scan({ mend: false })).volumes;
      assert.ok(volume);
      const judged = judge(gate, await lookAt(volume, { wanted: () => true }), monotonicMs(now), options);
      gate = judged.gate;
      return judged.accepted;
    };
    const all = [...footage.files.keys()].sort();
    assert.deepEqual(await look(0), []);
    assert.deepEqual(
      [...(await look(60_000))].sort(),
      all.filter((path) => path !== open),
    );
    const [first = 0] = image.item(open).clusters;
    image.writer.put(image.placeOf(first), bytes);
    assert.ok(!(await look(120_000)).includes(open));
    // One byte is flushed late: it begins anew.
    image.writer.put(image.placeOf(first) + 20_000, Uint8Array.of(1, 2, 3));
    assert.ok(!(await look(180_000)).includes(open));
    assert.ok((await look(240_000)).includes(open));
  });

  test('a snapshot is a file beside it, removed afterwards; where there can be none, that is said', async () => {
    const path = join(folder, 'snap.img');
    await writeFile(path, 'x');
    {
      await using snapshot = await takeSnapshot(path, silentLog, (from, to) => copyFile(from, to));
      assert.ok(snapshot.frozen && snapshot.path !== path);
      assert.equal((await readdir(folder)).filter((name) => name.endsWith('.snapshot')).length, 1);
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.snapshot')),
      [],
    );
    const lines: string[] = [];
    await using none = await takeSnapshot(
      path,
      createLog((line) => lines.push(line)),
      async () => {
        throw Object.assign(new Error('no'), { code: 'EOPNOTSUPP' });
      },
    );
    assert.deepEqual([none.frozen, none.path], [false, path]);
    assert.match(lines.join(''), /cannot share blocks/);
    await assert.rejects(
      takeSnapshot(path, silentLog, async () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      }),
      /full/,
    );
  });

  test('the kernel is asked for shared blocks, and its answer is understood', async () => {
    const path = join(folder, 'kernel.img');
    await writeFile(path, Buffer.alloc(10_000, 7));
    await using snapshot = await takeSnapshot(path, silentLog);
    assert.equal(snapshot.frozen, snapshot.path !== path);
  });
});
