import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { sha256Of } from '../segments/file-reader.ts';
import { TrackWriter } from '../segments/track-writer.ts';
import { bringOver } from './bring-over.ts';
import type { Finished } from './outbox.ts';
import { tryLockSpool } from './spool-lock.ts';
import { Storages } from './storages.ts';

const LIBRARY = '6f1b2a34-0000-4000-8000-0123456789ab';
const ME = '00000000-0000-4000-8000-000000000001';
const DEAD = '00000000-0000-4000-8000-00000000000d';
const description = Buffer.from(
  '0164001fffe1001c6764001facd9405005bb016a02020280000003008000001e478c18cb01000568ebecb22cfdf8f800',
  'hex',
);

/** A library of its own, a clock that is set by hand, and the storages of recorder {@link ME}. */
async function place() {
  const root = await mkdtemp(join(tmpdir(), 'vidette-dead-'));
  const dir = join(root, 'library');
  await mkdir(dir);
  await writeFile(join(dir, '.vidette-library'), JSON.stringify({ library: LIBRARY }));
  let now = 0;
  const clock = { wall: () => wallMs(1_795_284_300_000 + now), monotonic: () => monotonicMs(now) };
  const options = { id: ME, libraryDir: dir, spoolDir: join(root, 'own') };
  const storages = new Storages(options, clock, silentLog);
  const finished: Finished[] = [];
  return {
    root,
    dir,
    storages,
    finished,
    storage: { dir, library: LIBRARY, publish: 'link' as const },
    tick(ms: number) {
      now += ms;
      storages.tick();
    },
    /** Ticks until something is so; the disk is a real one. */
    async until(condition: () => boolean): Promise<void> {
      for (let tries = 0; !condition(); tries++) {
        assert.ok(tries < 1000, 'not within ten seconds');
        now += 1000;
        storages.tick();
        await sleep(10);
      }
    },
    /** Four pictures in the spool, the last one not yet in a whole fragment; whoever writes it is still at it. */
    async begin(spool: string | undefined, run: string, folder = 'front-door'): Promise<TrackWriter> {
      const writer = new TrackWriter({
        disk: systemDisk,
        clock,
        log: silentLog,
        libraryDir: dir,
        ...(spool === undefined ? {} : { spool }),
        source: { id: '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60', folder },
        track: 'main',
        library: LIBRARY,
        token: 1,
        run,
        segmentMs: 60_000,
        fragmentMs: 1000,
        syncEveryMs: 5000,
        publish: 'link',
        retryMs: 1,
        onExtent: () => undefined,
        onFinished: () => undefined,
      });
      writer.start({ video: { codec: 'h264', codecString: 'avc1.64001f', width: 1280, height: 720, description } });
      push(writer, 0, 31);
      while (writer.stats.framesWritten < 30) await sleep(5);
      return writer;
    },
    async [Symbol.asyncDispose]() {
      await storages.release();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function push(writer: TrackWriter, from: number, to: number): void {
  for (let frame = from; frame < to; frame++) {
    const at = mediaTime(frame * 6000);
    const unit = { data: [Buffer.alloc(50, frame)], size: 50, key: frame % 15 === 0, pts: at, dts: at };
    writer.push({ kind: 'video', ...unit, arrival: wallMs(1_795_284_300_000) });
  }
}

/** As a process that is gone has left it, or as a recorder on another machine holds it. */
async function lockOf(host: string, folder: string): Promise<void> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const owner = { pid: 2 ** 22 + 1, started: '1', boot, host, nonce: 'x', task: 'recording' };
  await writeFile(join(folder, 'recorder.lock'), JSON.stringify(owner));
}

test('what earlier versions left in the one spool for all is completed', async () => {
  await using at = await place();
  await at.begin(undefined, '0123456789abcdef');
  await at.storages.prepare(at.storage, (one) => at.finished.push(one));
  await at.until(() => at.finished.length === 1);
  const [one] = at.finished;
  assert.equal(one?.report.ended, 'crash');
  assert.equal(one?.report.frames, 30);
  assert.ok(existsSync(join(at.dir, one?.report.key ?? '')));
});

test('a spool is completed once: its lock is held until the hub has all of it, and then its folders go', async () => {
  await using at = await place();
  const spool = join(at.dir, 'spool', DEAD);
  await at.begin(`spool/${DEAD}`, '0123456789abcdef');
  await at.begin(`spool/${DEAD}`, '0123456789abcdeg', 'back');
  await lockOf(hostname(), spool);
  await at.storages.prepare(at.storage, (one) => at.finished.push(one));
  await at.until(() => at.finished.length === 2);
  for (const one of at.finished) {
    const asked = await tryLockSpool(spool, 'recording');
    assert.ok('busy' in asked && asked.busy.task === 'completing');
    at.tick(10_000);
    await sleep(20);
    await at.storages.acknowledge(one.spoolPath);
  }
  assert.equal(at.finished.length, 2);
  await at.until(() => !existsSync(spool));
});

test('a recorder that comes back while another completes its spool takes a second one, and records at once', async () => {
  await using at = await place();
  await using other = await place();
  const lock = await tryLockSpool(join(at.dir, 'spool', ME), 'completing');
  await at.storages.prepare(at.storage, (one) => at.finished.push(one));
  assert.equal(at.storages.spoolOf(at.storage), `spool/${ME}.2`);
  assert.ok(!('busy' in lock));
  await lock.release();
  // Another process of the same id that records is a mistake, and is said.
  const same = new Storages(
    { id: ME, libraryDir: at.dir, spoolDir: other.root },
    { wall: () => wallMs(0), monotonic: () => monotonicMs(0) },
    silentLog,
  );
  await same.prepare(at.storage, () => undefined);
  assert.equal(same.spoolOf(at.storage), `spool/${ME}`);
  const third = new Storages(
    { id: ME, libraryDir: at.dir, spoolDir: other.root },
    { wall: () => wallMs(0), monotonic: () => monotonicMs(0) },
    silentLog,
  );
  await assert.rejects(
    third.prepare(at.storage, () => undefined),
    /Another recorder/,
  );
  await same.release();
});

test('a recorder elsewhere that was only cut off can no longer write into what was published for it', async () => {
  await using at = await place();
  const spool = join(at.dir, 'spool', DEAD);
  const zombie = await at.begin(`spool/${DEAD}`, '0123456789abcdef');
  await lockOf('elsewhere', spool);
  await at.storages.prepare(at.storage, (one) => at.finished.push(one));
  // For as long as it may just be slow, nothing is touched.
  for (let seconds = 0; seconds < 40; seconds += 5) {
    at.tick(5000);
    await sleep(10);
  }
  assert.equal(at.finished.length, 0);
  await at.until(() => at.finished.length === 1);
  const [one] = at.finished;
  assert.ok(one);
  assert.equal(one.report.frames, 30);
  const path = join(at.dir, one.report.key);
  assert.equal(await sha256Of(systemDisk, path), one.report.sha256);
  push(zombie, 31, 100);
  await zombie.end('stop');
  assert.equal(await sha256Of(systemDisk, path), one.report.sha256, 'the published file has not changed');
});

test('a recorder elsewhere that cannot renew its lock but records on is left alone, and loses nothing', async () => {
  await using at = await place();
  const spool = join(at.dir, 'spool', DEAD);
  const living = await at.begin(`spool/${DEAD}`, '0123456789abcdef');
  await lockOf('elsewhere', spool);
  await at.storages.prepare(at.storage, (one) => at.finished.push(one));
  let frame = 31;
  for (let seconds = 0; seconds < 120; seconds += 5) {
    push(living, frame, frame + 15);
    frame += 15;
    while (living.stats.framesWritten < frame - 15) await sleep(5);
    at.tick(5000);
    await sleep(20);
  }
  assert.equal(at.finished.length, 0, 'as long as it grows, it is its own');
  assert.match(await readFile(join(spool, 'recorder.lock'), 'utf8'), /elsewhere/);
  // Now it is dead: all of its whole fragments are there, in as many segments as it has begun.
  const frames = (): number => at.finished.reduce((sum, one) => sum + one.report.frames, 0);
  await at.until(() => frames() >= frame - 16);
});

test('a segment that grows while it is brought over stays where it is', async () => {
  await using at = await place();
  const folder = join(at.dir, 'spool', DEAD, 'front-door/main');
  await mkdir(folder, { recursive: true });
  const from = join(folder, 'x.part');
  const to = join(at.dir, 'spool', ME, 'front-door/main/x.part');
  await writeFile(from, 'abc');
  const grows: Disk = {
    ...systemDisk,
    async syncFolder(path) {
      await systemDisk.syncFolder(path);
      await appendFile(from, 'd');
    },
  };
  assert.equal(await bringOver(grows, from, to), undefined);
  assert.deepEqual([await readFile(from, 'utf8'), existsSync(to)], ['abcd', false]);
  assert.equal(await bringOver(systemDisk, from, to), to);
  assert.deepEqual([await readFile(to, 'utf8'), existsSync(from)], ['abcd', false]);
});

test('a recorder that was paused for long takes its spool again', async () => {
  await using at = await place();
  await at.storages.prepare(at.storage, (one) => at.finished.push(one));
  const path = join(at.dir, 'spool', ME, 'recorder.lock');
  let told = 0;
  at.storages.onTakenAway = () => {
    told++;
  };
  await rm(path);
  at.tick(60_000);
  await at.until(() => existsSync(path));
  // What it had open has been taken out of its hands: its runs must not go on there.
  await at.until(() => told === 1);
  assert.equal(at.storages.spoolOf(at.storage), `spool/${ME}`);
});
