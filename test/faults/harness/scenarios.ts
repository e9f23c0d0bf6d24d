/** What is made to go wrong, what each may cost, and which causes the timeline may give for it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { routes } from '../../../src/contract/routes.ts';
import { allProcessesOf, type Role, untilFound } from '../../system/vidette.ts';
import type { Line, Stage, StageOptions } from './stage.ts';

/** By the cameras' clock. */
export interface When {
  readonly from: number;
  readonly to: number;
  /** When the hub answered again, where that is worth a word in the table. */
  readonly backAt?: number;
  /** What went wrong beside the footage. */
  readonly wrong?: string;
}

export interface Scenario {
  readonly id: string;
  /** What happens, for people. */
  readonly title: string;
  /** Cameras that it touches; absent: all. */
  readonly lines?: readonly string[];
  readonly causes: readonly string[];
  /**
   * What of the frames that were sent may be missing. `none` · `flight`: what was on its way when the connection broke · `packets`: frames
   * that packets are missing from · `fragment`: on a kill, at most one fragment before it · `held`: while the disk is full, all but the
   * last ten seconds.
   */
  readonly mayLose: 'none' | 'flight' | 'packets' | 'fragment' | 'held';
  /** Whether the peer has such a part at all; absent: it has. */
  readonly peer?: false;
  act(stage: Stage): Promise<When>;
}

const HOUR = 3_600_000;
const READY_MS = 90_000; /** The hub answers again so soon after there is space. */
const BACK_MS = 10_000;

/** Seconds that faults last; the short form has shorter ones. */
export interface Lengths {
  readonly freeze: number;
  readonly stop: number;
  readonly full: number;
  readonly loss: number;
  readonly stuck: number;
  readonly clock: number;
}
/** A camera counts as frozen after ten seconds: less would not be noticed. */
export const SHORT: Lengths = { freeze: 13, stop: 5, full: 10, loss: 8, stuck: 6, clock: 5 };
export const WHOLE: Lengths = { freeze: 30, stop: 20, full: 60, loss: 30, stuck: 20, clock: 15 };

/** Those that touch one camera each, and can happen at the same time. */
export function cameraFaults(lengths: Lengths): Scenario[] {
  return [
    {
      id: 'freeze',
      title: `the camera freezes for ${lengths.freeze} s, its connection stays`,
      causes: ['frozen'],
      mayLose: 'none',
      lines: ['freeze'],
      act: (stage) => lasting(stage, 'freeze', lengths.freeze, { kind: 'freeze', seconds: lengths.freeze }),
    },
    {
      id: 'reboot',
      title: 'the camera is killed and is back after 10 s',
      causes: ['disconnected', 'unreachable'],
      mayLose: 'flight',
      lines: ['reboot'],
      async act(stage) {
        const from = Date.now();
        await stage.source('reboot').reboot(10_000);
        return { from, to: Date.now() };
      },
    },
    {
      id: 'reset',
      title: 'the connection is reset',
      causes: ['disconnected'],
      mayLose: 'flight',
      lines: ['reset'],
      act: (stage) => lasting(stage, 'reset', 0, { kind: 'reset' }),
    },
    {
      id: 'garbage',
      title: '2 kB of garbage in the stream',
      causes: ['garbage', 'disconnected'],
      mayLose: 'flight',
      lines: ['garbage'],
      act: (stage) => lasting(stage, 'garbage', 0, { kind: 'garbage', bytes: 2000 }),
    },
    {
      id: 'loss',
      title: `5 % of the packets are lost for ${lengths.loss} s (UDP)`,
      causes: ['loss'],
      mayLose: 'packets',
      lines: ['loss'],
      act: (stage) =>
        lasting(stage, 'loss', lengths.loss, { kind: 'loss', percent: 5, seconds: lengths.loss, seed: 7 }),
    },
    {
      id: 'stuck',
      title: `RTP time stands still for ${lengths.stuck} s`,
      causes: [],
      mayLose: 'none',
      lines: ['stuck'],
      act: (stage) => lasting(stage, 'stuck', lengths.stuck, { kind: 'stuck', seconds: lengths.stuck }),
    },
    {
      id: 'change',
      title: 'size and parameter sets change, and back',
      causes: [],
      mayLose: 'none',
      lines: ['change'],
      async act(stage) {
        const from = Date.now();
        await stage.fault('change', { kind: 'change' });
        await sleep(7000);
        await stage.fault('change', { kind: 'change' });
        return { from, to: Date.now() };
      },
    },
    {
      id: 'b-frames',
      title: 'a camera with B-frames',
      causes: [],
      mayLose: 'none',
      lines: ['b-frames'],
      act: async () => ({ from: Date.now(), to: Date.now() }),
    },
  ];
}

/** Those that touch everything, in turns. */
export function systemFaults(lengths: Lengths): Scenario[] {
  return [
    {
      id: 'stop',
      title: `the recorder is stopped (SIGSTOP) for ${lengths.stop} s`,
      causes: ['recorder'],
      mayLose: 'none',
      act: (stage) => paused(stage, lengths.stop),
    },
    ...([1, -1] as const).map(
      (sign): Scenario => ({
        id: sign > 0 ? 'clock-forward' : 'clock-back',
        title: `the clock is set ${sign > 0 ? 'forward' : 'back'} by 1 h, and right again after ${lengths.clock} s`,
        causes: ['clock'],
        mayLose: 'none',
        act: (stage) => stepped(stage, sign * HOUR, lengths.clock),
      }),
    ),
    {
      id: 'full',
      title: `the volume of library and PostgreSQL is full for ${lengths.full} s`,
      causes: ['disk'],
      mayLose: 'held',
      act: (stage) => full(stage, lengths.full),
    },
    {
      id: 'full-crash',
      title: `the volume is full for ${lengths.full / 2} s, and PostgreSQL dies of it`,
      causes: ['disk'],
      mayLose: 'held',
      act: (stage) => full(stage, lengths.full / 2, 'postgres'),
    },
    ...(['recorder', 'hub', 'postgres', 'everything'] as const).map(
      (what): Scenario => ({
        id: `kill-${what}`,
        title: what === 'everything' ? '`kill -9` of everything at once' : `\`kill -9\` of ${KILLED[what]}`,
        causes: ['recorder', 'no-recorder'],
        mayLose: what === 'recorder' || what === 'everything' ? 'fragment' : 'none',
        ...(what === 'hub' || what === 'postgres' ? { peer: false as const } : {}),
        act: (stage) => killed(stage, what),
      }),
    ),
  ];
}

const KILLED = { recorder: 'the recorder', hub: 'the hub', postgres: 'PostgreSQL' } as const;

/** The cameras that the scenarios want. */
export const STAGE: Pick<StageOptions, 'sources' | 'lines'> = {
  sources: {
    plain: { fixture: 'h264-360p', alternative: 'h264-240p' },
    reboot: { fixture: 'h264-360p' },
    'b-frames': { fixture: 'h264-360p-b' },
    'full-hd': { fixture: 'h264-1080p' },
  },
  lines: [
    ...['freeze', 'reset', 'garbage', 'stuck', 'change'].map((name): Line => ({ name, source: 'plain' })),
    { name: 'loss', source: 'plain', udp: true },
    { name: 'reboot', source: 'reboot' },
    { name: 'b-frames', source: 'b-frames' },
    // 3 Mbit/s: what a full disk holds up does not all fit into memory.
    { name: 'full-hd', source: 'full-hd' },
  ],
};

async function lasting(
  stage: Stage,
  line: string,
  seconds: number,
  fault: Parameters<Stage['fault']>[1],
): Promise<When> {
  const from = Date.now();
  await stage.fault(line, fault);
  await sleep(seconds * 1000);
  return { from, to: from + seconds * 1000 };
}

async function paused(stage: Stage, seconds: number): Promise<When> {
  const { recorder } = await stage.system.pids();
  assert.ok(recorder, 'the recorder runs');
  const pids = [recorder, ...peerPids(stage)];
  const from = Date.now();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await sleep(seconds * 1000);
  } finally {
    for (const pid of pids) signal(pid, 'SIGCONT');
  }
  return { from, to: Date.now() };
}

async function stepped(stage: Stage, byMs: number, seconds: number): Promise<When> {
  const { clock } = stage;
  if (typeof clock === 'string') throw new Error(clock);
  const from = Date.now();
  await clock.step(byMs);
  await sleep(seconds * 1000);
  await stage.recording();
  await clock.step(-byMs);
  return { from, to: Date.now() };
}

/** @param dies what is killed half-way */
async function full(stage: Stage, seconds: number, dies?: Role): Promise<When> {
  const { volume } = stage;
  if (typeof volume === 'string') throw new Error(volume);
  await protect(stage);
  const from = Date.now();
  const fullness = volume.keepFull(AbortSignal.timeout(seconds * 1000));
  if (dies !== undefined) {
    await sleep(seconds * 500);
    const pid = (await stage.system.pids())[dies];
    if (pid !== undefined) signal(pid, 'SIGKILL');
  }
  await fullness;
  const to = Date.now();
  await answering(stage);
  const backAt = Date.now();
  const late = backAt - to > BACK_MS ? { wrong: 'the hub is not back within 10 s of space returning' } : {};
  return { from, to, backAt, ...late };
}

/** Otherwise the oldest footage goes to make room, and the disk is not full for long; also what was recorded while the clock was an hour behind. */
async function protect(stage: Stage): Promise<void> {
  const api = await stage.system.api();
  const [start, end] = [-2 * HOUR, 2 * HOUR].map((by) => new Date(Date.now() + stage.offsetMs + by).toISOString());
  for (const id of stage.names)
    await api.call(routes.createProtection, { params: { id }, body: { start: start ?? '', end: end ?? '' } });
}

async function killed(stage: Stage, what: 'recorder' | 'hub' | 'postgres' | 'everything'): Promise<When> {
  const pids = await stage.system.pids();
  const roles: Role[] = what === 'everything' ? ['hub', 'recorder', 'worker', 'postgres'] : [what];
  const targets = roles.flatMap((role) => pids[role] ?? []);
  assert.equal(targets.length, roles.length, `${what} runs: ${JSON.stringify(pids)}`);
  const all = what === 'everything' ? await allProcessesOf(targets) : targets;
  if (what === 'recorder' || what === 'everything') all.push(...peerPids(stage));
  const from = Date.now();
  for (const pid of all) signal(pid, 'SIGKILL');
  await answering(stage);
  return { from, to: from, backAt: Date.now() };
}

/** Waits until the hub answers, out of its database. */
async function answering(stage: Stage): Promise<void> {
  const api = await stage.system.api();
  await untilFound(async () => {
    try {
      const { database } = await api.call(routes.health, {});
      return database === 'ok' ? await api.call(routes.listTokens, {}) : undefined;
    } catch (error) {
      if (error instanceof Error && (error.name === 'Unavailable' || error.name === 'UserError')) return undefined;
      throw error;
    }
  }, READY_MS);
}

function peerPids(stage: Stage): number[] {
  return [...stage.peers.values()].flatMap(({ pid }) => pid ?? []);
}

/** One that has just ended by itself needs no signal. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
