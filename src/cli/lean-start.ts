/**
 * A start that keeps a process small for its whole life. What Node is told at its start cannot be told later, so the program takes its own place once: the
 * same process, with other settings. A system unit that gives them is left alone.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { diskErrorCode } from '../blobs/disk.ts';

/**
 * A heap that is collected early, and machine code only where it is cheap to make: the optimizing compilers cost more memory than all footage that is known.
 * 64 MB are the most, for some thirty thousand clips in the spool; four thousand take twenty-five.
 */
const FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--no-maglev'];
/** One pool for what lies outside of the heap, which gives back what it does not need. */
const POOLS = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };
const MARK = 'VIDETTE_LEAN';

/**
 * Goes on when the process is lean, and its code lies there compiled; otherwise this process begins anew. Where that cannot be, it goes on as it is.
 * @param folder of compiled code, unless `NODE_COMPILE_CACHE` names one; only this user may write to it
 * @param load what the program is: loaded here once for each version, so that its code is there compiled when it begins anew
 */
export async function startLean(folder: string, version: string, load: () => Promise<unknown>): Promise<void> {
  if (process.env[MARK] !== undefined || process.execve === undefined) return;
  const isLean = process.execArgv.some((flag) => flag.startsWith('--max-old-space-size'));
  const code = process.env.NODE_COMPILE_CACHE ?? folder;
  const made = join(code, `of-${version}`);
  if (isLean && existsSync(made)) return;
  const isThere = existsSync(made) || (await compile(code, made, load));
  if (isLean && !isThere) return;
  const [node = process.execPath, ...args] = process.argv;
  const env = { ...process.env, ...POOLS, ...(isThere ? { NODE_COMPILE_CACHE: code } : {}), [MARK]: '1' };
  process.execve(node, [node, ...(isLean ? [] : FLAGS), ...process.execArgv, ...args], env);
}

/** @returns false when the folder cannot be written, which whoever needs it says better */
async function compile(folder: string, made: string, load: () => Promise<unknown>): Promise<boolean> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    enableCompileCache(folder);
    await load();
    flushCompileCache();
    writeFileSync(made, '');
    return true;
  } catch (error) {
    if (diskErrorCode(error) === undefined) throw error;
    return false;
  }
}

/** Keeps what was compiled until now: a car takes the power away without asking, and a process that does not end keeps nothing by itself. */
export function keepCompiled(): void {
  flushCompileCache();
}
