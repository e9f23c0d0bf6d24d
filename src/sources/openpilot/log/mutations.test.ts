/**
 * Logs that were damaged in every way: no crash, no hang, no memory without bound, and whatever is drawn of them is made of numbers.
 * 10,000 in CI; `VIDETTE_MUTATIONS` says how many.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import type { Layout } from '../../../../test/openpilot/message-builder.ts';
import { minuteLogs, picturesOf } from '../../../../test/openpilot/minute-log.ts';
import { compress } from '../../../../test/openpilot/route.ts';
import { type LogYear, shapeOf } from '../../../../test/openpilot/shape.ts';
import { makeWorld, steadyDriving } from '../../../../test/openpilot/world.ts';
import { InputError } from '../../../base/errors.ts';
import type { FrameState } from '../frame-state.ts';
import { driveInfo } from '../timeline/drive-info.ts';
import { minuteEvents } from '../timeline/minute-events.ts';
import { summarizeMinute } from '../timeline/minute-summary.ts';
import { MinuteTimeline } from '../timeline/minute-timeline.ts';
import { readLog } from './read-log.ts';

const COUNT = Number(process.env.VIDETTE_MUTATIONS ?? (process.env.CI ? 10_000 : 2500));
const MOST_CPU_MS = 2000;

const world = makeWorld({
  bookmarks: [0.5],
  lead: () => ({ distance: 40, left: 0, relativeSpeed: -2 }),
  place: () => ({ latitude: 52.5, longitude: 13.4 }),
  drive: (t) => ({
    ...steadyDriving,
    alert: t > 0.5 ? { size: 'mid', status: 'userPrompt', text1: 'Take Control', text2: '', type: 'a/warning' } : null,
  }),
});

function logOf(year: LogYear, kind: 'rlog' | 'qlog', layout: Layout = 'single'): Uint8Array {
  return minuteLogs(world, picturesOf(world, 1).slice(0, 24), { shape: shapeOf(year), layout })[kind];
}

const bases = [
  logOf(2026, 'rlog'),
  logOf(2026, 'qlog'),
  logOf(2021, 'rlog'),
  logOf(2019, 'rlog'),
  logOf(2022, 'rlog', 'far'),
  logOf(2024, 'rlog', 'double-far'),
];

/** Repeatable numbers from 0 to below 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const EXTREMES = [0, 1, 2, 3, 6, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0x7fc00000, 0x7f800000, 0xffff0000];

/** Flipped bits, extreme words, pieces that are missing, doubled or swapped, an end that came early. */
function mutate(base: Uint8Array, random: () => number): Uint8Array {
  let bytes = Buffer.from(base);
  const below = (limit: number): number => Math.floor(random() * limit);
  const changes = 1 + below(random() < 0.2 ? 200 : 6);
  for (let change = 0; change < changes && bytes.length > 16; change++) {
    const at = below(bytes.length - 8);
    const word = at & ~3;
    const length = below(Math.min(2000, bytes.length - at));
    switch (below(9)) {
      case 0:
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
      case 3:
        bytes.writeUInt32LE(EXTREMES[below(EXTREMES.length)] ?? 0, word);
        break;
      case 4:
        bytes.writeUInt32LE(below(0xffffffff), word);
        break;
      case 5:
        // One pointer in place of another.
        bytes.copy(bytes, word, below(bytes.length - 8) & ~3, (below(bytes.length - 8) & ~3) + 8);
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 7:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      default:
        if (random() < 0.3) bytes = bytes.subarray(0, at + 8);
    }
  }
  return bytes;
}

function sound(state: FrameState): void {
  const numbers = [state.speed, state.steeringAngleDeg, state.routeSeconds, state.frameId, state.setSpeed ?? 0];
  for (const { distance, left, relativeSpeed } of state.leads) numbers.push(distance, left, relativeSpeed);
  if (state.calibration) numbers.push(...state.calibration.rpy, state.calibration.height);
  const { model } = state;
  for (const curve of model ? [model.path, ...model.laneLines, ...model.roadEdges] : []) {
    assert.ok(curve.x.length <= 256 && curve.y.length === curve.x.length && curve.z.length === curve.x.length);
    numbers.push(...curve.x, ...curve.y, ...curve.z);
  }
  if (model) {
    assert.ok(model.path.t.length === model.path.x.length && model.acceleration.length === model.path.x.length);
    numbers.push(...model.path.t, ...model.acceleration);
  }
  assert.ok(numbers.every(Number.isFinite));
}

/** Everything that is done with a log. @returns whether anything could be read */
async function useUp(bytes: Uint8Array): Promise<boolean> {
  let log: Awaited<ReturnType<typeof readLog>>;
  try {
    log = await readLog(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
  const own = minuteEvents({ rlog: log, qlog: null }) ?? assert.fail();
  for (const fullRate of [true, false]) {
    const minute = new MinuteTimeline({ segment: 0, own, around: own, fullRate, info: driveInfo([own]) });
    for (const picture of [0, 9, 23, 5000]) sound(minute.state(picture));
    minute.otherCamera('wide', 3);
  }
  const summary = summarizeMinute(0, log);
  assert.ok(Number.isFinite(summary.end) && Number.isFinite(summary.distance));
  return true;
}

test(`${COUNT} damaged logs: no crash, no hang, bounded memory`, async (context) => {
  let read = 0;
  let longest = 0;
  let most = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const random = randomOf(seed);
    const base = bases[seed % bases.length] ?? assert.fail();
    // A fifth are damaged after they were packed.
    const packed = seed % 5 === 4;
    const bytes = mutate(packed ? zstdCompressSync(base) : base, random);
    const before = process.cpuUsage();
    try {
      if (await useUp(bytes)) read++;
    } catch (error) {
      throw new Error(`the log of seed ${seed} is not survived`, { cause: error });
    }
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    assert.ok((user + system) / 1000 < MOST_CPU_MS, `the log of seed ${seed} took ${(user + system) / 1000} ms`);
    if (seed % 100 === 0) most = Math.max(most, process.memoryUsage().rss);
  }
  context.diagnostic(
    `${read} could be read in part; longest ${longest.toFixed(0)} ms of CPU; ${(most / 1e6).toFixed(0)} MB`,
  );
  assert.ok(read > COUNT / 2, `${read} of ${COUNT} could be read`);
  assert.ok(most < 700e6, `${most} bytes of memory`);
});

const noBzip2 = spawnSync('bzip2', ['--version']).error ? 'bzip2 is not installed' : false;

test('damaged bzip2 is survived by its thread and by those who wait for it', { skip: noBzip2 }, async () => {
  const packed = compress(Buffer.concat(bases), 'bz2');
  for (let seed = 0; seed < Math.min(25, COUNT); seed++) await useUp(mutate(packed, randomOf(seed)));
});
