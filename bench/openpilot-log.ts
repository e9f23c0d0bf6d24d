/**
 * Reading a log of openpilot: a generated minute at full rate with the traffic of its buses, and the real full-rate logs where they are.
 * Ours beside capnp-es with the same fields in the same run, in CPU seconds, median of three turns; bar: five times as fast. And what a minute
 * costs from the packed file to the last picture's state.
 *
 * Needs Debian's capnproto, npm, and openpilot's schema (`../shared/data/openpilot`, or VIDETTE_TEST_DATA).
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decompress } from '../src/sources/openpilot/log/decompress.ts';
import type { EventKind } from '../src/sources/openpilot/log/events.ts';
import { readLog } from '../src/sources/openpilot/log/read-log.ts';
import { DriveTimeline } from '../src/sources/openpilot/timeline/drive-timeline.ts';
import { minuteLogs, picturesOf } from '../test/openpilot/minute-log.ts';
import { realDrives, withoutOracle } from '../test/openpilot/oracle.ts';
import { compress } from '../test/openpilot/route.ts';
import { shapeOf } from '../test/openpilot/shape.ts';
import { makeWorld } from '../test/openpilot/world.ts';
import { buildPeer } from './capnp-es.ts';

if (withoutOracle !== false || realDrives === null) {
  console.log(`Not run: ${withoutOracle}.`);
  process.exit(0);
}

const TURNS = 3;
const BAR = 5;
const KINDS = new Set<EventKind>([
  'modelV2',
  'carState',
  'controlsState',
  'radarState',
  'roadEncodeIdx',
  'wideRoadEncodeIdx',
  'driverEncodeIdx',
  'qRoadEncodeIdx',
]);
/** Decoded by us from the same structs and not read of the peer: they are not compared. */
const NOT_COMPARED = new Set(['vCruise', 'vCruiseCluster']);

interface Total {
  sum: number;
  count: number;
}

async function ours(log: Uint8Array): Promise<Total> {
  const { events } = await readLog(log, { kinds: KINDS });
  const total: Total = { sum: 0, count: 0 };
  for (const kind of KINDS)
    for (const event of events[kind])
      for (const [name, value] of Object.entries(event))
        if (kind !== 'carState' || !NOT_COMPARED.has(name)) addUp(value, total);
  return total;
}

/** Numbers and flags; texts are not added up, and what is not a number counts as 0. */
function addUp(value: unknown, total: Total): void {
  if (value instanceof Float32Array) {
    for (const number of value) total.sum += number || 0;
    total.count += value.length;
  } else if (typeof value === 'number' || typeof value === 'boolean') {
    total.sum += Number(value) || 0;
    total.count++;
  } else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) addUp(part, total);
}

async function cpuSeconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const median = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;

const logs: [string, Uint8Array][] = [];
const world = makeWorld({ lead: () => ({ distance: 40, left: 0, relativeSpeed: 0 }) });
const { rlog } = minuteLogs(world, picturesOf(world, 1), { shape: shapeOf(2023), traffic: true });
logs.push(['generated minute', rlog]);
for (const drive of readdirSync(realDrives).filter((name) => name.startsWith('2021'))) {
  const chunks: Uint8Array[] = [];
  const take = (chunk: Uint8Array): boolean => chunks.push(chunk.slice()) > 0;
  await decompress(join(realDrives, drive, 'rlog.zst'), { signal: undefined, take });
  logs.push([`real ${drive}`, Buffer.concat(chunks)]);
}

const folder = mkdtempSync(join(tmpdir(), 'vidette-bench-'));
try {
  const peer = await buildPeer(folder, join(realDrives, 'schema', 'cereal-2024-06'));
  for (const [name, log] of logs) {
    const [mine, other] = [await ours(log), peer.read(log)];
    const agrees = mine.count === other.count && Math.abs(mine.sum - other.sum) <= 1e-9 * Math.abs(other.sum);
    if (!agrees) throw new Error(`${name}: ${JSON.stringify(mine)} is not ${JSON.stringify(other)}`);
    const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      times.ours.push(await cpuSeconds(() => readLog(log, { kinds: KINDS })));
      times.peer.push(await cpuSeconds(() => peer.read(log)));
    }
    const [one, two] = [median(times.ours), median(times.peer)];
    const megabytes = log.length / 1e6;
    console.log(
      `${name}, ${megabytes.toFixed(1)} MB, ${mine.count} fields: ours ${one.toFixed(3)} s (${(megabytes / one).toFixed(0)} MB/s), ` +
        `capnp-es ${two.toFixed(3)} s (${(megabytes / two).toFixed(0)} MB/s): ${(two / one).toFixed(1)} times as fast`,
    );
    if (two / one < BAR) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

for (const how of ['none', 'zst', 'bz2'] as const) {
  const packed = compress(rlog, how);
  const times: number[] = [];
  for (let turn = 0; turn < TURNS; turn++)
    times.push(
      await cpuSeconds(async () => {
        const minute = await new DriveTimeline({ files: new Map([[0, { rlog: packed, qlog: null }]]) }).minute(0);
        for (let picture = 0; picture < 1200; picture++) minute?.state(picture);
      }),
    );
  console.log(
    `a minute of ${how} (${(packed.length / 1e6).toFixed(1)} MB) to the states of its 1200 pictures: ${median(times).toFixed(2)} s of CPU`,
  );
}
if (process.exitCode) console.log(`Bar not held: ${BAR} times as fast as capnp-es.`);
