/** A harvest of a whole drive: what comes in, under which name, and that it comes in once. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { milliseconds, monotonicMs } from '../../src/base/units.ts';
import { type Disk, systemDisk } from '../../src/blobs/disk.ts';
import { type HarvestOptions, type HarvestReport, harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { lockSource, openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../src/sources/dashcam/harvest/verify.ts';
import { type CarFootage, clipName, EVENT, fill, makeFootage, RECENT } from './car.ts';
import { EXFAT_DAMAGE, FAT32_DAMAGE } from './damage.ts';
import { ExfatImage } from './exfat-image.ts';
import { Fat32Image } from './fat32-image.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-harvest-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let number = 0;
const fresh = (): string => join(folder, `library-${++number}`);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function take(drive: string, library: string, more: Partial<HarvestOptions> = {}): Promise<HarvestReport> {
  return harvest(drive, { library: await openOrBeginLibrary(library, true), source: 'car', notInUse: true, ...more });
}

/** Key → SHA-256 of every file of footage. */
async function stored(library: string): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const item of await readdir(join(library, 'car'), { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || item.parentPath.includes('.intake') || item.name === 'manifest.jsonl') continue;
    const path = join(item.parentPath, item.name);
    out.set(path.slice(library.length + 1), sha256(await readFile(path)));
  }
  return out;
}

async function lines(library: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(library, 'car', 'manifest.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function stick(path: string, files: ReadonlyMap<string, Buffer>): Promise<string> {
  for (const [name, bytes] of files) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), bytes);
  }
  return path;
}

/** Everything is there once, and nothing else. */
async function isComplete(library: string, footage: CarFootage): Promise<void> {
  const wanted = new Set([...footage.files.values()].map(sha256));
  const have = [...(await stored(library)).values()];
  assert.deepEqual(have.sort(), [...wanted].sort());
  const verified = await verifyLibrary(library, { contents: true });
  assert.ok(verified.ok);
  assert.deepEqual([verified.sources[0]?.unrecorded, verified.sources[0]?.unfinished], [[], false]);
}

for (const kind of ['fat32', 'exfat', 'folder'] as const)
  describe(`harvest of ${kind}`, () => {
    const footage = makeFootage({ minutes: 3 });
    let drive = '';
    before(async () => {
      drive = join(folder, `${kind}.drive`);
      if (kind === 'folder') return void (await stick(drive, footage.files));
      const options = { bytes: 16 << 20 };
      using image = kind === 'fat32' ? new Fat32Image(drive, options) : new ExfatImage(drive, options);
      fill(image, footage);
    });

    test('every file is kept byte for byte, once, and a second harvest adds nothing', async () => {
      const library = fresh();
      const first = await take(drive, library);
      assert.deepEqual([first.stored, first.copies, first.failed, first.cut], [footage.files.size - 2, 2, [], 0]);
      await isComplete(library, footage);
      const before = await readFile(join(library, 'car', 'manifest.jsonl'));
      const second = await take(drive, library);
      assert.deepEqual([second.stored, second.copies, second.known], [0, 0, footage.files.size]);
      assert.ok(before.equals(await readFile(join(library, 'car', 'manifest.jsonl'))));
    });

    test('names tell source, track and UTC; an event keeps its own files; the event comes first', async () => {
      const library = fresh();
      await take(drive, library);
      const back = footage.files.get(`${RECENT}/${clipName(2, 'back')}`) ?? Buffer.alloc(0);
      const files = await stored(library);
      assert.equal(
        files.get(`car/back/2026-03-02/01/01-02-05.000Z-${sha256(back).slice(0, 16)}.mp4`),
        sha256(back),
        [...files.keys()].join('\n'),
      );
      assert.ok(files.has('car/events/2026-03-02/01-02-44Z-sentry/event.json'));
      const all = await lines(library);
      assert.deepEqual(
        all
          .slice(0, 5)
          .map(({ kind: what, role, track, event, time, zone, reason, camera }) =>
            what === 'event' ? [what, event, time, zone, reason, camera] : [what, role, track],
          ),
        [
          ['manifest', undefined, undefined],
          [
            'event',
            'sentry/2026-03-01_17-02-44',
            '2026-03-02T01:02:40.000Z',
            -480,
            'sentry_aware_object_detection',
            'front',
          ],
          ['file', 'json', 'events'],
          ['file', 'clip', 'front'],
          ['file', 'clip', 'back'],
        ],
      );
    });

    test('what disappears from the library is stored again', async () => {
      const library = fresh();
      await take(drive, library);
      const [key = ''] = [...(await stored(library)).keys()].filter((one) => one.startsWith('car/left_pillar/'));
      await rm(join(library, key));
      assert.deepEqual((await verifyLibrary(library)).sources[0]?.missing, [key]);
      assert.equal((await take(drive, library)).stored, 1);
      await isComplete(library, footage);
    });
  });

test('a drive in use: what is finished is taken after two looks, what is changed meanwhile is not', async () => {
  const footage = makeFootage({ minutes: 2 });
  const open = `${RECENT}/${clipName(1, 'back')}`;
  const path = join(folder, 'live.img');
  using image = new ExfatImage(path, { bytes: 16 << 20 });
  fill(image, footage);
  const half = Buffer.alloc(footage.files.get(open)?.length ?? 0);
  const [cluster = 0] = image.item(open).clusters;
  image.writer.put(image.placeOf(cluster) + 8192, half.subarray(8192));
  let now = 0;
  const live: Partial<HarvestOptions> = {
    notInUse: false,
    monotonic: () => monotonicMs(now),
    wait: async (time) => {
      now += time;
    },
    apart: milliseconds(60_000),
  };
  const library = fresh();
  const first = await take(path, library, live);
  const copies = [...footage.files.keys()].filter((name) => name.endsWith(clipName(1, 'back')));
  assert.deepEqual(
    first.held.map((file) => file.path),
    [open],
  );
  assert.equal(first.stored + first.copies, footage.files.size - 1);
  assert.equal(copies.length, 2);
  image.writer.put(image.placeOf(cluster), footage.files.get(open) ?? half);
  const second = await take(path, library, live);
  assert.deepEqual([second.held, second.copies, second.known], [[], 1, footage.files.size - 1]);
  await isComplete(library, footage);
});

/** A container of the layout of encrypted clips (header, key page, pages of data). */
function encrypted(pages: number): Buffer {
  const bytes = Buffer.alloc(8192 + pages * 4096, 0x5a);
  bytes.writeBigUInt64BE(BigInt(pages * 4096 - 100), 0);
  bytes.writeUInt32BE(0x12345678, 8);
  bytes.writeUInt32BE((0x12345678 ^ 0x3c81b7f5) >>> 0, 12);
  bytes.writeUInt32BE(0x03000002, 16);
  bytes.writeUInt32BE(4096, 20);
  return bytes;
}

test('encrypted clips are kept byte for byte, marked, and never called damaged', async () => {
  const footage = makeFootage({ minutes: 2 });
  const secret = encrypted(20);
  const drive = await stick(
    join(folder, 'encrypted'),
    new Map([
      ...footage.files,
      [`TeslaCam/EncryptedClips/RecentClips/${clipName(1, 'front')}`, secret],
      [`TeslaCam/EncryptedClips/RecentClips/${clipName(1, 'back')}`, secret.subarray(0, 50_001)],
    ]),
  );
  const library = fresh();
  const report = await take(drive, library);
  assert.deepEqual([report.encrypted, report.cut, report.failed], [2, 0, []]);
  // Its UTC is that of its name, in the zone of the clips around it.
  const key = `car/front/2026-03-02/01/01-01-05.000Z-${sha256(secret).slice(0, 16)}.encrypted.mp4`;
  assert.equal((await stored(library)).get(key), sha256(secret));
});

test('what a salvage finds is harvested too, and once', async () => {
  for (const Image of [Fat32Image, ExfatImage]) {
    const footage = makeFootage({ minutes: 4 });
    const path = join(folder, `${Image.name}.img`);
    using image = new Image(path, { bytes: 16 << 20 });
    fill(image, footage);
    const damage = (image.kind === 'exfat' ? EXFAT_DAMAGE : FAT32_DAMAGE).find(
      ({ name }) => name === (image.kind === 'exfat' ? 'E9' : 'S5'),
    );
    assert.ok(damage);
    // The damage functions are typed by the image that they are for.
    Reflect.apply(damage.apply, damage, [image]);
    const library = fresh();
    const first = await take(path, library);
    assert.deepEqual([first.lost, first.failed], [[], []]);
    await isComplete(library, footage);
    const found = (await lines(library)).filter(
      (line) => (line.from as { found?: string } | undefined)?.found !== 'entry' && line.kind === 'file',
    );
    assert.equal(found.length, 1);
    const before = (await lines(library)).length;
    const second = await take(path, library);
    assert.deepEqual([second.stored, second.copies], [0, 0]);
    assert.equal((await lines(library)).length, before);
  }
});

test('an entry that leads to the video of another moment names no camera', async () => {
  const { files } = makeFootage({ minutes: 3 });
  const names = [...files.keys()].filter((path) => path.startsWith(RECENT) && path.endsWith('.mp4')).sort();
  const [oldest = '', newest = ''] = [names.find((path) => path.endsWith('left_repeater.mp4')), names.at(-1)];
  // The oldest clip's clusters were given to another camera's newest, which has lost its own entry and then some bytes.
  const bytes = Buffer.from(files.get(newest) ?? Buffer.alloc(0));
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1);
  const library = fresh();
  await take(await stick(join(folder, 'crossed'), new Map([...files, [oldest, bytes]])), library);
  const found = (await lines(library)).filter(({ sha256: own }) => own === sha256(bytes));
  assert.deepEqual(
    found.map(({ track, local, startBy }) => [track, local, startBy]),
    [['unknown', null, 'video']],
  );
  assert.match(String(found[0]?.key), /^car\/unknown\//);
});

test('a clip that is cut is kept as it is, and a later whole one beside it', async () => {
  const footage = makeFootage({ minutes: 1 });
  const name = `${RECENT}/${clipName(0, 'front')}`;
  const whole = footage.files.get(name) ?? Buffer.alloc(0);
  const cut = whole.subarray(0, whole.length >> 1);
  const drive = await stick(join(folder, 'cut'), new Map([...footage.files, [name, cut]]));
  const library = fresh();
  assert.deepEqual([(await take(drive, library)).cut, (await take(drive, library)).stored], [1, 0]);
  await writeFile(join(drive, name), whole);
  assert.equal((await take(drive, library)).stored, 1);
  const all = new Set((await stored(library)).values());
  assert.ok(all.has(sha256(cut)) && all.has(sha256(whole)));
});

test('an event whose video the car has lost is filled from RecentClips that an earlier harvest has taken', async () => {
  const footage = makeFootage({ minutes: 4 });
  const library = fresh();
  const recent = [...footage.files].filter(([path]) => path.startsWith(RECENT));
  await take(await stick(join(folder, 'monday'), new Map(recent)), library);
  const marker = `${EVENT}/event.json`;
  const only = new Map([[marker, footage.files.get(marker) ?? Buffer.alloc(0)]]);
  const report = await take(await stick(join(folder, 'tuesday'), only), library);
  assert.deepEqual([report.stored, report.events, report.filled], [1, 1, 1]);
  const last = (await lines(library)).findLast(({ kind }) => kind === 'fill');
  // Clips of this car are a second long: those that begin in the minutes before 17:02:40 and until a minute after it.
  assert.deepEqual(new Set(last?.clips as string[]), new Set(recent.map(([, bytes]) => sha256(bytes))));
  assert.equal((await take(join(folder, 'tuesday'), library)).filled, 0);
});

test('what a parked car films is left out when the person says so, and not looked at again', async () => {
  const still = makeFootage({ minutes: 3, telemetry: false });
  const driven = makeFootage({ minutes: 3, seed: 2 });
  const early = [...driven.files].filter(([path]) => path.startsWith(RECENT) && path.includes('17-00-05'));
  // Telemetry of the first minute; two hours later nothing moves.
  const late = [...still.files].filter(([path]) => path.startsWith(RECENT));
  const files = new Map([
    ...late.map(([path, bytes]) => [path.replace('01_17', '01_19'), later(bytes, 7200)] as const),
    ...early,
  ]);
  const drive = await stick(join(folder, 'parked'), files);
  const all = await take(drive, fresh());
  assert.equal(all.stored, files.size);
  const library = fresh();
  const report = await take(drive, library, { dropParked: true });
  assert.deepEqual([report.dropped, report.stored], [18, 6]);
  const again = await take(drive, library, { dropParked: true });
  assert.deepEqual([again.dropped, again.stored, again.known], [0, 0, 24]);
  assert.ok((await verifyLibrary(library, { contents: true })).ok);
});

/** The same clip, made later: its `mvhd` says so. */
function later(clip: Buffer, seconds: number): Buffer {
  const bytes = Buffer.from(clip);
  const at = bytes.lastIndexOf('mvhd') + 8;
  bytes.writeUInt32BE(bytes.readUInt32BE(at) + seconds, at);
  return bytes;
}

describe('a library is looked after', () => {
  const footage = makeFootage({ minutes: 1 });
  let drive = '';
  before(async () => {
    drive = await stick(join(folder, 'small'), footage.files);
  });

  test('a full disk: what is most important is there, and the rest comes later', async () => {
    const library = fresh();
    let asked = 0;
    const report = await take(drive, library, { room: async () => (++asked > 3 ? 0 : 1e12) });
    assert.deepEqual([report.full, report.stored], [true, 3]);
    assert.ok((await verifyLibrary(library, { contents: true })).ok);
    assert.equal((await take(drive, library)).full, false);
    await isComplete(library, footage);
  });

  test('a harvest that is stopped keeps what it has', async () => {
    const library = fresh();
    const stop = new AbortController();
    const stopped = take(drive, library, {
      signal: stop.signal,
      progress: (done, stage) => {
        if (stage === 'storing' && done > 0.6) stop.abort();
      },
    });
    await assert.rejects(stopped, { name: 'AbortError' });
    const verified = await verifyLibrary(library, { contents: true });
    assert.ok(verified.ok && (verified.sources[0]?.files ?? 0) > 1);
    await take(drive, library);
    await isComplete(library, footage);
  });

  test('a damaged manifest is not written to, and told', async () => {
    const library = fresh();
    await take(drive, library);
    const path = join(library, 'car', 'manifest.jsonl');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"complete":true', '"complete":false'));
    assert.match(String((await verifyLibrary(library)).sources[0]?.broken?.reason), /does not follow/);
    await assert.rejects(take(drive, library), /breaks the chain/);
  });

  test('changed contents are found by verify, with --contents only', async () => {
    const library = fresh();
    await take(drive, library);
    const [key = ''] = [...(await stored(library)).keys()].filter((one) => one.startsWith('car/front'));
    const bytes = await readFile(join(library, key));
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(join(library, key), bytes);
    assert.ok((await verifyLibrary(library)).ok);
    const verified = await verifyLibrary(library, { contents: true });
    assert.deepEqual(verified.sources[0]?.changed, [{ key, what: 'its contents have changed' }]);
  });

  test('a folder that is no library, or whose disk is not mounted, is not written to', async () => {
    const other = fresh();
    await mkdir(other);
    await assert.rejects(openOrBeginLibrary(other, false), /no library/);
    await writeFile(join(other, 'holiday.jpg'), 'x');
    await assert.rejects(openOrBeginLibrary(other, true), /no library/);
    assert.deepEqual(await readdir(other), ['holiday.jpg']);
    const library = await openOrBeginLibrary(fresh(), true);
    await mkdir(join(library.root, 'front-door', 'main'), { recursive: true });
    for (const source of ['front-door', 'spool', '../x', '.x'])
      await assert.rejects(harvest(drive, { library, source, notInUse: true }), /other footage|cannot be the name/);
  });

  test('one harvest at a time', async () => {
    const library = await openOrBeginLibrary(fresh(), true);
    using _lock = await lockSource(library.root, 'car');
    await assert.rejects(harvest(drive, { library, source: 'car', notInUse: true }), /Another harvest/);
  });
});

test('a copy that is not the same when it is read back is not recorded', async () => {
  const footage = makeFootage({ minutes: 1 });
  const drive = await stick(join(folder, 'bad-disk'), footage.files);
  const library = fresh();
  let files = 0;
  const disk: Disk = {
    ...systemDisk,
    async openAppend(path, kind) {
      const file = await systemDisk.openAppend(path, kind);
      files += path.endsWith('.part') ? 1 : 0;
      if (!path.endsWith('.part') || files !== 3) return file;
      return {
        ...file,
        writev: (buffers) => {
          const bytes = Buffer.concat(buffers);
          bytes[500] = (bytes[500] ?? 0) ^ 0x10;
          return file.writev([bytes]);
        },
      };
    },
  };
  const report = await take(drive, library, { disk });
  assert.deepEqual([report.failed.length, report.stored], [1, footage.files.size - 1]);
  assert.match(report.failed[0]?.why ?? '', /not the same when it is read back/);
  assert.ok((await verifyLibrary(library, { contents: true })).ok);
  assert.equal((await take(drive, library)).stored, 1);
  await isComplete(library, footage);
});

test('what the car overwrites between look and copy is not stored, and taken when it is quiet', async () => {
  const footage = makeFootage({ minutes: 1 });
  const path = join(folder, 'ring.img');
  using image = new ExfatImage(path, { bytes: 16 << 20 });
  fill(image, footage);
  const name = `${RECENT}/${clipName(0, 'back')}`;
  const place = image.placeOf(image.item(name).clusters[0] ?? 0) + 5000;
  const before = image.writer.get(place, 4);
  let now = 0;
  const live: Partial<HarvestOptions> = {
    notInUse: false,
    monotonic: () => monotonicMs(now),
    wait: async (time) => {
      now += time;
    },
  };
  const library = fresh();
  const report = await take(path, library, {
    ...live,
    room: async () => {
      image.writer.put(place, Uint8Array.of(1, 2, 3, 4));
      return 1e12;
    },
  });
  // Where the folder can share blocks, what was looked at is what is copied.
  if (report.failed.length > 0) {
    assert.deepEqual(report.failed, [{ path: name, why: 'the car has changed it while it was copied' }]);
    assert.ok(![...(await stored(library)).keys()].some((key) => key.startsWith('car/back/')));
  }
  image.writer.put(place, before);
  await take(path, library, live);
  await isComplete(library, footage);
});
