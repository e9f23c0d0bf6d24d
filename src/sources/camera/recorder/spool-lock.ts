/**
 * One recorder a spool: a lock file that tells who it is and dies with its process.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readlink, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../base/errors.ts';

const NAME = 'recorder.lock';
/** A lock that another machine (or container) made counts as left behind when it was not renewed for this long. */
const FOREIGN_STALE_MS = 45_000;
/** Taking over a dead lock takes milliseconds; whoever needs longer has died over it. */
const TAKEOVER_MS = 10_000;
const TAKEOVER_PAUSE_MS = 20;
/** How often {@link SpoolLock.renew} should be called. */
export const RENEW_MS = 10_000;

/** `recording`: it writes here. `completing`: its owner is dead, and another recorder hands on what it has left. */
export type LockTask = 'recording' | 'completing';

interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot: a reused pid does not have it. */
  readonly started: string;
  readonly boot: string;
  readonly host: string;
  /** Namespace of its pids: containers of one machine may share its name and not see each other's processes. Absent: an earlier version wrote it. */
  readonly pids?: string;
  readonly nonce: string;
  readonly task?: LockTask;
}

export interface SpoolLock {
  readonly path: string;
  /** Whose lock was there before: nobody's, a dead process's, or that of one elsewhere that is only known to be silent. */
  readonly before: 'nobody' | 'dead' | 'silent';
  /** Says that this process is still alive, to those who cannot see its pid. @returns false when the lock is another's by now */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** Who has it. */
export interface Busy {
  readonly busy: {
    readonly pid: number | undefined;
    readonly host: string | undefined;
    readonly task: LockTask;
    /** It runs on this machine, and is alive. */
    readonly here: boolean;
  };
}

/** Whether a lock that another machine has made, last touched at `mtimeMs` (its clock), counts as left behind. */
export type IsSilent = (path: string, mtimeMs: number) => boolean;

/** By this machine's clock, where there is no time to watch it. */
const oldByClock: IsSilent = (_path, mtimeMs) => Date.now() - mtimeMs >= FOREIGN_STALE_MS;

/**
 * Watches locks: one that was not touched for {@link FOREIGN_STALE_MS} of our own time is silent, whatever the clocks say.
 * @param monotonic ms
 */
export function silenceWatch(monotonic: () => number): IsSilent {
  const seen = new Map<string, { mtimeMs: number; at: number }>();
  return (path, mtimeMs) => {
    const now = monotonic();
    const known = seen.get(path);
    if (known?.mtimeMs === mtimeMs) return now - known.at >= FOREIGN_STALE_MS;
    if (seen.size >= 1000) seen.clear();
    seen.set(path, { mtimeMs, at: now });
    return false;
  };
}

/**
 * Takes `recorder.lock` in the spool folder (made if missing).
 *
 * @throws UserError `conflict` when a living recorder holds it
 */
export async function lockSpool(spoolDir: string): Promise<SpoolLock> {
  const lock = await tryLockSpool(spoolDir, 'recording');
  if (!('busy' in lock)) return lock;
  throw isBusy(spoolDir, lock);
}

/** The error that says so. */
export function isBusy(spoolDir: string, { busy: { pid, host } }: Busy): UserError {
  return new UserError(
    `Another recorder (process ${pid ?? 'unknown'} on ${host ?? 'an unknown machine'}) uses the spool ${spoolDir}.`,
    `Stop it, or give this recorder a folder of its own. The lock is ${join(spoolDir, NAME)}.`,
    { code: 'conflict' },
  );
}

/** The same; answers who has it when it cannot be had. */
export async function tryLockSpool(
  spoolDir: string,
  task: LockTask,
  isSilent: IsSilent = oldByClock,
): Promise<SpoolLock | Busy> {
  const path = join(spoolDir, NAME);
  const self = await describeSelf(task);
  const own = join(spoolDir, `.${NAME}.${self.nonce}`);
  let before: SpoolLock['before'] = 'nobody';
  for (let tries = 0; ; tries += 1) {
    try {
      await mkdir(spoolDir, { recursive: true });
      await writeFile(own, JSON.stringify(self), { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      // Somebody has just tidied the empty folder away.
      if (!isCode(error, 'ENOENT') || tries > 10) throw error;
    }
  }
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await linked(own, path)) return heldLock(path, self, before);
      const seen = await ownerOf(path);
      if (seen === undefined) continue; // released just now
      const life = await lifeOf(path, seen.owner, isSilent);
      if (life === 'alive' || life === 'unknown')
        return {
          busy: {
            pid: seen.owner?.pid,
            host: seen.owner?.host,
            task: seen.owner?.task ?? 'recording',
            here: life === 'alive',
          },
        };
      before = life;
      await discard(path, seen.text);
    }
  } finally {
    await remove(own);
  }
  throw new UserError(
    `The lock ${path} changes hands all the time.`,
    'Stop the other recorders that use this folder.',
    {
      code: 'conflict',
    },
  );
}

/** Of who has a lock. `unknown`: another machine's, which is being renewed. `silent`: another machine's, which is not. */
export type LockLife = 'nobody' | 'alive' | 'unknown' | 'dead' | 'silent';

/** How the one is who has the lock, without touching anything. */
export async function lifeOfLock(spoolDir: string, isSilent: IsSilent): Promise<LockLife> {
  const path = join(spoolDir, NAME);
  const seen = await ownerOf(path);
  return seen === undefined ? 'nobody' : await lifeOf(path, seen.owner, isSilent);
}

function heldLock(path: string, self: Owner, before: SpoolLock['before']): SpoolLock {
  const isOurs = async (): Promise<boolean> => (await ownerOf(path))?.owner?.nonce === self.nonce;
  return {
    path,
    before,
    async renew() {
      if (!(await isOurs())) return false;
      const now = new Date();
      await utimes(path, now, now);
      return true;
    },
    async release() {
      if (await isOurs()) await unlink(path);
    },
  };
}

/**
 * Takes a dead owner's lock away. Who does so holds a second file meanwhile and looks again under it: otherwise two could both
 * have seen the dead lock, and the slower one would take away the new lock of the faster.
 */
async function discard(path: string, expected: string): Promise<void> {
  const takeover = `${path}.takeover`;
  try {
    await writeFile(takeover, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (await isOld(takeover, TAKEOVER_MS)) await remove(takeover);
    else await sleep(TAKEOVER_PAUSE_MS);
    return;
  }
  try {
    if ((await ownerOf(path))?.text === expected) await remove(path);
  } finally {
    await remove(takeover);
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

async function isOld(path: string, ms: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs >= ms;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function lifeOf(
  path: string,
  owner: Owner | undefined,
  isSilent: IsSilent,
): Promise<Exclude<LockLife, 'nobody'>> {
  if (owner !== undefined && owner.host === hostname()) {
    if (owner.boot !== (await bootId())) return 'dead';
    if (owner.pids === undefined || owner.pids === (await pidNamespace()))
      return (await startOf(owner.pid)) === owner.started ? 'alive' : 'dead';
  }
  try {
    return isSilent(path, (await stat(path)).mtimeMs) ? 'silent' : 'unknown';
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 'dead';
    throw error;
  }
}

async function describeSelf(task: LockTask): Promise<Owner> {
  return {
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
    boot: await bootId(),
    host: hostname(),
    pids: await pidNamespace(),
    nonce: randomUUID(),
    task,
  };
}

async function ownerOf(path: string): Promise<{ text: string; owner: Owner | undefined } | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<Owner> | null;
    const whole = typeof value?.pid === 'number' && typeof value.host === 'string' && typeof value.nonce === 'string';
    return { text, owner: whole ? (value as Owner) : undefined };
  } catch (error) {
    if (error instanceof SyntaxError) return { text, owner: undefined };
    throw error;
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)); undefined when there is no such process, or it is dead and not yet reaped. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** `pid:[4026531836]` (namespaces(7)). */
async function pidNamespace(): Promise<string> {
  try {
    return await readlink('/proc/self/ns/pid');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'EACCES')) return 'unknown';
    throw error;
  }
}

async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'EACCES')) return 'unknown';
    throw error;
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    if (!isCode(error, 'EPERM') && !isCode(error, 'ENOTSUP')) throw error;
  }
  // No links on this file system.
  try {
    await writeFile(to, await readFile(from), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
