/**
 * Who writes an unfinished file: a process of this machine, or of another one or a container that sees the same folder.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** A writer whose machine cannot be asked is thought dead when nothing came for so long; every wait of a transfer is shorter. */
const SILENT = 120_000;

/** Numbers of processes mean the same only within one start of one machine and one PID namespace. */
function readPlace(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return createHash('sha256')
    .update(`${boot} ${readlinkSync('/proc/self/ns/pid')}`)
    .digest('hex')
    .slice(0, 12);
}

let place: string | undefined;
function ownPlace(): string {
  place ??= readPlace();
  return place;
}

/** `<place>-<process>`, the beginning of the name of a part. */
export function ownerName(): string {
  return `${ownPlace()}-${process.pid}`;
}

/**
 * @param name of the part
 * @param modified when it was last written, milliseconds since 1970
 * @param writing whether this very process writes it now
 */
export function isOwnerAlive(name: string, modified: number, writing: boolean): boolean {
  if (writing) return true;
  if (Date.now() - modified > SILENT) return false;
  const [, where, id] = /^([a-f0-9]{12})-(\d{1,10})-/.exec(name) ?? [];
  if (where !== ownPlace()) return true;
  const pid = Number(id);
  return pid !== process.pid && isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
