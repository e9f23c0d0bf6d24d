/** The engine apart from power cuts: what it does with switches, full disks, a helper that refuses, and images that must not be emptied. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Unavailable, UserError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { monotonicMs } from '../../src/base/units.ts';
import { systemDisk } from '../../src/blobs/disk.ts';
import type { DriveSwitches } from '../../src/sources/dashcam/drive/drive.ts';
import { Engine } from '../../src/sources/dashcam/drive/engine.ts';
import { allocate } from '../../src/sources/dashcam/drive/format/allocate.ts';
import type { DriveOptions } from '../../src/sources/dashcam/drive/options.ts';
import type { GadgetClient } from '../../src/sources/dashcam/gadget/client.ts';
import type { Command, KernelState } from '../../src/sources/dashcam/gadget/protocol.ts';
import { DIGEST } from '../../src/sources/dashcam/harvest/digest.ts';
import { verifySource } from '../../src/sources/dashcam/harvest/verify.ts';
import { EVENT, fill, makeFootage } from './car.ts';
import { ExfatImage } from './exfat-image.ts';

const MB = 1 << 20;
const footage = makeFootage({ minutes: 2, clip: { pictures: 3, keyBlocks: 1, blocks: 1 } });
const clips = [...footage.files.keys()].filter((path) => !path.startsWith(EVENT)).length;
/** Of different contents: clips of the event are in RecentClips too. */
const different = clips + 1;
let folder = '';
let home = '';
let places = 0;
let time = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-engine-'));
});
after(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  places += 1;
  home = join(folder, String(places));
  await mkdir(home);
  time = Date.UTC(2026, 2, 2, 1, 5, 0);
});

/** A helper, and what the car has. */
class Helper implements GadgetClient {
  held: string | undefined;
  readonly asked: string[] = [];
  refuse: ((command: Command) => Error | undefined) | undefined;

  async ask(command: Command): Promise<KernelState> {
    const error = this.refuse?.(command);
    if (error) throw error;
    if (command.command !== 'status')
      this.asked.push('image' in command ? `${command.command} ${command.image}` : command.command);
    if (command.command === 'attach' || command.command === 'swap') this.held = command.image;
    if (command.command === 'detach') this.held = undefined;
    const attached = this.held !== undefined;
    return { attached, image: this.held ?? null, media: [], link: attached ? 'configured' : '', controllers: ['a'] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing to let go.
  }
}

function makeImage(name: string): void {
  using image = new ExfatImage(join(home, `${name}.img`), { bytes: 8 * MB });
  fill(image, footage);
}

async function make(helper: Helper, more: Partial<DriveOptions> = {}): Promise<Engine> {
  const names = more.mode === 'swap' ? ['cam', 'cam-b'] : ['cam'];
  await mkdir(join(home, 'spool', 'car'), { recursive: true });
  return new Engine({
    mode: 'live',
    images: names.map((name) => ({
      name,
      path: join(home, `${name}.img`),
      bytes: 8 * MB,
      format: 'exfat',
      clusterBytes: 4096,
    })),
    gadget: helper,
    library: { root: join(home, 'spool'), id: 'a', fresh: false },
    source: 'car',
    switches: join(home, 'switches.json'),
    floor: 0,
    log: silentLog,
    clock: { now: () => new Date(time), monotonic: () => monotonicMs(time) },
    free: async () => 1e12,
    ...more,
  });
}

async function run(engine: Engine, seconds: number): Promise<void> {
  for (const end = time + seconds * 1000; time < end; ) time += Math.max(100, await engine.step());
}

const warned = (engine: Engine, kind: string): string =>
  engine.status().warnings.find((one) => one.kind === kind)?.text ?? '';

test('a new drive: its image is made, the car gets it, and nothing is said to be wrong', async () => {
  const helper = new Helper();
  const engine = await make(helper);
  await run(engine, 30);
  const { gadget, images, warnings, mode, spool } = engine.status();
  assert.deepEqual([gadget.kind, helper.asked, warnings, mode], ['attached', ['attach cam'], [], 'live']);
  assert.deepEqual([images[0]?.state, images[0]?.bytes, images[0]?.used, spool.files], ['car', 8 * MB, 0, 0]);
});

test('what the car has finished is stored while it has the drive; told once, in order, with its lines', async () => {
  makeImage('cam');
  const helper = new Helper();
  const engine = await make(helper);
  const keys: string[] = [];
  engine.subscribe(({ line }) => {
    if (line.kind === 'file') keys.push(line.key);
  });
  await run(engine, 100);
  const { spool, lastMinute, harvest, images } = engine.status();
  assert.equal(spool.files, different);
  assert.equal(keys.length, different);
  assert.equal(lastMinute.get('front'), '2026-03-02T01:01:05.000Z');
  assert.deepEqual([harvest.waiting, harvest.working], [0, false]);
  assert.ok((images[0]?.kept ?? 0) > 0 && (images[0]?.used ?? 0) > (images[0]?.kept ?? 0));
  await run(engine, 100);
  assert.equal(keys.length, different);
  assert.deepEqual((await readFile(join(home, 'cam.img'))).length, 8 * MB);
});

test('an engine that is started again while the car has the drive neither unplugs it nor writes to it', async () => {
  makeImage('cam');
  const helper = new Helper();
  helper.held = 'cam';
  const before = await readFile(join(home, 'cam.img'));
  const first = await make(helper);
  await run(first, 30);
  await first.close();
  const second = await make(helper);
  await run(second, 100);
  assert.deepEqual([helper.asked, second.status().spool.files], [[], different]);
  assert.ok((await readFile(join(home, 'cam.img'))).equals(before));
});

test('switches: the drive is unplugged and read out; without harvest nothing is taken; both outlive a restart', async () => {
  makeImage('cam');
  const helper = new Helper();
  const engine = await make(helper);
  await engine.set({ harvest: false });
  await run(engine, 200);
  assert.deepEqual([helper.held, engine.status().spool.files], ['cam', 0]);
  await engine.set({ drive: false, harvest: true });
  assert.equal(helper.held, undefined);
  await run(engine, 30);
  // Nobody writes to it: a look is enough.
  assert.deepEqual([engine.status().spool.files, engine.status().gadget.kind], [different, 'detached']);
  const again = await make(helper);
  await run(again, 30);
  assert.deepEqual(
    [helper.held, again.status().switches],
    [undefined, { harvest: true, drive: false } satisfies DriveSwitches],
  );
  await again.set({ drive: true });
  await run(again, 10);
  assert.equal(helper.held, 'cam');
});

test('a helper that is not there, or refuses: it is said, footage is taken all the same, and it is tried again', async () => {
  makeImage('cam');
  const helper = new Helper();
  helper.refuse = () => new Unavailable('There is no helper.', 1000);
  const engine = await make(helper);
  await run(engine, 100);
  assert.deepEqual([engine.status().gadget.kind, engine.status().spool.files], ['unavailable', different]);
  assert.match(warned(engine, 'gadget'), /no helper/);
  helper.refuse = ({ command }) =>
    command === 'attach' ? new UserError('The kernel refused UDC: EBUSY', 'No.', { code: 'EBUSY' }) : undefined;
  await run(engine, 400);
  assert.match(warned(engine, 'gadget'), /EBUSY/);
  helper.refuse = undefined;
  await run(engine, 30);
  assert.deepEqual([helper.held, warned(engine, 'gadget')], ['cam', '']);
});

test('swap: an image that lies still is read out, compared and emptied; the car gets the other one', async () => {
  makeImage('cam');
  const helper = new Helper();
  helper.held = 'cam';
  const engine = await make(helper, { mode: 'swap', pace: { swapAt: 0.001 } });
  await run(engine, 60);
  assert.deepEqual(helper.asked, ['swap cam-b']);
  await run(engine, 60);
  const { images, spool } = engine.status();
  assert.equal(spool.files, different);
  assert.deepEqual(
    images.map(({ name, state }) => [name, state]),
    [
      ['cam', 'ready'],
      ['cam-b', 'car'],
    ],
  );
  assert.ok((await stat(join(home, 'cam.img'))).blocks * 512 < MB, 'it is empty');
});

test('an image has all of its blocks before the car gets it: when it was sparse, when it is made, and when it was emptied', async () => {
  const blocks = async (name: string): Promise<number> => (await stat(join(home, `${name}.img`))).blocks * 512;
  const filled: string[] = [];
  for (const mode of ['live', 'swap'] as const) {
    makeImage('cam');
    assert.ok((await blocks('cam')) < 7 * MB, 'it is sparse');
    const helper = new Helper();
    const engine = await make(helper, {
      mode,
      pace: { swapAt: 0.001 },
      allocate: async (path, bytes) => {
        assert.notEqual(helper.held && join(home, `${helper.held}.img`), path, 'nobody touches what the car has');
        filled.push(`${mode} ${path.slice(home.length + 1)}`);
        return allocate(path, bytes);
      },
    });
    await run(engine, 120);
    await engine.close();
    assert.equal(engine.status().spool.files, different);
    assert.ok((await blocks('cam')) >= 8 * MB);
  }
  assert.ok((await blocks('cam-b')) >= 8 * MB);
  assert.deepEqual(filled, ['live cam.img', 'swap cam-b.img', 'swap cam.img']);
});

test('a swap whose answer is lost has happened: the images are where the kernel says', async () => {
  makeImage('cam');
  const helper = new Helper();
  helper.held = 'cam';
  const engine = await make(helper, { mode: 'swap', pace: { swapAt: 0.001 } });
  helper.refuse = (command) => {
    if (command.command !== 'swap') return undefined;
    helper.held = command.image;
    helper.refuse = undefined;
    return new Unavailable('It does not answer.', 1000);
  };
  await run(engine, 120);
  const { images, spool } = engine.status();
  assert.deepEqual([helper.held, spool.files], ['cam-b', different]);
  assert.deepEqual(
    images.map(({ name, state }) => [name, state]),
    [
      ['cam', 'ready'],
      ['cam-b', 'car'],
    ],
  );
});

test('an image is never emptied while anything of it is not in the spool, whole', async () => {
  makeImage('cam');
  const helper = new Helper();
  helper.held = 'cam-b';
  const broken = await make(helper, { mode: 'swap' });
  const before = await readFile(join(home, 'cam.img'));
  // Somebody changes a file of the spool as soon as it is there.
  broken.subscribe(({ line }) => {
    if (line.kind === 'file' && line.track === 'back') void truncate(join(home, 'spool', line.key), 10);
  });
  await run(broken, 60);
  assert.match(warned(broken, 'salvage'), /not emptied/);
  assert.ok((await readFile(join(home, 'cam.img'))).equals(before));
  assert.equal(broken.status().images[0]?.state, 'unreadable');
});

test('an image with files that are none of the car’s is not emptied', async () => {
  {
    using image = new ExfatImage(join(home, 'cam.img'), { bytes: 8 * MB });
    fill(image, footage);
    image.file('LockChime.wav', Buffer.from('RIFF'));
  }
  const helper = new Helper();
  helper.held = 'cam-b';
  const engine = await make(helper, { mode: 'swap' });
  const before = await readFile(join(home, 'cam.img'));
  await run(engine, 60);
  assert.match(warned(engine, 'salvage'), /none of the car/);
  assert.equal(engine.status().spool.files, different);
  assert.ok((await readFile(join(home, 'cam.img'))).equals(before));
});

test('retention: old clips go when the hub has them, room is made of what matters least, and all of it is recorded', async () => {
  makeImage('cam');
  const helper = new Helper();
  const pushed = new Set<string>();
  let free = 1e12;
  const engine = await make(helper, {
    isPushed: (sha256) => pushed.has(sha256),
    free: async () => free,
    pace: { tidy: 1000 },
  });
  const stored: string[] = [];
  const deleted: string[] = [];
  engine.subscribe(({ line }) => {
    if (line.kind === 'file') stored.push(line.sha256);
    if (line.kind === 'deleted') deleted.push(...line.files);
  });
  await run(engine, 100);
  time += 3 * 86_400_000;
  await run(engine, 30);
  assert.deepEqual(deleted, [], 'the hub has nothing of it');
  for (const sha256 of stored.slice(0, 9)) pushed.add(sha256);
  await run(engine, 30);
  const old = deleted.length;
  assert.ok(old > 0 && old <= 9 && deleted.every((sha256) => pushed.has(sha256)));
  assert.equal(engine.status().spool.files, different - old);
  free = -1;
  await run(engine, 5);
  assert.match(warned(engine, 'deleted-unpushed'), /before the hub had them/);
  assert.ok(deleted.length > old);
  free = 1e12;
  await run(engine, 100);
  const verified = await verifySource(systemDisk, join(home, 'spool'), 'car', { contents: true });
  assert.deepEqual([verified.missing, verified.deleted], [[], deleted.length]);
  assert.equal(
    engine.status().spool.files,
    different - deleted.length,
    'the drive has them still, and they are not taken again',
  );
});

test('what was deleted is not taken again while the drive has it, over digests and restarts', async () => {
  makeImage('cam');
  const helper = new Helper();
  const more = { isPushed: () => true, pace: { tidy: 1000, digest: 1 } };
  const first = await make(helper, more);
  await run(first, 100);
  time += 3 * 86_400_000;
  await run(first, 30);
  await first.close();
  const { files } = first.status().spool;
  assert.ok(files > 0 && files < different, 'what is old went, what an event shows stayed');
  const lines = async (): Promise<number> => (await verifySource(systemDisk, join(home, 'spool'), 'car', {})).lines;
  const before = await lines();
  for (let start = 0; start < 3; start += 1) {
    // The power was away: the drive is read out before the car gets it.
    helper.held = undefined;
    const engine = await make(helper, more);
    const taken: string[] = [];
    engine.subscribe(({ line }) => taken.push(line.kind));
    await run(engine, 100);
    await engine.close();
    assert.deepEqual([engine.status().spool.files, taken, await lines()], [files, [], before]);
    assert.ok((await stat(join(home, 'spool', 'car', DIGEST))).size > 0);
  }
});

test('a spool whose disk fails is said to do so, and used again when it is back', async () => {
  makeImage('cam');
  const helper = new Helper();
  const engine = await make(helper, { library: { root: join(home, 'gone', 'spool'), id: 'a', fresh: false } });
  await writeFile(join(home, 'gone'), 'no folder');
  await run(engine, 60);
  assert.match(warned(engine, 'library'), /cannot be written/);
  await rm(join(home, 'gone'));
  await run(engine, 120);
  assert.deepEqual([warned(engine, 'library'), engine.status().spool.files], ['', different]);
});

test('Saved and Sentry clips that fill the drive are told of before the car stops recording', async () => {
  {
    using image = new ExfatImage(join(home, 'cam.img'), { bytes: 8 * MB });
    for (const path of ['TeslaCam', 'TeslaCam/SentryClips', EVENT]) image.folder(path);
    image.file(`${EVENT}/2026-03-01_17-00-05-front.mp4`, Buffer.alloc(7 * MB));
  }
  const helper = new Helper();
  helper.held = 'cam';
  const engine = await make(helper);
  await run(engine, 30);
  assert.match(warned(engine, 'events-fill-drive'), /8\d % of the drive/);
});
