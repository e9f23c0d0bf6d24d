/** The machine: system, Node, memory, clock. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { withoutSecrets } from '../../base/environment.ts';
import { bad, type Check, check, ok, warn } from './check.ts';

/** Node 24 for Linux is built against it (nodejs/node, BUILDING.md, “Platform list”). */
const OLDEST_GLIBC = [2, 28] as const;
const NODE_MAJOR = 24;
/** Hub, PostgreSQL, recorder and worker at rest, and one clip being made. */
const COMFORTABLE_MEMORY = 1_500_000_000;
const LEAST_MEMORY = 500_000_000;
/** Before this version was made, no clock can be right. */
const EARLIEST = Date.UTC(2026, 0, 1);

export interface Machine {
  readonly glibc: string | undefined;
  readonly node: string;
  readonly arch: string;
  /** Bytes that a process may still get. */
  readonly memory: number;
  /** UTC ms. */
  readonly now: number;
  /** Whether the system says that its clock is kept right; undefined: it says nothing. */
  readonly clockKept: boolean | undefined;
}

export async function thisMachine(): Promise<Machine> {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return {
    glibc: header.glibcVersionRuntime,
    node: process.versions.node,
    arch: process.arch,
    memory: process.availableMemory(),
    now: Date.now(),
    clockKept: await isClockKept(),
  };
}

export function checkMachine(machine: Machine): Promise<readonly Check[]> {
  return check('machine', () => [system(machine), node(machine), memory(machine), clock(machine)]);
}

function system({ glibc, arch }: Machine): Check {
  if (glibc === undefined)
    return bad('system', `Linux on ${arch}, without glibc`, 'Use Debian, Ubuntu, Fedora or another Linux with glibc.');
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  const says = `Linux on ${arch}, glibc ${glibc}`;
  return major > OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor >= OLDEST_GLIBC[1])
    ? ok('system', says)
    : bad('system', says, `Vidette needs glibc ${OLDEST_GLIBC.join('.')} or newer: upgrade the system.`);
}

function node({ node: version }: Machine): Check {
  return Number(version.split('.')[0]) === NODE_MAJOR
    ? ok('Node', version)
    : warn(
        'Node',
        `${version}, not ${NODE_MAJOR}`,
        'Start Vidette by its own command: it brings the Node that it needs.',
      );
}

function memory({ memory: bytes }: Machine): Check {
  const says = `${(bytes / 1_000_000_000).toFixed(1)} GB to be had`;
  if (bytes < LEAST_MEMORY)
    return bad('memory', says, 'End other programs or add memory; Vidette needs 0.5 GB, and 1.5 GB to make clips.');
  return bytes < COMFORTABLE_MEMORY
    ? warn('memory', says, 'Recording works; clips of large pictures may fail. 1.5 GB are comfortable.')
    : ok('memory', says);
}

function clock({ now, clockKept }: Machine): Check {
  const says = new Date(now).toISOString();
  if (now < EARLIEST)
    return bad('clock', `${says}, which cannot be right`, 'Set it (timedatectl set-ntp true): footage is named by it.');
  if (clockKept === false)
    return warn('clock', `${says}, not kept right`, 'Let it be set from the network: timedatectl set-ntp true');
  return ok('clock', clockKept ? `${says}, kept right` : `${says} (this system does not say what keeps it right)`);
}

async function isClockKept(): Promise<boolean | undefined> {
  if (existsSync('/run/systemd/timesync/synchronized')) return true;
  try {
    const asked = promisify(execFile)('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], {
      timeout: 3000,
      env: withoutSecrets(process.env),
    });
    const answer = (await asked).stdout.trim();
    return answer === 'yes' ? true : answer === 'no' ? false : undefined;
  } catch (error) {
    // No systemd here: nobody can be asked.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
