/**
 * Encrypted clips, whole and cut: recognised, kept byte for byte, never called damaged, and opened by their key as far as they go.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { bytesReader } from '../../src/media/mp4/random-reader.ts';
import { bytesOf } from '../../src/media/repair/bytes.ts';
import { readSampleTable } from '../../src/media/repair/sample-table.ts';
import { parseKeyFile } from '../../src/sources/dashcam/encrypted/key-file.ts';
import { KeyRing } from '../../src/sources/dashcam/encrypted/key-ring.ts';
import { containerOf, openContainer } from '../../src/sources/dashcam/encrypted/open-container.ts';
import { repairEncrypted } from '../../src/sources/dashcam/encrypted/repair-encrypted.ts';
import { deleteRecorded } from '../../src/sources/dashcam/harvest/deletion.ts';
import { type HarvestReport, harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../src/sources/dashcam/harvest/verify.ts';
import { inspectClip } from '../../src/sources/dashcam/inspect-clip.ts';
import { inspectDrive } from '../../src/sources/dashcam/inspect-drive.ts';
import { salvageImage } from '../../src/sources/dashcam/salvage/salvage.ts';
import { clipName, fill, makeFootage } from './car.ts';
import { makeClip } from './clip.ts';
import { encodedClip } from './encoded-clip.ts';
import { encryptClip, VIN } from './encrypted-clip.ts';
import { ExfatImage } from './exfat-image.ts';
import { Fat32Image } from './fat32-image.ts';
import { randomOf } from './random.ts';

const PAGE = 4096;
const DATA = 2 * PAGE;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let folder = '';
let number = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-encrypted-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function place(files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const path = join(folder, `place-${++number}`);
  await mkdir(path);
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), bytes);
  }
  return path;
}

async function opened(bytes: Buffer, key: Buffer): ReturnType<typeof openContainer> {
  const reader = bytesReader(bytes, 'a clip');
  const container = await containerOf(reader);
  assert.ok(container);
  return openContainer(reader, container, [key]);
}

describe('a container', () => {
  const clip = makeClip({ pictures: 60 });
  const sealed = encryptClip(clip.bytes, 1);

  test('is what went in, read anywhere', async () => {
    const found = await opened(sealed.bytes, sealed.key);
    assert.ok(found?.whole && found.proven);
    assert.equal(found.reader.size, clip.bytes.length);
    const random = randomOf(5);
    for (let round = 0; round < 300; round += 1) {
      const from = random.below(clip.bytes.length + 10);
      const length = random.below(round % 3 === 0 ? 30_000 : 40);
      const read = Buffer.from(await found.reader.read(from, length));
      assert.ok(read.equals(clip.bytes.subarray(from, from + length)), `${length} bytes at ${from}`);
    }
    assert.deepEqual([found.container.key?.vin, found.container.key?.id], [VIN, 7]);
  });

  test('that is cut anywhere opens up to the cut', async () => {
    const random = randomOf(6);
    for (let round = 0; round < 100; round += 1) {
      const cut = DATA + 16 + random.below(sealed.bytes.length - DATA - 16);
      const found = await opened(sealed.bytes.subarray(0, cut), sealed.key);
      const wanted = clip.bytes.subarray(0, Math.min(clip.bytes.length, (cut - DATA) & ~15));
      assert.ok(found && Buffer.from(await found.reader.read(0, clip.bytes.length)).equals(wanted), `cut at ${cut}`);
      assert.equal(found.whole, false);
    }
    for (const cut of [24, 100, PAGE, PAGE + 50, DATA, DATA + 15])
      assert.equal(await opened(sealed.bytes.subarray(0, cut), sealed.key), undefined);
  });

  test('whose head was flushed before the clip was written opens as far as there are pages', async () => {
    const early = encryptClip(clip.bytes, 1, { plainBytes: 0 });
    const found = await opened(early.bytes, early.key);
    assert.ok(found && Buffer.from(await found.reader.read(0, clip.bytes.length)).equals(clip.bytes));
  });

  test('stays closed to every other key', async () => {
    const random = randomOf(7);
    for (let round = 0; round < 200; round += 1)
      assert.equal(await opened(sealed.bytes, Buffer.from(random.bytes(16))), undefined);
  });
});

test('a key file that is none is refused without a word of what is in it', async () => {
  const secret = Buffer.from('0123456789abcdef').toString('base64');
  assert.equal(parseKeyFile(JSON.stringify({ fek_b64: secret, vin: 'x' }), 'a').toString(), '0123456789abcdef');
  for (const text of [
    `{"fek_b64": "${secret}`,
    JSON.stringify({ key: secret }),
    JSON.stringify({ fek_b64: `${secret}AAAA` }),
    secret,
  ])
    assert.throws(
      () => parseKeyFile(text, 'clip.mp4.rawkey.json'),
      (error) =>
        error instanceof Error &&
        error.message.startsWith('clip.mp4.rawkey.json: ') &&
        !JSON.stringify([error.message, error.stack, String(error.cause)]).includes('MDEy'),
    );
});

describe('repair', () => {
  let whole: Buffer = Buffer.alloc(0);
  let other: Buffer = Buffer.alloc(0);
  let pictures: readonly string[] = [];
  before(async () => {
    const small = { width: 192, height: 144, pictures: 144, bitrate: 900_000 };
    const clip = await encodedClip(small);
    whole = clip.bytes;
    pictures = clip.pictures.map(({ offset, size }) => whole.toString('latin1', offset, offset + size));
    other = (await encodedClip({ ...small, camera: 3, sequence: 900_000 })).bytes;
  });
  const inTable = (bytes: Buffer): string[] =>
    (readSampleTable(bytesOf(bytes), 'a result')?.samples ?? []).map(({ at, length }) =>
      bytes.toString('latin1', at, at + length),
    );

  test('a whole clip is written beside it, and the original stays', async () => {
    const sealed = encryptClip(whole, 11);
    const here = await place({ 'a-front.mp4': sealed.bytes, 'a-front.mp4.rawkey.json': sealed.keyFile });
    const path = join(here, 'a-front.mp4');
    const { decrypted, report } = await repairEncrypted(path, await KeyRing.load({ clip: path }), { folder: here });
    assert.deepEqual([decrypted, report.outcome], [join(here, 'a-front.decrypted.mp4'), 'whole']);
    assert.ok((await readFile(join(here, 'a-front.decrypted.mp4'))).equals(whole));
    assert.ok((await readFile(path)).equals(sealed.bytes));
    assert.equal((await readdir(here)).length, 3);
  });

  test('of one that is cut inside of a page every picture before the cut is there; how it is coded tells another encrypted one', async () => {
    const [sealed, near] = [encryptClip(whole, 12), encryptClip(other, 13)];
    const cut = DATA + Math.floor((whole.length * 0.7) / PAGE) * PAGE + 1234;
    const here = await place({
      '2026-06-01_12-00-00-front.mp4': sealed.bytes.subarray(0, cut),
      '2026-06-01_11-59-00-front.mp4': near.bytes,
      'keys/x/2026-06-01_12-00-00-front.mp4.rawkey.json': sealed.keyFile,
      'keys/2026-06-01_11-59-00-front.mp4.rawkey.json': near.keyFile,
      'keys/broken.mp4.rawkey.json': '{}',
    });
    const keys = await KeyRing.load({ folder: join(here, 'keys') });
    assert.deepEqual([keys.size, keys.skipped.length], [2, 1]);
    const path = join(here, '2026-06-01_12-00-00-front.mp4');
    const { report } = await repairEncrypted(path, keys, { folder: join(here, 'out') });
    assert.equal(report.outcome, 'repaired');
    const plain = (cut - DATA) & ~15;
    const first = whole.indexOf(pictures[0] ?? '', 0, 'latin1');
    let at = first;
    const alive = pictures.filter((picture) => {
      at += picture.length;
      return at <= plain;
    });
    assert.ok(alive.length > 80 && alive.length < 120);
    assert.deepEqual(inTable(await readFile(join(here, 'out', '2026-06-01_12-00-00-front.repaired.mp4'))), alive);
    assert.ok(
      (await readFile(join(here, 'out', '2026-06-01_12-00-00-front.decrypted.mp4'))).equals(whole.subarray(0, plain)),
    );
    assert.ok((await readFile(path)).equals(sealed.bytes.subarray(0, cut)));
    assert.deepEqual((await readdir(join(here, 'out'))).length, 2);
  });

  test('pages that were never written cost what is in them; what follows is of the clip without more proof', async () => {
    const sealed = encryptClip(whole, 14);
    const hole = DATA + Math.floor((whole.length * 0.4) / PAGE) * PAGE;
    sealed.bytes.fill(0, hole, hole + PAGE);
    const here = await place({ 'b.mp4': sealed.bytes, 'b.mp4.rawkey.json': sealed.keyFile });
    const path = join(here, 'b.mp4');
    const { report } = await repairEncrypted(path, await KeyRing.load({ clip: path }), { folder: here });
    assert.equal(report.outcome, 'repaired');
    assert.equal(report.frames.unverified, 0);
    const left = new Set(inTable(await readFile(join(here, 'b.repaired.mp4'))));
    assert.ok(left.has(pictures[0] ?? '') && left.has(pictures.at(-1) ?? ''));
    assert.ok(left.size >= pictures.length - 18);
  });

  test('a wrong key is said, and nothing is written', async () => {
    const [sealed, wrong] = [encryptClip(whole, 15), encryptClip(whole, 16)];
    for (const cut of [sealed.bytes.length, 40_000]) {
      const here = await place({ 'c.mp4': sealed.bytes.subarray(0, cut), 'key.json': wrong.keyFile });
      const keys = await KeyRing.load({ file: join(here, 'key.json') });
      const { decrypted, report } = await repairEncrypted(join(here, 'c.mp4'), keys, { folder: here });
      assert.deepEqual([decrypted, report.outcome], [null, 'encrypted']);
      assert.match(report.notes.join(), /The key does not fit.*not damaged, and nothing was written/);
      assert.deepEqual((await readdir(here)).sort(), ['c.mp4', 'key.json']);
    }
    // Not even where the first page, which would tell, is lost.
    sealed.bytes.fill(0, DATA, DATA + PAGE);
    for (const [key, wanted] of [
      [wrong, 'encrypted'],
      [sealed, 'repaired'],
    ] as const) {
      const here = await place({ 'c.mp4': sealed.bytes, 'like.mp4': other, 'key.json': key.keyFile });
      const keys = await KeyRing.load({ file: join(here, 'key.json') });
      const { report } = await repairEncrypted(join(here, 'c.mp4'), keys, { folder: here });
      assert.equal(report.outcome, wanted);
      assert.equal((await readdir(here)).length, wanted === 'encrypted' ? 3 : 5);
    }
  });
});

test('inspect shows an encrypted clip as one; with its key what is in it', async () => {
  const clip = makeClip({ pictures: 40 });
  const sealed = encryptClip(clip.bytes, 21);
  const here = await place({
    [clipName(0, 'front')]: sealed.bytes,
    [clipName(0, 'back')]: sealed.bytes.subarray(0, 60_000),
    [clipName(0, 'left_pillar')]: encryptClip(clip.bytes, 22, { car: true }).bytes,
  });
  await writeFile(join(here, 'k.json'), sealed.keyFile);
  const keys = await KeyRing.load({ file: join(here, 'k.json') });
  const front = await inspectClip(join(here, clipName(0, 'front')));
  assert.deepEqual([front?.encrypted, front?.container?.opened, front?.telemetry.length], [true, false, 0]);
  assert.deepEqual(
    [front?.container?.vin, front?.container?.sealed, front?.container?.plainBytes],
    [VIN, '2026-06-01T12:00:00.000Z', clip.bytes.length],
  );
  const open = await inspectClip(join(here, clipName(0, 'front')), { keys });
  assert.deepEqual([open?.complete, open?.container?.opened, open?.utc], [true, true, '2026-03-02T01:00:05.000Z']);
  assert.deepEqual(
    open?.telemetry.map(({ telemetry }) => telemetry),
    clip.pictures.map(({ telemetry }) => telemetry),
  );
  const back = await inspectClip(join(here, clipName(0, 'back')), { keys });
  assert.deepEqual([back?.encrypted, back?.container?.whole, back?.container?.opened], [true, false, true]);
  assert.equal((await inspectClip(join(here, clipName(0, 'left_pillar'))))?.container?.vin, null);
});

const CUT = 50_001;
const FOLDER = 'TeslaCam/EncryptedClips/RecentClips';

describe('a drive with encrypted clips', () => {
  const footage = makeFootage({ minutes: 2 });
  const plain = makeClip({ start: '2026-03-02T01:05:05Z', pictures: 60, seed: 99 });
  const [one, two] = [encryptClip(plain.bytes, 31), encryptClip(plain.bytes, 32)];
  const files = new Map([
    ...footage.files,
    [`${FOLDER}/${clipName(5, 'front')}`, one.bytes],
    [`${FOLDER}/${clipName(5, 'back')}`, two.bytes.subarray(0, CUT)],
  ]);

  for (const kind of ['fat32', 'exfat'] as const)
    test(`${kind}: tree, salvage and harvest show them as encrypted, and keep them byte for byte`, async () => {
      const path = join(folder, `${kind}.img`);
      {
        using image =
          kind === 'fat32' ? new Fat32Image(path, { bytes: 16 << 20 }) : new ExfatImage(path, { bytes: 16 << 20 });
        fill(image, { files, clips: new Map() }, ['TeslaCam/EncryptedClips', FOLDER]);
      }
      const { volumes } = await inspectDrive(path);
      const seen = volumes[0]?.files.filter(({ encrypted }) => encrypted) ?? [];
      assert.deepEqual(
        seen.map(({ path: own, state, bytes }) => [own, state, bytes]),
        [
          [`${FOLDER}/${clipName(5, 'front')}`, 'whole', one.bytes.length],
          [`${FOLDER}/${clipName(5, 'back')}`, 'whole', CUT],
        ],
      );
      assert.deepEqual(volumes[0]?.findings, []);
      const out = join(folder, `${kind}.out`);
      await writeFile(join(folder, 'one.json'), one.keyFile);
      const keys = await KeyRing.load({ file: join(folder, 'one.json') });
      const report = await salvageImage(path, out, { keys });
      const saved = report.volumes[0]?.files.filter(({ encrypted }) => encrypted) ?? [];
      assert.deepEqual(
        saved.map(({ sha256: hash, state }) => [hash, state]),
        [
          [sha256(one.bytes), 'whole'],
          [sha256(two.bytes.subarray(0, CUT)), 'whole'],
        ],
      );
      const name = `${FOLDER}/${clipName(5, 'front')}`.replace(/mp4$/, 'decrypted.mp4');
      assert.deepEqual(
        saved.map(({ decrypted }) => decrypted),
        [name, null],
      );
      assert.ok((await readFile(join(out, name))).equals(plain.bytes));
      const again = await salvageImage(path, out, { keys });
      assert.ok(again.volumes[0]?.files.every(({ kept }) => kept));
    });

  const stick = (more: Readonly<Record<string, string>> = {}): Promise<string> =>
    place({ ...Object.fromEntries(files), ...more });

  async function take(drive: string, library: string, keys?: KeyRing): Promise<HarvestReport> {
    return harvest(drive, {
      library: await openOrBeginLibrary(library, true),
      source: 'car',
      ...(keys ? { keys } : {}),
    });
  }

  async function stored(library: string): Promise<Map<string, Buffer>> {
    const out = new Map<string, Buffer>();
    for (const item of await readdir(join(library, 'car'), { recursive: true, withFileTypes: true })) {
      if (!item.isFile() || item.name === 'manifest.jsonl') continue;
      const path = join(item.parentPath, item.name);
      out.set(path.slice(library.length + 1), await readFile(path));
    }
    return out;
  }

  test('harvest: archived as they are; with keys what is in them is stored beside them, also of earlier harvests', async () => {
    const drive = await stick({ [`${FOLDER}/${clipName(5, 'front')}.rawkey.json`]: one.keyFile });
    const library = join(folder, 'library');
    const first = await take(drive, library);
    assert.deepEqual([first.encrypted, first.cut, first.decrypted, first.failed], [2, 0, 0, []]);
    const name = (camera: string, sealed: Buffer): string =>
      `car/${camera}/2026-03-02/01/01-05-05.000Z-${sha256(sealed).slice(0, 16)}.encrypted.mp4`;
    const cut = two.bytes.subarray(0, CUT);
    const before = await stored(library);
    assert.ok(before.get(name('front', one.bytes))?.equals(one.bytes));
    assert.ok(before.get(name('back', cut))?.equals(cut));
    assert.ok(![...before.keys()].some((key) => key.includes('rawkey')));

    // The drive has been overwritten by the time the keys are there; one of them is wrong.
    await rm(join(drive, 'TeslaCam'), { recursive: true });
    const home = await place({
      [`${clipName(5, 'front')}.rawkey.json`]: one.keyFile,
      'a.mp4.rawkey.json': encryptClip(Buffer.alloc(1), 77).keyFile,
    });
    const half = await take(drive, library, await KeyRing.load({ folder: home }));
    assert.deepEqual([half.decrypted, half.closed, half.encrypted], [1, 1, 0]);
    const plainName = (camera: string, bytes: Buffer): string =>
      `car/${camera}/2026-03-02/01/01-05-05.000Z-${sha256(bytes).slice(0, 16)}.mp4`;
    assert.ok((await stored(library)).get(plainName('front', plain.bytes))?.equals(plain.bytes));
    assert.ok((await stored(library)).get(name('front', one.bytes))?.equals(one.bytes));

    await writeFile(join(home, 'b.mp4.rawkey.json'), two.keyFile);
    const rest = await take(drive, library, await KeyRing.load({ folder: home }));
    assert.deepEqual([rest.decrypted, rest.closed], [1, 0]);
    const left = plain.bytes.subarray(0, (CUT - DATA) & ~15);
    assert.ok((await stored(library)).get(plainName('back', left))?.equals(left));
    const again = await take(drive, library, await KeyRing.load({ folder: home }));
    assert.deepEqual([again.decrypted, again.closed, again.stored], [0, 0, 0]);
    assert.ok((await verifyLibrary(library, { contents: true })).ok);
    const text = await readFile(join(library, 'car', 'manifest.jsonl'), 'utf8');
    assert.ok(!text.includes(one.key.toString('base64')) && !text.includes(one.key.toString('hex')));

    // Who deletes one of the two deletes both.
    const { deleted } = await deleteRecorded(library, 'car', [sha256(plain.bytes)], { why: 'asked' });
    assert.deepEqual(deleted.map(({ sha256: hash }) => hash).sort(), [sha256(plain.bytes), sha256(one.bytes)].sort());
    assert.ok((await verifyLibrary(library)).ok);
    const last = await take(drive, library, await KeyRing.load({ folder: home }));
    assert.deepEqual([last.decrypted, last.stored], [0, 0]);
  });

  test('the command: repair with a key file, and nothing of the key is said', async () => {
    const here = await place({ 'x-front.mp4': one.bytes, 'key.json': one.keyFile, 'other.json': two.keyFile });
    const cli = join(import.meta.dirname, '../../src/cli/vidette.ts');
    const run = async (...args: string[]): Promise<{ out: string; code: number }> => {
      try {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [cli, ...args], {
          env: { ...process.env, XDG_STATE_HOME: here },
        });
        return { out: stdout + stderr, code: 0 };
      } catch (error) {
        assert.ok(error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error);
        return { out: `${error.stdout}${error.stderr}`, code: Number(error.code) };
      }
    };
    const [wrong, right, seen] = [
      await run('repair', join(here, 'x-front.mp4'), '--key', join(here, 'other.json')),
      await run('repair', join(here, 'x-front.mp4'), '--key', join(here, 'key.json')),
      await run('inspect', join(here, 'x-front.mp4'), '--key', join(here, 'key.json')),
    ];
    assert.deepEqual([wrong.code, right.code, seen.code], [1, 0, 0]);
    assert.match(wrong.out, /encrypted by the car[\s\S]*The key does not fit/);
    assert.match(right.out, /decrypted, whole[\s\S]*x-front\.decrypted\.mp4/);
    assert.match(seen.out, /the given key opens it[\s\S]*1280×960[\s\S]*Telemetry/);
    assert.ok((await readFile(join(here, 'x-front.decrypted.mp4'))).equals(plain.bytes));
    for (const { out } of [wrong, right, seen])
      for (const { key } of [one, two])
        assert.ok(!out.includes(key.toString('base64')) && !out.includes(key.toString('hex')));
  });
});
