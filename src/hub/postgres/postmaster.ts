/**
 * What a server that is already there says of itself: its lock file and its process.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export interface Postmaster {
  readonly pid: number;
  /** Folder of its socket. */
  readonly socketDir: string;
}

/** What `postmaster.pid` says (PostgreSQL 18, `src/include/utils/pidfile.h`: pid, data folder, start, port, socket folder, …); undefined when there is none. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  let text: string;
  try {
    text = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return { pid, socketDir: lines[4]?.trim() ?? '' };
}

/** Whether the process is there and runs. A dead one that nobody has waited for (state Z, proc(5)) does not count. */
export function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    return state !== 'Z' && state !== 'X';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether the process is a PostgreSQL server of this cluster: a number in a stale lock file may have been given to anything since. */
export async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const folder = words[words.indexOf('-D') + 1];
    return (words[0] ?? '').endsWith('postgres') && folder === cluster;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return false;
    throw error;
  }
}

/** Living processes that work in this cluster: a server and those that it has started, which outlive it for a moment when it is killed. */
export async function processesIn(cluster: string): Promise<number[]> {
  const found: number[] = [];
  const folder = await realpath(cluster);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if ((await readlink(`/proc/${name}/cwd`)) === folder && isPostgres(name)) found.push(Number(name));
    } catch (error) {
      // Gone meanwhile, dead and not waited for, or somebody else's.
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'ESRCH' && code !== 'EACCES') throw error;
    }
  }
  return found;
}

function isPostgres(pid: string): boolean {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres');
}

/** Whether a process has ended and nobody has waited for it: its number is still taken, and PostgreSQL thinks that it lives. */
export function isUnreaped(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !alive(pid);
}

/** Waits until the process is gone; false when it still is after `ms`. */
export async function gone(pid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (alive(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/**
 * Stops a server: fast shutdown (SIGINT), after `patienceMs` immediate (SIGQUIT, recovers at the next start), and at last SIGKILL
 * (PostgreSQL 18, 18.5 "Shutting Down the Server").
 */
export async function stopServer(pid: number, patienceMs = 20_000): Promise<void> {
  for (const [signal, wait] of [
    ['SIGINT', patienceMs],
    ['SIGQUIT', 5000],
    ['SIGKILL', 5000],
  ] as const) {
    if (!alive(pid)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await gone(pid, wait)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) cannot be stopped`);
}
