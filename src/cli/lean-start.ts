/**
 * A start that keeps a process small for its whole life. What Node is told at its start cannot be told later, so the program takes its own place once: the
 * same process, with other settings. A system unit that gives them is left alone.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { diskErrorCode } from '../blobs/disk.ts';

/**
 * A heap that is collected early, and machine code only where it is cheap to make: the optimizing compilers cost more memory than all footage that is known.
 * 64 MB are the most, enough for twenty-five thousand clips in the spool; four thousand need twenty.
 */
const FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--no-maglev'];
/** One pool for what lies outside of the heap, which gives back what it does not need. */
const POOLS = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };
/** Set when the code was compiled just now: it begins anew once, whatever comes. */
const MARK = 'VIDETTE_COMPILED';

/**
 * Goes on when the process is lean, and its code lies there compiled; otherwise this process begins anew. Where that cannot be, it goes on as it is.
 * @param folder of compiled code, unless `NODE_COMPILE_CACHE` names one; only this user may write to it
 * @param load what the program is: loaded once for each version and forgotten, because compiling takes more memory than all that comes
 */
export async function startLean(folder: string, version: string, load: () => Promise<unknown>): Promise<void> {
  if (process.env[MARK] !== undefined || process.execve === undefined) return;
  const code = process.env.NODE_COMPILE_CACHE ?? folder;
  if (!process.execArgv.some((flag) => flag.startsWith('--max-old-space-size')))
    // What is compiled is of use only to who has the same settings: they come first.
    return beginAnew(process.execve, FLAGS, { ...POOLS, NODE_COMPILE_CACHE: code });
  const made = join(code, `of-${version}`);
  if (process.env.NODE_COMPILE_CACHE === undefined || existsSync(made)) return;
  await load();
  flushCompileCache();
  try {
    mkdirSync(code, { recursive: true, mode: 0o700 });
    writeFileSync(made, '');
  } catch (error) {
    // It cannot be kept: whoever needs the folder says so better.
    if (diskErrorCode(error) === undefined) throw error;
    return;
  }
  beginAnew(process.execve, [], { [MARK]: '1' });
}

function beginAnew(
  execve: NonNullable<typeof process.execve>,
  flags: readonly string[],
  more: Readonly<Record<string, string>>,
): never {
  const [node = process.execPath, ...args] = process.argv;
  return execve(node, [node, ...flags, ...process.execArgv, ...args], { ...process.env, ...more });
}

/** Keeps what was compiled until now: a car takes the power away without asking, and a process that does not end keeps nothing by itself. */
export function keepCompiled(): void {
  flushCompileCache();
}
