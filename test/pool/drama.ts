/**
 * Cameras on several recorder processes: two are killed, one is paused, two come. What is measured: from the last stored frame of the one to
 * the first stored frame of the next, whether any moment is shown twice, and what became of the footage that came late.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { entry } from '../../src/base/entry.ts';
import { silentLog } from '../../src/base/log.ts';
import { openCatalog } from '../../src/catalog/connection.ts';
import { type Interval, piecesOf } from '../../src/catalog/fencing.ts';
import { routes } from '../../src/contract/routes.ts';
import { startPostgres } from '../../src/hub/postgres/server.ts';
import { recorderEnvironment, recorderExecArgv } from '../../src/sources/camera/recorder/exec-argv.ts';
import { marksIn } from '../faults/harness/marks.ts';
import { readFrames, readGaps } from '../faults/harness/read-back.ts';
import { startCameraProcess } from '../rtsp/camera-process.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { missingForNoReason } from './missing.ts';

export interface DramaOptions {
  readonly cameras: number;
  readonly pauseMs: number;
  /** Connection string of a server; undefined: the embedded one. */
  readonly database?: string;
  /** Cameras whose frames are read back over the API. */
  readonly readBack: number;
  readonly say: (line: string) => void;
}

/** One camera that lost its recorder. */
export interface TakeOver {
  readonly camera: string;
  readonly event: 'killed' | 'paused';
  /** From the last stored frame before the event to the first one stored by another recorder. */
  readonly gapMs: number;
}

export interface DramaResult {
  readonly takeOvers: readonly TakeOver[];
  /** Cameras that were given to the two that came, with overlap. */
  readonly moved: number;
  /** Cameras of each recorder at the end. */
  readonly loads: readonly number[];
  /** Pairs of published segments of one track that overlap, and frames that the API showed twice or out of order. */
  readonly shownTwice: readonly string[];
  /** Frames missing from what the API shows, of cameras whose recorder lived, or without the timeline saying why. */
  readonly missing: readonly string[];
  /** Published footage of a recorder after another one's first frame. */
  readonly lateShown: readonly string[];
  readonly shadows: number;
  readonly framesRead: number;
}

interface Row {
  readonly key: string;
  readonly token: number;
  readonly state: string;
  readonly shown_from: number;
  readonly shown_to: number;
  readonly hidden: readonly Interval[] | null;
  readonly track_id: number;
}

interface Process {
  readonly id: string;
  readonly child: ChildProcess;
}

interface Event {
  readonly what: 'killed' | 'paused';
  readonly recorder: string;
  /** UTC ms. */
  readonly at: number;
  readonly cameras: readonly string[];
}

const FPS = 15;
const FRAME_MS = 1000 / FPS;
/** Until then another has taken over, on a busy machine too. */
const TAKE_OVER_MS = 10_000;

export async function play(options: DramaOptions): Promise<DramaResult> {
  const { cameras, pauseMs, database, say } = options;
  const camera = await startCameraProcess({ fixture: 'h264-360p', cameras, stagger: true });
  const recorders: Process[] = [];
  let system: System | undefined;
  try {
    system = await startVidette({
      env: {
        VIDETTE_RECORDERS: '0',
        VIDETTE_SEGMENT_SECONDS: '10',
        VIDETTE_FLOOR_BYTES: '1000000',
        ...(database === undefined ? {} : { VIDETTE_DATABASE: database }),
      },
    });
    const api = await system.api();
    const { secret } = await api.call(routes.createToken, { body: { name: 'recorders', scope: 'recorder' } });
    const start = (): void => {
      recorders.push(startRecorder(String(system?.url), String(system?.data), secret));
    };
    const names = Array.from({ length: cameras }, (_, at) => `cam${at}`);
    for (const [at, name] of names.entries())
      await api.call(routes.createCamera, { body: { name, url: camera.urls[at] ?? '', transport: 'tcp' } });
    const loads = async (): Promise<Map<string, number>> =>
      new Map((await api.call(routes.system, {})).recorders.map(({ id, cameras: held }) => [id, held]));
    const recording = async (withinMs = 90_000): Promise<void> => {
      await untilFound(async () => {
        const list = await api.call(routes.listCameras, {});
        return list.every((one) => one.state.status === 'recording') || undefined;
      }, withinMs);
    };
    const heldBy = async (id: string): Promise<string[]> =>
      (await api.call(routes.listCameras, {})).filter((one) => one.state.recorder === id).map((one) => one.name);

    for (let number = 0; number < 4; number++) start();
    await recording();
    await balanced(
      loads,
      recorders.map(({ id }) => id),
      cameras,
    );
    say(`${cameras} cameras on 4 recorders: ${[...(await loads()).values()].join(', ')}`);
    await sleep(3000);

    const events: Event[] = [];
    const hit = async (process: Process, what: Event['what'], signal: NodeJS.Signals): Promise<void> => {
      const before = await heldBy(process.id);
      process.child.kill(signal);
      const at = Date.now();
      // One that was handed over to it just then is said to be its own only now.
      const held = [...new Set([...before, ...(await heldBy(process.id))])];
      events.push({ what, recorder: process.id, at, cameras: held });
    };
    const [one, two, three] = recorders;
    if (!one || !two || !three) throw new Error('there are no recorders');
    await hit(one, 'killed', 'SIGKILL');
    await sleep(700);
    await hit(two, 'killed', 'SIGKILL');
    await sleep(4500);
    await recording();
    await hit(three, 'paused', 'SIGSTOP');
    await sleep(pauseMs);
    three.child.kill('SIGCONT');
    say(`two killed, one paused for ${pauseMs / 1000} s`);
    await sleep(4000);
    for (let number = 0; number < 2; number++) start();
    const alive = recorders.slice(2).map(({ id }) => id);
    await balanced(loads, alive, cameras);
    await recording();
    await sleep(1500);
    const last = await loads();
    say(`two more: ${alive.map((id) => last.get(id) ?? 0).join(', ')}`);

    const until = Date.now();
    for (const process of recorders) await end(process);
    const twice: string[] = [];
    const missing: string[] = [];
    let framesRead = 0;
    const losses = events.map(({ at, cameras: hurt }) => ({ from: at, to: at + TAKE_OVER_MS, cameras: hurt }));
    for (const name of names.slice(0, options.readBack)) {
      const [from, to] = [(events[0]?.at ?? until) - 3000, until - 2000];
      const frames = await readFrames(system, name, FRAME_MS, from, to);
      framesRead += frames.length;
      for (const [index, frame] of frames.entries()) {
        const before = frames[index - 1];
        if (before === undefined) continue;
        if (frame.number <= before.number) twice.push(`${name}: frame ${frame.number} after ${before.number}`);
      }
      const gaps = await readGaps(api, name, from, to);
      missing.push(...missingForNoReason(name, frames, gaps, losses, FRAME_MS));
    }
    await system.stop();
    const rows = await readRows(system.data, database);
    const moved = alive.slice(1).reduce((sum, id) => sum + (last.get(id) ?? 0), 0);
    return {
      takeOvers: takeOversIn(rows, system.data, events),
      moved,
      loads: alive.map((id) => last.get(id) ?? 0),
      shownTwice: [...overlaps(rows), ...twice],
      missing,
      lateShown: lateIn(rows),
      shadows: rows.filter(({ state }) => state === 'shadow').length,
      framesRead,
    };
  } finally {
    for (const { child } of recorders) child.kill('SIGKILL');
    await system?.[Symbol.asyncDispose]();
    await camera.stop();
  }
}

function startRecorder(hub: string, data: string, token: string): Process {
  const id = randomUUID();
  const child = fork(entry(import.meta.url, '../../src/sources/camera/recorder.main'), [], {
    execArgv: [...recorderExecArgv],
    env: { ...process.env, ...recorderEnvironment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({
    hub,
    token,
    id,
    libraryDir: join(data, 'library'),
    spoolDir: join(data, 'far', id),
    logFile: join(data, 'logs', `far-${id}.log`),
    capacity: 64,
  });
  return { id, child };
}

async function end({ child }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Waits until the hub counts these recorders, and they share the cameras about evenly. */
async function balanced(
  loads: () => Promise<Map<string, number>>,
  ids: readonly string[],
  cameras: number,
): Promise<void> {
  await untilFound(async () => {
    const now = await loads();
    const held = ids.map((id) => now.get(id) ?? 0);
    const all = held.reduce((sum, count) => sum + count, 0) === cameras;
    return (all && Math.max(...held) - Math.min(...held) <= 3) || undefined;
  }, 60_000);
}

async function readRows(data: string, database: string | undefined): Promise<Row[]> {
  const dataDir = join(data, 'postgres');
  const server =
    database === undefined
      ? await startPostgres({ dataDir, log: silentLog, logFile: join(data, 'test.log') })
      : undefined;
  try {
    await using catalog = openCatalog({ connection: server?.url ?? database ?? '', log: silentLog });
    const { rows } =
      await sql<Row>`select key, token, state, shown_from, shown_to, hidden, track_id from segments order by track_id, shown_from`.execute(
        catalog.db,
      );
    return rows;
  } finally {
    await server?.stop();
  }
}

/** A piece of a published segment. */
interface Piece extends Interval {
  readonly row: Row;
}

function piecesIn(rows: readonly Row[]): Piece[] {
  return rows
    .filter(({ state }) => state === 'published')
    .flatMap((row) => piecesOf(row).map((at) => ({ ...at, row })));
}

/** Pieces of a track that share a moment. */
function overlaps(rows: readonly Row[]): string[] {
  const found: string[] = [];
  const pieces = piecesIn(rows).sort((a, b) => a.row.track_id - b.row.track_id || a.from - b.from);
  for (const [at, { row, from }] of pieces.entries()) {
    const before = pieces[at - 1];
    if (before?.row.track_id === row.track_id && before.to > from)
      found.push(`${before.row.key} and ${row.key}: ${before.to - from} ms`);
  }
  return found;
}

/** Of each lease: nothing is shown after what a later lease shows first, but where that one has ended. */
function lateIn(rows: readonly Row[]): string[] {
  const leases = new Map<string, { track: number; token: number; from: number; to: number }>();
  const pieces = piecesIn(rows);
  for (const { row, from, to } of pieces) {
    const name = `${row.track_id}/${row.token}`;
    const known = leases.get(name);
    leases.set(name, {
      track: row.track_id,
      token: row.token,
      from: Math.min(from, known?.from ?? from),
      to: Math.max(to, known?.to ?? to),
    });
  }
  return pieces.flatMap(({ row, from, to }) =>
    [...leases.values()]
      .filter((lease) => lease.track === row.track_id && lease.token > row.token && to > lease.from && from < lease.to)
      .map((lease) => `${row.key} (${row.token}) among what ${lease.token} shows`),
  );
}

/** By the frames that are in the files, whether they are shown or not. */
function takeOversIn(rows: readonly Row[], data: string, events: readonly Event[]): TakeOver[] {
  const frames = new Map<string, { token: number; sentAt: number }[]>();
  for (const { key, token } of rows) {
    const camera = key.split('/')[0] ?? '';
    const list = frames.get(camera) ?? [];
    for (const { sentAt } of marksIn(readFileSync(join(data, 'library', key)))) list.push({ token, sentAt });
    frames.set(camera, list);
  }
  return events.flatMap(({ what, at, cameras }) =>
    cameras.map((camera) => {
      const list = frames.get(camera) ?? [];
      const old = list.filter(({ sentAt }) => sentAt <= at);
      const last = Math.max(...old.map(({ sentAt }) => sentAt));
      const token = Math.max(...old.map((frame) => frame.token));
      const first = Math.min(...list.filter((frame) => frame.token > token).map(({ sentAt }) => sentAt));
      return { camera, event: what, gapMs: first - last };
    }),
  );
}

/** What is to be seen at a glance. */
export function table(result: DramaResult): string[] {
  const lines = (['killed', 'paused'] as const).map((event) => {
    const gaps = result.takeOvers.filter((one) => one.event === event).map(({ gapMs }) => gapMs);
    gaps.sort((a, b) => a - b);
    const at = (share: number): string => ((gaps[Math.floor((gaps.length - 1) * share)] ?? 0) / 1000).toFixed(2);
    return `${event}: ${gaps.length} cameras taken over; from last to first stored frame median ${at(0.5)} s, longest ${at(1)} s (bound: 5 s)`;
  });
  return [
    ...lines,
    `at the end ${result.loads.join(', ')} cameras on the paused one, the one that was left alone and two that came`,
    `shown twice: ${result.shownTwice.length}; late footage shown: ${result.lateShown.length}; shadows: ${result.shadows}; ` +
      `frames read over the API: ${result.framesRead}, missing for no reason: ${result.missing.length}`,
  ];
}
