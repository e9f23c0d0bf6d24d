/**
 * A recorder on the machine's own disk, clock and network. Called by `../recorder.main.ts` and by `vidette record`.
 */
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import { createLog, type Log } from '../../../base/log.ts';
import { logFile, toStandardError } from '../../../logs/log-file.ts';
import { liveFragment } from '../../../media/mp4/fragment.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import { Pictures } from '../decoder/pictures.ts';
import { readWithFfmpeg } from '../reader/read-with-ffmpeg.ts';
import { readRtsp } from '../rtsp/client.ts';
import { type Disk, systemDisk } from '../segments/disk.ts';
import { Folders } from '../segments/folders.ts';
import { HeldMemory } from '../segments/held-memory.ts';
import { acknowledge } from '../segments/publish.ts';
import { recoverSpool } from '../segments/recover.ts';
import { Staging } from '../segments/staging.ts';
import { TrackWriter } from '../segments/track-writer.ts';
import { writeCounters } from './counters.ts';
import { frozenListing, listingOf } from './frozen-listing.ts';
import { guardedDisk } from './guarded-disk.ts';
import { connectHub } from './hub-link.ts';
import { LeftBehind } from './left-behind.ts';
import { MarkerGuard, readMarker } from './library-marker.ts';
import { serveLive } from './live-socket.ts';
import type { RecorderOptions } from './options.ts';
import { outageFile } from './outage-teller.ts';
import type { Finished } from './outbox.ts';
import { Recorder, type RecorderPort } from './recorder.ts';
import { lockSpool, RENEW_MS, type SpoolLock } from './spool-lock.ts';
import type { Storage } from './storage.ts';

const TICK_MS = 1000;
/** Without parent and without hub a recorder goes on for this long. */
const ORPHAN_MS = 600_000;

export interface RunExtras {
  /** Aborts when the process that has started this one is gone. */
  readonly parentGone?: AbortSignal;
  /** Instead of ten minutes. */
  readonly orphanMs?: number;
  /** A JSON file for the frame counts, written each second. */
  readonly countersFile?: string;
}

/**
 * Records what the hub leases until the signal aborts; then finishes open segments, reports them, and returns.
 *
 * @throws UserError when another recorder uses the spool, or the hub refuses a recorder that was started by hand
 */
export async function runRecorder(
  options: RecorderOptions,
  signal: AbortSignal,
  extras: RunExtras = {},
): Promise<void> {
  const log = createLog(options.logFile === null ? toStandardError : logFile(options.logFile)).child({
    role: 'recorder',
    pid: process.pid,
  });
  const clock = systemClock;
  const hub = connectHub(options.hub, options.token);
  const storages = new Storages(options, clock, log);
  const staging = new Staging();
  const memory = new HeldMemory();
  const pictures = new Pictures(clock, log);
  const port: RecorderPort = {
    clock,
    log,
    sleep,
    hub,
    readers: { rtsp: readRtsp, ffmpeg: readWithFfmpeg },
    pictures,
    muxer: { init: (config) => [initSegment(config)], fragment: liveFragment },
    prepare: (storage, onFinished) => storages.prepare(storage, onFinished),
    openWriter: (camera, track, run, storage, welcome, { onExtent, onTrouble, onFinished, hold, isFinishing }) =>
      new TrackWriter({
        ...storages.diskOf(storage),
        staging,
        memory,
        hold,
        isFinishing,
        clock,
        log: log.child({ camera: camera.name }),
        libraryDir: storage.dir,
        source: { id: camera.id, folder: camera.folder },
        track,
        library: storage.library,
        token: camera.token,
        run,
        segmentMs: welcome.segmentMs,
        fragmentMs: welcome.fragmentMs,
        syncEveryMs: welcome.syncEveryMs,
        publish: storage.publish,
        onExtent,
        onTrouble,
        onFinished: (report, spoolPath, finalPath) => onFinished({ report, spoolPath, finalPath }),
        onAbandoned: (spoolPath) => storages.finishLater(storage, spoolPath, onFinished),
      }),
    readMarker,
    outageFile: outageFile(join(options.spoolDir, `outages-${options.id}.json`)),
    measure: async (dir) => {
      const { bavail, blocks, bsize } = await statfs(dir);
      return { free: bavail * bsize, total: blocks * bsize };
    },
    acknowledge: (spoolPath) => acknowledge(storages.diskAt(spoolPath).disk, spoolPath),
  };
  const recorder = new Recorder(options, port);
  const live = new AbortController();
  const liveEnded = serveLive(
    {
      hub: options.hub,
      token: options.token,
      id: options.id,
      feedOf: (cameraId, track) => recorder.feedOf(cameraId, track),
      log,
      sleep,
    },
    live.signal,
  );
  const ticking = setInterval(() => {
    recorder.tick();
    storages.tick();
    if (extras.countersFile !== undefined) tellCounters(extras.countersFile, recorder, log);
  }, TICK_MS);
  log.info('recorder has started', { id: options.id, capacity: options.capacity });
  try {
    await recorder.run({
      signal,
      orphanMs: extras.orphanMs ?? ORPHAN_MS,
      ...(extras.parentGone ? { parentGone: extras.parentGone } : {}),
    });
  } finally {
    clearInterval(ticking);
    live.abort();
    await liveEnded;
    pictures.close();
    if (extras.countersFile !== undefined) tellCounters(extras.countersFile, recorder, log);
    await storages.release();
    hub.close();
    log.info('recorder has ended');
  }
}

/** The spools that this process has taken, and their disks. */
class Storages {
  readonly #folders: Pick<RecorderOptions, 'libraryDir' | 'spoolDir'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #locks = new Map<string, SpoolLock>();
  readonly #disks = new Map<string, Opened>();
  readonly #stop = new AbortController();
  readonly #recoveries: Promise<void>[] = [];
  readonly #left: LeftBehind;
  #renewedAt = 0;

  constructor(folders: Pick<RecorderOptions, 'libraryDir' | 'spoolDir'>, clock: Clock, log: Log) {
    this.#folders = folders;
    this.#clock = clock;
    this.#log = log;
    this.#left = new LeftBehind(() => clock.monotonic());
  }

  /** Takes the spool, and begins to complete and hand on what an earlier process has left in it. */
  async prepare(storage: Storage, onFinished: (finished: Finished) => void): Promise<void> {
    await this.#take(storage, onFinished);
    // What was left on the own disk, when the library could not be seen, still has to be uploaded.
    const { spoolDir } = this.#folders;
    if (storage.dir === spoolDir || (await systemDisk.readdir(join(spoolDir, 'spool'))).length === 0) return;
    await this.#take({ ...storage, dir: spoolDir, publish: 'keep' }, onFinished);
  }

  async #take(storage: Storage, onFinished: (finished: Finished) => void): Promise<void> {
    const { dir, library, publish } = storage;
    if (publish === 'link') {
      const guard = new MarkerGuard(dir, library, () => this.#clock.monotonic());
      await guard.check();
      this.#disks.set(dir, opened(guardedDisk(systemDisk, guard), dir));
    } else this.#disks.set(dir, opened(systemDisk, dir));
    if (this.#locks.has(dir)) return;
    this.#locks.set(dir, await lockSpool(join(dir, 'spool')));
    await this.#recover(storage, onFinished);
  }

  /** What is there now is recovered beside the recording: after a long time without hub that may be hours of footage to hash. */
  async #recover({ dir, library, publish }: Storage, onFinished: (finished: Finished) => void): Promise<void> {
    const { disk, folders } = this.diskOf({ dir });
    const recovery = recoverSpool({
      disk: await frozenListing(disk, join(dir, 'spool')),
      folders,
      clock: this.#clock,
      log: this.#log,
      libraryDir: dir,
      library,
      publish,
      signal: this.#stop.signal,
      onFinished: (report, spoolPath, finalPath) => onFinished({ report, spoolPath, finalPath }),
    });
    this.#recoveries.push(
      recovery.then(
        () => undefined,
        (error: unknown) => {
          if (!this.#stop.signal.aborted) this.#log.error('the spool could not be recovered', { dir, error });
        },
      ),
    );
  }

  /** A segment that the disk did not let end: again in a while, for as long as this process lives. */
  finishLater(storage: Storage, path: string, onFinished: (finished: Finished) => void): void {
    const { dir, library, publish } = storage;
    const { disk, folders } = this.diskOf(storage);
    this.#left.add(async () => {
      try {
        if ((await disk.stat(path)) === undefined) return true;
        const { left } = await recoverSpool({
          disk: listingOf(disk, join(dir, 'spool'), path),
          folders,
          clock: this.#clock,
          log: this.#log,
          libraryDir: dir,
          library,
          publish,
          signal: this.#stop.signal,
          onFinished: (report, spoolPath, finalPath) => onFinished({ report, spoolPath, finalPath }),
        });
        return left === 0;
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#log.warn('a segment cannot be finished yet', { path, error });
        return false;
      }
    });
  }

  diskOf({ dir }: Pick<Storage, 'dir'>): Opened {
    return this.#disks.get(dir) ?? opened(systemDisk, dir);
  }

  diskAt(path: string): Opened {
    for (const [dir, disk] of this.#disks) if (path.startsWith(`${dir}/`)) return disk;
    return opened(systemDisk, dirname(path));
  }

  tick(): void {
    this.#left.tick();
    const now = this.#clock.monotonic();
    if (now - this.#renewedAt < RENEW_MS) return;
    this.#renewedAt = now;
    for (const lock of this.#locks.values())
      lock.renew().catch((error: unknown) => {
        this.#log.warn('the spool’s lock could not be renewed', { reason: messageOf(error), lock: lock.path });
      });
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#left.stop();
    await Promise.all(this.#recoveries);
    for (const lock of this.#locks.values()) {
      try {
        await lock.release();
      } catch (error) {
        this.#log.warn('the spool’s lock stays behind; it dies with this process', { reason: messageOf(error) });
      }
    }
  }
}

/** A root folder's disk, and what is known of the folders below it. */
interface Opened {
  readonly disk: Disk;
  readonly folders: Folders;
}

function opened(disk: Disk, dir: string): Opened {
  return { disk, folders: new Folders(disk, dir) };
}

/** Resolves early, without an error, when the signal aborts. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function tellCounters(path: string, recorder: Recorder, log: Log): void {
  try {
    writeCounters(path, recorder.counters);
  } catch (error) {
    log.warn('frame counts could not be written', { reason: messageOf(error) });
  }
}
