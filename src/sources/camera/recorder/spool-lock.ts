/**
 * One recorder a spool: a lock file that tells who it is and dies with its process.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
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

interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot: a reused pid does not have it. */
  readonly started: string;
  readonly boot: string;
  readonly host: string;
  readonly nonce: string;
}

export interface SpoolLock {
  readonly path: string;
  /** Says that this process is still alive, to those who cannot see its pid. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes `recorder.lock` in the spool folder (made if missing).
 *
 * @throws UserError `conflict` when a living recorder holds it
 */
export async function lockSpool(spoolDir: string): Promise<SpoolLock> {
  await mkdir(spoolDir, { recursive: true });
  const path = join(spoolDir, NAME);
  const self = await describeSelf();
  const own = join(spoolDir, `.${NAME}.${self.nonce}`);
  await writeFile(own, JSON.stringify(self), { flag: 'wx', mode: 0o600 });
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await linked(own, path)) return heldLock(path, self);
      const seen = await ownerOf(path);
      if (seen === undefined) continue; // released just now
      if (await isAlive(path, seen.owner))
        throw new UserError(
          `Another recorder (process ${seen.owner?.pid ?? 'unknown'} on ${seen.owner?.host ?? 'an unknown machine'}) uses the spool ${spoolDir}.`,
          `Stop it, or give this recorder a folder of its own. The lock is ${path}.`,
          { code: 'conflict' },
        );
      await discard(path, seen.text);
    }
  } finally {
    await unlink(own);
  }
  throw new UserError(
    `The lock ${path} changes hands all the time.`,
    'Stop the other recorders that use this folder.',
    {
      code: 'conflict',
    },
  );
}

function heldLock(path: string, self: Owner): SpoolLock {
  const isOurs = async (): Promise<boolean> => (await ownerOf(path))?.owner?.nonce === self.nonce;
  return {
    path,
    async renew() {
      const now = new Date();
      if (await isOurs()) await utimes(path, now, now);
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

async function isAlive(path: string, owner: Owner | undefined): Promise<boolean> {
  if (owner !== undefined && owner.host === hostname() && owner.boot === (await bootId()))
    return (await startOf(owner.pid)) === owner.started;
  if (owner !== undefined && owner.host === hostname()) return false;
  return !(await isOld(path, FOREIGN_STALE_MS));
}

async function describeSelf(): Promise<Owner> {
  return {
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
    boot: await bootId(),
    host: hostname(),
    nonce: randomUUID(),
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
