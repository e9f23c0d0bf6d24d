/** Watches the command lines of all processes, and the environment of those that belong to one data folder. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Place } from './search.ts';

const EVERY_MS = 50;

export interface Watch {
  /** Command lines (of every process of the machine) and environments (of the children of hub and recorder). */
  places(): Place[];
  /** Command lines of the system's own processes. */
  readonly own: ReadonlySet<string>;
  readonly samples: () => number;
  stop(): void;
}

/**
 * @param data the data folder, by which the system's own processes are known, with all that they start
 * @param mayHold whether a process was itself given the secrets of its environment by the person who started it
 */
export function watchProcesses(data: string, mayHold: (commandLine: string) => boolean): Watch {
  const lines = new Set<string>();
  const environments = new Map<string, string>();
  const own = new Set<string>();
  const pids = new Set<string>();
  let samples = 0;
  const look = (): void => {
    samples++;
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      if (line === '') continue;
      const name = `${pid} ${line}`;
      if (lines.has(name)) continue;
      const environment = read(`/proc/${pid}/environ`);
      // Between fork and exec a process shows its parent's; it is looked at again.
      if (environment === '' && line.includes('node')) continue;
      lines.add(name);
      if (!environment.includes(`=${data}`) && !line.includes(data) && !pids.has(parentOf(pid))) continue;
      own.add(line);
      pids.add(pid);
      if (!mayHold(line)) environments.set(name, environment);
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    own,
    samples: () => samples,
    places: () => [
      ...[...lines].map((line) => ({ where: `command line ${line.slice(0, 120)}`, content: line })),
      ...[...environments].map(([line, content]) => ({ where: `environment of ${line.slice(0, 120)}`, content })),
    ],
    stop: () => clearInterval(timer),
  };
}

/** The fourth field of /proc/pid/stat; the second is the name in brackets and may hold anything (proc(5)). */
function parentOf(pid: string): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

/** Empty when the process has gone or belongs to somebody else. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
    )
      return '';
    throw error;
  }
}
