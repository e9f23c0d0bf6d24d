/**
 * A file that says which process holds a folder. Who died without letting go is found out by its start time.
 */
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { isRunning, startTimeOf } from './running.ts';

/** Taking over a dead lock takes milliseconds; whoever needs longer has died over it. */
const TAKEOVER_MS = 10_000;
const PAUSE_MS = 20;
const MOST_TRIES = 600;

const Owner = z.object({ pid: z.number().int(), startTime: z.number() });

/**
 * Takes the lock for this process, until it is disposed of.
 * @param path of the lock file; its folder is there
 * @param held the error for when another process that is alive has it
 */
export function takeLock(path: string, held: (pid: number | undefined) => Error): Disposable {
  const me = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
  // Written beside it first: of two that start at once, neither may find the other's lock empty and take it for a dead one's.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, me, { mode: 0o600 });
  try {
    for (let tries = 0; ; tries++) {
      if (publish(mine, path)) return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
      const owner = readOwner(path);
      if (tries > MOST_TRIES || (owner !== undefined && isRunning(owner))) throw held(owner?.pid);
      discard(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Takes a dead hub's lock away. Who does so holds a second file meanwhile and looks again under it: otherwise two could both have
 * seen the dead lock, and the slower one would take away the new lock of the faster.
 */
function discard(path: string): void {
  const takeover = `${path}.takeover`;
  try {
    writeFileSync(takeover, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const since = statSync(takeover, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Math.abs(Date.now() - since) > TAKEOVER_MS) rmSync(takeover, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner === undefined || !isRunning(owner)) rmSync(path, { force: true });
  } finally {
    rmSync(takeover, { force: true });
  }
}

/** Gives `mine` the name `path` as well, whole at once; false when that name is taken. */
function publish(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return false;
    // A file system without links (FAT, some network shares).
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
  }
  try {
    writeFileSync(path, readFileSync(mine), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds a lock, or held it when it died; undefined: nobody. */
export function holderOf(path: string): { readonly pid: number; readonly alive: boolean } | undefined {
  const owner = readOwner(path);
  return owner && { pid: owner.pid, alive: isRunning(owner) };
}

function readOwner(path: string): z.output<typeof Owner> | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    // Cut short by a power loss, or gone since: nobody owns it.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
