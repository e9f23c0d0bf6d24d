/**
 * A calendar clock that can be stepped for one tree of processes: all of Vidette with its PostgreSQL, and a peer, but not the machine.
 * A small library stands before the C library's clocks (`stepped-clock.c`, built here); `/etc/ld.so.preload` of a private mount
 * namespace loads it into every program below, also into those that are started with an empty environment.
 */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NANOS_PER_MS = 1_000_000n;
/** $1: a folder with an ld.so.preload, which is laid over /etc; the rest: the command. */
const INSIDE = 'mount -t overlay overlay -o "lowerdir=$1:/etc" /etc && shift && exec "$@"';

export interface SteppedClock extends AsyncDisposable {
  /** To be put before a command: it and all that it starts see this clock. */
  readonly command: readonly string[];
  /** For a program that is started directly. */
  readonly env: Readonly<Record<string, string>>;
  /** How far it is ahead of the machine's, in ms. */
  readonly offsetMs: number;
  /** Moves it at once. */
  step(byMs: number): Promise<void>;
}

/**
 * @param folder a new one, for library and offset; other users must be able to enter it
 * @returns why not, where that cannot be had: no compiler, or not the right to mount
 */
export async function steppedClock(folder: string): Promise<SteppedClock | string> {
  const library = join(folder, 'stepped-clock.so');
  const offsetFile = join(folder, 'offset');
  await mkdir(join(folder, 'etc'), { recursive: true });
  await chmod(folder, 0o755);
  const source = fileURLToPath(new URL('./stepped-clock.c', import.meta.url));
  const built = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O2', `-DOFFSET_FILE="${offsetFile}"`, '-o', library, source, '-ldl'],
    { encoding: 'utf8' },
  );
  if (built.status !== 0) return `no C compiler: ${built.error?.message ?? built.stderr.slice(0, 200)}`;
  await writeFile(join(folder, 'etc', 'ld.so.preload'), `${library}\n`);
  const file = await open(offsetFile, 'w');
  let offsetMs = 0;
  const write = async (): Promise<void> => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(offsetMs) * NANOS_PER_MS);
    await file.write(bytes, 0, 8, 0);
  };
  await write();
  const command = ['unshare', '--mount', 'sh', '-c', INSIDE, 'sh', join(folder, 'etc')];
  const [program = '', ...args] = command;
  const tried = spawnSync(program, [...args, 'true'], { encoding: 'utf8' });
  if (tried.status !== 0) await file.close();
  if (tried.status !== 0) return `mounting is not allowed: ${tried.error?.message ?? tried.stderr.slice(0, 200)}`;
  return {
    command,
    env: { LD_PRELOAD: library },
    get offsetMs() {
      return offsetMs;
    },
    async step(byMs) {
      offsetMs += byMs;
      await write();
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
