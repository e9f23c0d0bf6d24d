/**
 * Starts recorder processes as the hub does, in folders of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeasedCamera, SegmentReport } from '../../src/contract/recorder.ts';
import { recorderEnvironment, recorderExecArgv } from '../../src/sources/camera/recorder/exec-argv.ts';
import type { RecorderOptions } from '../../src/sources/camera/recorder/options.ts';
import { type FakeHub, LIBRARY, sha256, TOKEN } from './fake-hub.ts';

const MAIN = new URL('../../src/sources/camera/recorder.main.ts', import.meta.url);

export interface Place {
  readonly root: string;
  readonly libraryDir: string;
  readonly spoolDir: string;
  readonly logFile: string;
  remove(): Promise<void>;
}

/** A library with its marker, an own spool, a log: in a temporary folder. */
export async function makePlace(inside = tmpdir()): Promise<Place> {
  const root = await mkdtemp(join(inside, 'vidette-recorder-'));
  const libraryDir = join(root, 'library');
  await mkdir(libraryDir);
  await writeFile(join(libraryDir, '.vidette-library'), JSON.stringify({ library: LIBRARY }));
  return {
    root,
    libraryDir,
    spoolDir: join(root, 'own'),
    logFile: join(root, 'recorder.log'),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export interface RunningRecorder {
  readonly child: ChildProcess;
  readonly id: string;
  /** Ends it as the hub does, and waits; gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  log(): string;
}

export function startRecorder(
  hub: FakeHub,
  place: Place,
  change: Partial<RecorderOptions> = {},
  environment: Record<string, string> = {},
  execArgv: readonly string[] = [],
): RunningRecorder {
  const { libraryDir, spoolDir, logFile } = place;
  const id = change.id ?? randomUUID();
  const options: RecorderOptions = {
    hub: hub.url,
    token: TOKEN,
    id,
    libraryDir,
    spoolDir,
    logFile,
    capacity: 100,
    ...change,
  };
  const child = fork(MAIN, [], {
    execArgv: [...recorderExecArgv, ...execArgv],
    env: { ...process.env, ...recorderEnvironment, ...environment },
    stdio: ['ignore', process.env.RTRACE ? 'inherit' : 'ignore', 'inherit', 'ipc'],
  });
  child.send(options);
  return {
    child,
    id,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''),
  };
}

export function leased(url: string, change: Partial<LeasedCamera> = {}): LeasedCamera {
  const name = change.name ?? 'Front';
  return {
    id: randomUUID(),
    name,
    folder: name.toLowerCase(),
    token: 1,
    revision: 1,
    tracks: [{ name: 'main', url, record: true }],
    username: null,
    password: null,
    reader: 'auto',
    transport: 'auto',
    sound: 'keep',
    latest: 'off',
    ...change,
  };
}

/** What a report says of its file, when that is not so; undefined when all is well. */
export function wrongWith(report: SegmentReport, libraryDir: string): string | undefined {
  const path = join(libraryDir, report.key);
  if (!existsSync(path)) return `${report.key} is not there`;
  const file = readFileSync(path);
  if (file.length !== report.bytes) return `${report.key}: ${file.length} bytes, reported ${report.bytes}`;
  return sha256(file) === report.sha256 ? undefined : `${report.key}: another SHA-256 than reported`;
}

/** All `.part` files below a folder. */
export function parts(root: string): string[] {
  if (!existsSync(join(root, 'spool'))) return [];
  return readdirSync(join(root, 'spool'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.part'),
  );
}
