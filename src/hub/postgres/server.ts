/**
 * Starts the embedded PostgreSQL, or takes over one that is still there after the hub was killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Log } from '../../base/log.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { environment, failure, initialise, USER } from './initialise.ts';
import { type Owner, serverOwner } from './owner.ts';
import { type Place, preparePlace } from './place.ts';
import { alive, isServerOf, isUnreaped, processesIn, readPostmaster, stopServer } from './postmaster.ts';

export interface PostgresOptions {
  /** Where the cluster, the password and the record of the socket's folder are; made when it is not there. */
  readonly dataDir: string;
  readonly log: Log;
  /** What the server says goes here; moved to `.1` at a start when it has grown over 10 MB. */
  readonly logFile: string;
  /** A folder that may vanish, for a copy of the binaries where the installed ones cannot be reached; default: in `dataDir`. */
  readonly cacheDir?: string;
  /** On top of our own settings; for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A process was started; whether it will answer is not known yet. */
  readonly onLaunched?: () => void;
}

/** How to reach the server; may be given to `openCatalog` as it is. */
export interface PostgresUrl {
  /** The folder of its socket. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface Postgres {
  readonly url: PostgresUrl;
  readonly pid: number;
  /** Taken over from a hub that had died. */
  readonly adopted: boolean;
  /** Fast shutdown: open transactions are rolled back, everything is on disk afterwards. */
  stop(): Promise<void>;
  /** Calls `listener` once when the server ends, for whatever reason; returns how to take that back. */
  onExit(listener: () => void): () => void;
}

const DATABASE = 'vidette';
const BIG_LOG = 10_000_000;
/** Beside the socket; the server's number stands in it, too. */
const SOCKET_LOCK = '.s.PGSQL.5432.lock';
/** What a killed server has started is waited for so long. */
const LEFTOVER_MS = 5000;

/** Small, durable, quiet when idle; reachable through its socket only. Statements (which may hold values) are not logged. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  max_connections: '40',
  shared_buffers: '48MB',
  work_mem: '4MB',
  maintenance_work_mem: '48MB',
  huge_pages: 'off',
  io_method: 'sync',
  jit: 'off',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  min_wal_size: '48MB',
  checkpoint_timeout: '15min',
  wal_writer_delay: '1s',
  wal_writer_flush_after: '1MB',
  bgwriter_delay: '2s',
  autovacuum_naptime: '2min',
  password_encryption: 'scram-sha-256',
  log_checkpoints: 'off',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * The server is up and answers when this resolves. It lives in its own process group, so that a Ctrl-C in the terminal reaches the hub
 * and not it, and goes on when the hub is killed: the next start adopts it, or stops it when it does not answer or was started differently.
 * @throws UserError for what a person must mend (no account, folder out of reach, disk full, damaged files); Unavailable when it did not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const owner = await serverOwner();
  const place = await preparePlace(options.dataDir, owner, options.log);
  // Nothing that others may write: what lies there is run.
  const copies = [options.cacheDir ?? join(options.dataDir, 'binaries'), ...(owner ? ['/var/lib/vidette'] : [])];
  const binaries = await findBinaries({ owner, copies });
  if (owner) options.log.debug('PostgreSQL runs as another user, because this is root.', { user: owner.name });
  await shiftLog(options.logFile);
  await initialise(binaries, place, owner, options.log, options.signal);

  const settings = { ...SETTINGS, ...options.settings, unix_socket_directories: place.socketDir };
  const args = [
    '-D',
    place.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([binaries.version, args]))
    .digest('hex');
  const url: PostgresUrl = { host: place.socketDir, user: USER, password: place.password, database: DATABASE };

  const adopted = await adopt(place, url, fingerprint, options);
  const server = adopted ?? (await launch(binaries, args, fingerprint, place, owner, url, options));
  try {
    await ensureDatabase(url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** A server of this cluster that still answers and was started as we would; any other one is stopped. */
async function adopt(
  place: Place,
  url: PostgresUrl,
  fingerprint: string,
  options: PostgresOptions,
): Promise<Postgres | undefined> {
  const found = await readPostmaster(place.cluster);
  if (!found) return undefined;
  if (!alive(found.pid) || !(await isServerOf(found.pid, place.cluster))) {
    // The number in a stale lock file may belong to another process now, or to a server that was killed and that nobody has waited for (its
    // hub may be dead, too): PostgreSQL would refuse to start at either. What the dead one has started ends by itself within a moment.
    const deserted = await isDeserted(place.cluster);
    if (alive(found.pid) || (deserted && isUnreaped(found.pid)))
      for (const lock of [join(place.cluster, 'postmaster.pid'), join(found.socketDir, SOCKET_LOCK)])
        await rm(lock, { force: true });
    return undefined;
  }
  const same =
    (await readText(join(options.dataDir, 'started'))) === fingerprint && found.socketDir === place.socketDir;
  if (same && (await answers(url, 3000, () => !alive(found.pid)))) {
    options.log.info('Took over the PostgreSQL that was still running.', { pid: found.pid });
    return watchPid(found.pid, url);
  }
  options.log.warn('Stopping a PostgreSQL that was left behind.', { pid: found.pid });
  await stopServer(found.pid, 5000);
  return undefined;
}

/** Waits for the last process in a cluster to end; false when there is one for too long. */
async function isDeserted(cluster: string): Promise<boolean> {
  const deadline = performance.now() + LEFTOVER_MS;
  while ((await processesIn(cluster)).length > 0) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** Starts it; for some seconds again and again, because right after a crash the remains of the old one may be in the way. */
async function launch(
  binaries: Binaries,
  args: readonly string[],
  fingerprint: string,
  place: Place,
  owner: Owner | undefined,
  url: PostgresUrl,
  options: PostgresOptions,
): Promise<Postgres> {
  const deadline = performance.now() + 6000;
  for (let wait = 100; ; wait *= 2) {
    const logFile = await open(options.logFile, 'a', 0o600);
    const offset = (await logFile.stat()).size;
    let child: ChildProcess;
    let ended: Promise<string>;
    try {
      child = spawn(binaries.postgres, [...args], {
        cwd: '/',
        env: environment(),
        detached: true,
        stdio: ['ignore', logFile.fd, logFile.fd],
        ...(owner ? { uid: owner.uid, gid: owner.gid } : {}),
      });
      // Before anything is waited for: a server that finds a lock file ends within a millisecond.
      ended = new Promise<string>((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      });
    } finally {
      await logFile.close();
    }
    child.unref();
    options.onLaunched?.();
    let over: string | undefined;
    void ended.then((how) => {
      over = how;
    });
    // Recovery after a crash may take minutes; it is waited for as long as the server lives.
    const up = await answers(url, 600_000, () => over !== undefined, options.signal);
    if (up && child.pid !== undefined) {
      await writeFile(join(options.dataDir, 'started'), fingerprint);
      return {
        ...watched(
          child.pid,
          url,
          ended.then(() => undefined),
        ),
        adopted: false,
      };
    }
    if (over === undefined && child.pid !== undefined) await stopServer(child.pid, 2000);
    options.signal?.throwIfAborted();
    const said = await tail(options.logFile, offset);
    const inTheWay =
      /lock file .* already exists|shared memory block .* is still in use|Is another postmaster|could not (bind|create any) Unix|could not lock/i.test(
        said,
      );
    if (!inTheWay || performance.now() > deadline)
      throw failure(`PostgreSQL did not start (${over ?? 'no answer'}).`, said, place.cluster);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** An adopted server is nobody's child here: it is looked at once a second. */
function watchPid(pid: number, url: PostgresUrl): Postgres {
  const ended = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (alive(pid)) return;
      clearInterval(timer);
      resolve();
    }, 1000);
    timer.unref();
  });
  return { ...watched(pid, url, ended), adopted: true };
}

function watched(pid: number, url: PostgresUrl, ended: Promise<void>): Omit<Postgres, 'adopted'> {
  const listeners = new Set<() => void>();
  void ended.then(() => {
    for (const listener of listeners) listener();
    listeners.clear();
  });
  return {
    url,
    pid,
    async stop() {
      await stopServer(pid);
      await removeEmpty(url.host);
    },
    onExit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Asks until the server answers, `ms` have gone by, or `over` says that it has ended. */
async function answers(url: PostgresUrl, ms: number, over: () => boolean, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (let wait = 20; ; wait = Math.min(wait * 1.5, 250)) {
    if (over() || signal?.aborted) return false;
    const client = new pg.Client({ ...url, database: 'postgres', connectionTimeoutMillis: 3000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === '28P01' || code === '28000') return false;
      if (performance.now() > deadline) return false;
    } finally {
      await client.end().catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function ensureDatabase(url: PostgresUrl): Promise<void> {
  const client = new pg.Client({ ...url, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [url.database]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(url.database)}`);
  } finally {
    await client.end();
  }
}

async function shiftLog(file: string): Promise<void> {
  try {
    if ((await stat(file)).size > BIG_LOG) await rename(file, `${file}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** What was written to a file from `offset` on, at most its last 8 kB. */
async function tail(file: string, offset: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(offset, size - 8192);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    await handle.read(buffer, 0, buffer.length, start);
    return buffer.toString();
  } finally {
    await handle.close();
  }
}

/** The socket's folder lies in a place that is everybody's; it is made again under its name at the next start. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
