/**
 * Which process a number names. Numbers are used again; number and start time together are not.
 */
import { readFileSync } from 'node:fs';

/** Start time of a running process in clock ticks since boot (proc(5), /proc/pid/stat field 22); undefined when there is none. */
export function startTimeOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets and may hold anything; count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return Number(fields[19]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}

export function isRunning(process: { readonly pid: number; readonly startTime: number }): boolean {
  return startTimeOf(process.pid) === process.startTime;
}
