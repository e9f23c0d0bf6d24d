/** The generated drives against Cap'n Proto's own program: whatever else is tested with them rests on this. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { Layout } from './message-builder.ts';
import { minuteLogs, picturesOf } from './minute-log.ts';
import { capnpDecode, withoutOracle } from './oracle.ts';
import { compress, writeRoute } from './route.ts';
import { type LogYear, shapeOf } from './shape.ts';
import { makeWorld, steadyDriving, straightRoad } from './world.ts';

const world = makeWorld({
  lostFrames: new Set([7, 8]),
  lostModels: new Set([20]),
  bookmarks: [1.5],
  road: () => ({ ...straightRoad, curvature: 0.001 }),
  drive: (t) => ({
    ...steadyDriving,
    state: t < 2 ? 'disabled' : 'enabled',
    alert:
      t < 1
        ? null
        : { size: 'mid', status: 'userPrompt', text1: 'Take Control', text2: 'Turn Exceeds Limit', type: 'a/warning' },
  }),
  lead: () => ({ distance: 40, left: 0.5, relativeSpeed: -2 }),
  place: () => ({ latitude: 52.5, longitude: 13.4 }),
});

const pictures = picturesOf(world, 1).slice(0, 60);

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

type Decoded = Record<string, Record<string, unknown>>;

/** Names of the events that a log of the year must hold, as the schema of 2026 calls them. */
const holds: Record<LogYear, string[]> = {
  2019: ['model', 'controlsState', 'narrowRoadEncodeIdx', 'extrinsicsCalibration', 'gpsLocation'],
  2021: ['modelV2', 'controlsState', 'narrowRoadEncodeIdx', 'liveLocationKalmanDEPRECATED'],
  2022: ['modelV2', 'qNarrowRoadEncodeIdx', 'driverStateV2', 'driverMonitoringStateDEPRECATED'],
  2023: ['modelV2', 'qNarrowRoadEncodeIdx', 'driverStateV2', 'driverMonitoringStateDEPRECATED'],
  2024: ['modelV2', 'drivingModelData', 'selfdriveState', 'driverMonitoringStateDEPRECATED'],
  2026: ['modelV2', 'drivingModelData', 'selfdriveState', 'driverMonitoringState', 'bookmarkButton'],
};

for (const year of [2019, 2021, 2022, 2023, 2024, 2026] as const)
  test(`a generated log of ${year} is what capnp reads`, { skip: withoutOracle }, async () => {
    const { rlog } = minuteLogs(world, pictures, { shape: shapeOf(year) });
    const events = (await capnpDecode(rlog)) as Decoded[];
    const named = (name: string) => events.filter((event) => name in event).map((event) => event[name] ?? {});
    for (const name of [...holds[year], 'initData', 'carParams', 'carState', 'radarState', 'userBookmark'])
      assert.ok(named(name).length > 0, name);
    assert.deepEqual(named('initData')[0]?.dongleId, bytes(world.dongleId));
    assert.deepEqual(named('carParams')[0]?.carFingerprint, bytes(world.car));
    assert.equal(named('carParams')[0]?.openpilotLongitudinalControl, true);
    assert.deepEqual(
      named('narrowRoadEncodeIdx')
        .map(({ frameId, segmentId }) => [Number(frameId), Number(segmentId)])
        .sort(([one = 0], [other = 0]) => one - other),
      [...pictures.keys()].map((index) => [world.firstFrameId + index + (index < 7 ? 0 : 2), index]),
    );
    const models = named(year === 2019 ? 'model' : 'modelV2');
    assert.equal(models.length, 59);
    const [model] = models as { laneLines: { x: number[]; y: number[]; z: number[] }[]; laneLineProbs: number[] }[];
    if (year !== 2019) {
      assert.equal(model?.laneLines.length, 4);
      const { x, y, z } = model?.laneLines[2] ?? assert.fail();
      for (let at = 0; at < 33; at++) assert.ok(Math.abs((y[at] ?? 0) - 1.8 - 0.0005 * (x[at] ?? 0) ** 2) < 1e-4);
      assert.ok(Math.abs((z[32] ?? 0) - world.height) < 1e-6);
    }
    const shown = named(year >= 2024 ? 'selfdriveState' : 'controlsState').map((state) =>
      year >= 2024 ? state : (state.deprecated as Record<string, unknown>),
    );
    assert.equal(shown[0]?.state, 'disabled');
    assert.equal(shown.at(-1)?.state, 'enabled');
    assert.deepEqual(shown.at(-1)?.alertText1, bytes('Take Control'));
    assert.equal(shown.at(-1)?.alertSize, 'mid');
    const { leadOne } = (named('radarState')[0] ?? {}) as { leadOne: Record<string, unknown> };
    assert.deepEqual([leadOne.dRel, leadOne.yRel, leadOne.vRel, leadOne.present], [40, 0.5, -2, true]);
  });

for (const layout of ['far', 'double-far'] as const satisfies Layout[])
  test(`a message with ${layout} pointers says the same`, { skip: withoutOracle }, async () => {
    const few = pictures.slice(0, 10);
    const shape = shapeOf(2026);
    const plain = await capnpDecode(minuteLogs(world, few, { shape }).rlog);
    assert.deepEqual(await capnpDecode(minuteLogs(world, few, { shape, layout }).rlog), plain);
  });

test('a route lies in a folder for each minute, and its pictures go on over the minutes', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-route-'));
  context.after(() => rm(folder, { recursive: true }));
  const route = await writeRoute({
    folder,
    world: makeWorld({ lostFrames: new Set([3]) }),
    minutes: 2,
    year: 2026,
    logs: (minute) => (minute === 0 ? ['qlog'] : ['qlog', 'rlog']),
  });
  assert.deepEqual(await readdir(folder), [`${route.logId}--0`, `${route.logId}--1`]);
  assert.deepEqual(await readdir(route.segments[0] ?? ''), ['qlog.zst']);
  assert.deepEqual(await readdir(route.segments[1] ?? ''), ['qlog.zst', 'rlog.zst']);
  assert.equal(route.pictures.length, 2400);
  const first = route.pictures[1200];
  assert.deepEqual([first?.segment, first?.picture, first?.frameId, first?.seconds], [1, 0, 101 + 1201, 60.05]);
  const bytes = zstdDecompressSync(await readFile(join(route.segments[1] ?? '', 'rlog.zst')));
  assert.deepEqual(compress(bytes, 'none'), bytes);
  assert.ok(bytes.length > 4e6);
});
