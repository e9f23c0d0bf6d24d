/**
 * A recorder on the machine's own disk, clock and network. Called by `../recorder.main.ts` and by `vidette record`.
 */
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import { createLog, type Log } from '../../../base/log.ts';
import { diskErrorCode } from '../../../blobs/disk.ts';
import { toStandardError } from '../../../logs/log-file.ts';
import { patientLogFile } from '../../../logs/patient-log-file.ts';
import { liveFragment } from '../../../media/mp4/fragment.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import { Pictures } from '../decoder/pictures.ts';
import { readWithFfmpeg } from '../reader/read-with-ffmpeg.ts';
import { createRtspReader } from '../rtsp/client.ts';
import { HeldMemory } from '../segments/held-memory.ts';
import { TrackWriter } from '../segments/track-writer.ts';
import { writeCounters } from './counters.ts';
import { connectHub } from './hub-link.ts';
import { readMarker } from './library-marker.ts';
import { serveLive } from './live-socket.ts';
import type { RecorderOptions } from './options.ts';
import { outageFile } from './outage-teller.ts';
import { Recorder, type RecorderPort } from './recorder.ts';
import { signFile } from './sign-of-life.ts';
import { Storages } from './storages.ts';

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
  const log = createLog(options.logFile === null ? toStandardError : patientLogFile(options.logFile)).child({
    role: 'recorder',
    pid: process.pid,
  });
  const clock = systemClock;
  const hub = connectHub(options.hub, options.token);
  const storages = new Storages(options, clock, log);
  const memory = new HeldMemory();
  const pictures = new Pictures(clock, log);
  const port: RecorderPort = {
    clock,
    log,
    sleep,
    hub,
    readers: { rtsp: createRtspReader(), ffmpeg: readWithFfmpeg },
    pictures,
    muxer: { init: (config) => [initSegment(config)], fragment: liveFragment },
    prepare: (storage, onFinished) => storages.prepare(storage, onFinished),
    openWriter: (camera, track, run, storage, welcome, { onExtent, onTrouble, onFinished, hold, isFinishing }) =>
      new TrackWriter({
        ...storages.diskOf(storage),
        memory,
        hold,
        isFinishing,
        clock,
        log: log.child({ camera: camera.name }),
        libraryDir: storage.dir,
        spool: storages.spoolOf(storage),
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
    signFile: signFile(join(options.spoolDir, `alive-${options.id}.json`)),
    measure: async (dir) => {
      try {
        const { bavail, blocks, bsize } = await statfs(dir);
        return { free: bavail * bsize, total: blocks * bsize };
      } catch (error) {
        if (diskErrorCode(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    acknowledge: (spoolPath) => storages.acknowledge(spoolPath),
  };
  const recorder = new Recorder(options, port);
  storages.onTakenAway = () => recorder.renewRuns();
  const live = new AbortController();
  const liveEnded = serveLive(
    {
      hub: options.hub,
      token: options.token,
      id: options.id,
      feedOf: (cameraId, track) => recorder.feedOf(cameraId, track),
      onNudge: () => recorder.nudge(),
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
