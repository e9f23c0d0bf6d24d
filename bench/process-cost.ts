/**
 * What a tree of processes costs, from /proc (proc(5)): for all benches that compare processes.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second of the times in /proc (USER_HZ): 100 on every Linux that Vidette runs on. */
const TICKS = 100;

/** A process and all below it, those that have just ended left out. */
export function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** CPU seconds of these processes so far, with those of their children that have ended and were waited for. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = statOf(pid) ?? [];
    // utime, stime, cutime, cstime: fields 14 to 17; ours begin with field 3.
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS;
}

/** Proportional set size of these processes together, in MB: each shared page is counted once over all who share it. */
export function pssMb(pids: readonly number[]): number {
  return (
    pids.reduce(
      (sum, pid) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(fileOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
      0,
    ) / 1000
  );
}

/** The most resident memory that any process below one had, in MB: the kernel keeps each one's own peak (`VmHWM`). */
export class PeakMemory {
  private most = 0;
  private readonly root: number;
  private readonly timer: NodeJS.Timeout;

  constructor(root: number) {
    this.root = root;
    this.timer = setInterval(() => this.look(), 50);
  }

  stop(): number {
    clearInterval(this.timer);
    return this.most;
  }

  private look(): void {
    for (const pid of treeOf(this.root).slice(1)) {
      const kilobytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(fileOf(`/proc/${pid}/status`))?.[1] ?? 0);
      this.most = Math.max(this.most, (kilobytes * 1024) / 1e6);
    }
  }
}

/** Fields of /proc/<pid>/stat from the third on; undefined when the process is gone. */
function statOf(pid: number): string[] | undefined {
  const text = fileOf(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function fileOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
