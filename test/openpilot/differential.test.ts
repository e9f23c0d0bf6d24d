/**
 * Every field that is decoded equals what Cap'n Proto's own program says with openpilot's schema: on all real logs that are there, and on generated
 * ones of every year for the events that those do not hold.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decompress } from '../../src/sources/openpilot/log/decompress.ts';
import { decoders, type EventKind } from '../../src/sources/openpilot/log/events.ts';
import { readLog } from '../../src/sources/openpilot/log/read-log.ts';
import { expected } from './expected-events.ts';
import { minuteLogs, picturesOf } from './minute-log.ts';
import { capnpDecode, realDrives, withoutOracle } from './oracle.ts';
import { shapeOf } from './shape.ts';
import { makeWorld, steadyDriving } from './world.ts';

interface Compared {
  fields: number;
  readonly events: Map<EventKind, number>;
}

const seen = new Set<EventKind>();

/** @param raw without compression */
async function compare(raw: Uint8Array, source: string | Uint8Array): Promise<Compared> {
  const log = await readLog(source);
  assert.equal(log.skipped, 0);
  const decoded = await capnpDecode(raw);
  assert.equal(
    [...log.counts.values()].reduce((sum, count) => sum + count, 0),
    decoded.length,
    'as many messages',
  );
  const should = new Map<EventKind, ({ time: number } & Record<string, unknown>)[]>();
  for (const event of decoded) {
    const name = Object.keys(event).find((key) => key !== 'logMonoTime' && key !== 'valid') ?? '';
    const found = expected[name];
    if (!found) continue;
    const [kind, make] = found;
    const values = make((event[name] ?? {}) as Record<string, unknown>);
    const list = should.get(kind) ?? [];
    list.push({ time: Number(event.logMonoTime), ...values });
    should.set(kind, list);
  }
  const compared: Compared = { fields: 0, events: new Map() };
  for (const kind of Object.keys(decoders) as EventKind[]) {
    const list = (should.get(kind) ?? []).sort((one, other) => one.time - other.time);
    assert.equal(log.events[kind].length, list.length, `as many of ${kind}`);
    for (const [index, event] of log.events[kind].entries()) {
      compared.fields += same(event, list[index], `${kind} ${index}`);
    }
    if (list.length > 0) {
      compared.events.set(kind, list.length);
      seen.add(kind);
    }
  }
  return compared;
}

/** @returns how many numbers, flags and texts were compared */
function same(actual: unknown, should: unknown, where: string): number {
  if (typeof actual === 'number' && !Number.isInteger(actual)) {
    if (!Object.is(actual, should))
      assert.ok(prints(actual, should), `${where}: ${actual} is not printed as ${should}`);
    return 1;
  }
  if (typeof actual !== 'object' || actual === null) {
    assert.equal(actual, should, where);
    return 1;
  }
  assert.ok(typeof should === 'object' && should !== null, where);
  const keys = Object.keys(actual);
  assert.deepEqual(keys.sort(), Object.keys(should).sort(), where);
  let fields = 0;
  for (const key of keys)
    fields += same(actual[key as keyof typeof actual], should[key as keyof typeof should], `${where}, ${key}`);
  return fields;
}

/** Of a 32-bit float capnp prints six digits, or eight where those are not enough: the same float, or as near as eight digits can be. */
function prints(value: number, text: unknown): boolean {
  if (typeof text === 'number' && Math.fround(text) === value) return true;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 7);
  return typeof text === 'number' && Math.abs(value - text) <= (unit / 2) * (1 + 1e-6);
}

function report(context: TestContext, { fields, events }: Compared): void {
  context.diagnostic(`${fields} fields of ${[...events].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
}

const real =
  realDrives === null
    ? []
    : readdirSync(realDrives).flatMap((drive) =>
        drive === 'schema' ? [] : readdirSync(join(realDrives ?? '', drive)).map((file) => `${drive}/${file}`),
      );
const logs = real.filter((path) => /\/[rq]log/.test(path));

test('there are real logs to compare with', { skip: withoutOracle }, () => assert.ok(logs.length >= 7));

for (const path of logs)
  test(`the real ${path} is decoded as capnp does`, { skip: withoutOracle }, async (context) => {
    const source = join(realDrives ?? '', path);
    const chunks: Uint8Array[] = [];
    await decompress(source, { signal: undefined, take: (chunk) => chunks.push(chunk.slice()) > 0 });
    report(context, await compare(Buffer.concat(chunks), source));
  });

const world = makeWorld({
  bookmarks: [15],
  lead: () => ({ distance: 40, left: -0.5, relativeSpeed: -2 }),
  place: () => ({ latitude: 52.5, longitude: 13.4 }),
  rightHandDrive: true,
  drive: (t) => ({
    ...steadyDriving,
    speed: 12.34 + t,
    acceleration: -0.3,
    steeringAngleDeg: -4.5,
    gas: t > 1,
    brake: t < 1,
    leftBlinker: true,
    state: t < 1 ? 'preEnabled' : 'overriding',
    experimental: true,
    alert: { size: 'full', status: 'critical', text1: 'BRAKE!', text2: 'Risk of Collision — ü', type: 'fcw/warning' },
  }),
});

for (const year of [2019, 2021, 2022, 2023, 2024, 2026] as const)
  test(`a generated log of ${year} is decoded as capnp does`, { skip: withoutOracle }, async (context) => {
    const pictures = picturesOf(world, 1).slice(280, 340);
    const thumbnail = Uint8Array.from({ length: 500 }, (_, index) => index & 0xff);
    for (const layout of ['single', 'far'] as const) {
      const { rlog, qlog } = minuteLogs(world, pictures, { shape: shapeOf(year), thumbnail, layout });
      report(context, await compare(rlog, rlog));
      await compare(qlog, qlog);
    }
  });

test('every kind of event was compared', { skip: withoutOracle }, () => {
  assert.deepEqual([...seen].sort(), Object.keys(decoders).sort());
});
