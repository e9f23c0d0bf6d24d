/** Design 0003, invariant 1: picture n is drawn with the model of the same frame, never by log time. Checked on drives whose truth is known. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { PictureTruth } from '../../../../test/openpilot/minute-log.ts';
import { writeRoute } from '../../../../test/openpilot/route.ts';
import type { LogYear } from '../../../../test/openpilot/shape.ts';
import { makeWorld, steadyDriving, straightRoad, type World } from '../../../../test/openpilot/world.ts';
import type { Curve, FrameState } from '../frame-state.ts';
import { DriveTimeline, type MinuteFiles } from './drive-timeline.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-timeline-'));
});
after(() => rm(folder, { recursive: true }));

/** Each frame has a curvature, a speed and a steering angle that no other has. */
const world = makeWorld({
  lostFrames: new Set([300, 301, 302]),
  lostModels: new Set([500, 501]),
  road: (t) => ({ ...straightRoad, curvature: 1e-5 * (1 + t) }),
  drive: (t) => ({
    ...steadyDriving,
    speed: 20 + t / 20,
    setSpeed: t < 3 ? null : 100,
    state: t < 5 ? 'disabled' : t < 30 ? 'enabled' : t < 31 ? 'overriding' : 'enabled',
    steeringAngleDeg: t,
    experimental: t >= 40,
    allowThrottle: t < 50,
    leftBlinker: t > 10 && t < 12,
    alert:
      t >= 20 && t < 22
        ? { size: 'mid', status: 'userPrompt', text1: 'Take Control', text2: 'Now', type: 'steerSaturated/warning' }
        : null,
  }),
  lead: (t) => (t > 8 ? { distance: 80 - t / 2, left: 0.3, relativeSpeed: -0.5 } : null),
});

async function timelineOf(
  name: string,
  year: LogYear,
  options: { world?: World; minutes?: number; logs?: (minute: number) => ('rlog' | 'qlog')[] } = {},
): Promise<{ timeline: DriveTimeline; pictures: readonly PictureTruth[] }> {
  const logs = options.logs ?? (() => ['rlog']);
  const route = await writeRoute({
    folder: join(folder, name),
    world: options.world ?? world,
    minutes: options.minutes ?? 1,
    year,
    logs,
  });
  const files = new Map<number, MinuteFiles>();
  for (const [minute, segment] of route.segments.entries()) {
    const has = logs(minute);
    const path = (log: 'rlog' | 'qlog') => (has.includes(log) ? join(segment, `${log}.zst`) : null);
    files.set(minute, { rlog: path('rlog'), qlog: path('qlog') });
  }
  return { timeline: new DriveTimeline({ files }), pictures: route.pictures };
}

function near(actual: number | null | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual} is not ${expected} ± ${tolerance}`,
  );
}

/** A line of the world: y0 + curvature · x² / 2 at height z, checked at each point up to `far` metres. */
function lies(curve: Curve | undefined, y0: number, curvature: number, z: number, what: string, far = 200): void {
  assert.ok(curve, what);
  for (const [index, x] of curve.x.entries()) {
    if (x > far) break;
    near(curve.y[index], y0 + (curvature * x ** 2) / 2, 2e-3 + 1e-5 * x, `${what}, y at ${x} m`);
    near(curve.z[index], z, 1e-3, `${what}, z at ${x} m`);
  }
}

function stateAt(truth: PictureTruth, state: FrameState, late: number): void {
  const { seconds: t } = truth;
  // What is logged every tenth of a second may be as old.
  near(state.steeringAngleDeg, t, late, `steering angle at ${t} s`);
  near(state.speed, 20 + t / 20, late / 20 + 1e-4, `speed at ${t} s`);
}

const EDGE = 0.12;
const farFrom = (t: number, ...edges: number[]): boolean => edges.every((edge) => t < edge || t > edge + EDGE);

for (const year of [2019, 2021, 2022, 2023, 2024, 2026] as const)
  test(`every picture of a full-rate log of ${year} has the model of its own frame`, async () => {
    const { timeline, pictures } = await timelineOf(`full-${year}`, year);
    const minute = await timeline.minute(0);
    assert.ok(minute);
    assert.equal(minute.pictures, 1200);
    for (const truth of pictures) {
      const state = minute.state(truth.picture);
      assert.equal(state.frameId, truth.frameId);
      assert.equal(state.tier, 'exact');
      near(state.routeSeconds, truth.picture / 20, 1e-9, 'route seconds');
      // A frame that has no model shows that of the last before it.
      let { seconds } = truth;
      if (!truth.hasModel) seconds = 499 / 20;
      const road = world.road(seconds);
      lies(state.model?.path, 0, road.curvature, 0, `path of frame ${truth.frameId}`);
      const lines = year === 2019 ? road.lines.slice(1, 3) : road.lines;
      assert.equal(state.model?.laneLines.length, lines.length);
      const { height } = state.calibration ?? assert.fail();
      near(height, year >= 2023 ? world.height : 1.22, 1e-6, 'height');
      for (const [index, y0] of lines.entries())
        lies(
          state.model?.laneLines[index],
          y0,
          road.curvature,
          year === 2019 ? height : world.height,
          `line ${index} of frame ${truth.frameId}`,
        );
      assert.equal(state.model?.roadEdges.length, year === 2019 ? 0 : 2);
      stateAt(truth, state, 0.0101);
      const { seconds: t } = truth;
      if (farFrom(t, 5, 30, 31, 20, 22, 3, 40, 50, 8)) {
        const overriding = t >= 30 && t < 31 && year >= 2022;
        assert.equal(state.status, t < 5 ? 'disengaged' : overriding ? 'override' : 'engaged');
        assert.equal(state.alert?.text1, t >= 20 && t < 22 ? 'Take Control' : undefined);
        assert.equal(state.setSpeed, t < 3 ? null : 100);
        assert.equal(state.hasCruise, true);
        assert.equal(state.experimental, year >= 2022 && t >= 40);
        assert.equal(state.allowThrottle, year < 2024 || t < 50);
        assert.equal(state.leads.length, t > 8 ? 1 : 0);
        if (t > 8) near(state.leads[0]?.distance, 80 - t / 2, 0.06, 'lead');
      }
      assert.equal(state.face?.rightHandDrive, year >= 2022 ? false : undefined);
      assert.equal(state.sensor, year >= 2022 ? 'ox03c10' : 'unknown');
    }
  });

for (const year of [2021, 2024, 2026] as const)
  test(`between the few models of a low-rate log of ${year} pictures are drawn by their frame`, async () => {
    const { timeline, pictures } = await timelineOf(`low-${year}`, year, { logs: () => ['qlog'] });
    const minute = await timeline.minute(0);
    assert.ok(minute);
    let drawn = 0;
    for (const truth of pictures) {
      const state = minute.state(truth.picture);
      assert.equal(state.frameId, truth.frameId);
      stateAt(truth, state, 0.1101);
      if (state.tier === 'none') continue;
      assert.equal(state.tier, 'low-rate');
      drawn++;
      // Before the first model and behind the last there is nothing to draw between.
      if (truth.picture < 9 || truth.picture > 1160) continue;
      const { curvature, lines } = world.road(truth.seconds);
      lies(state.model?.path, 0, curvature, 0, `path of frame ${truth.frameId}`, 150);
      const inner = year === 2021 ? state.model?.laneLines.slice(1, 3) : state.model?.laneLines;
      for (const index of [0, 1])
        lies(inner?.[index], lines[index + 1] ?? 0, curvature, world.height - (year === 2021 ? 0 : 0), 'line', 150);
      assert.equal(state.model?.roadEdges.length, year === 2021 ? 2 : 0);
    }
    assert.ok(drawn > 1150, `${drawn} pictures are drawn`);
  });

test('acceleration of a low-rate path is that of its polynomial', async () => {
  const slowing = makeWorld({ drive: () => ({ ...steadyDriving, speed: 30, acceleration: -1.5 }) });
  const { timeline } = await timelineOf('slowing', 2026, { world: slowing, logs: () => ['qlog'] });
  const { model } = await timeline.state(0, 600);
  assert.equal(model?.acceleration.length, 33);
  for (const value of model?.acceleration ?? []) near(value, -1.5, 1e-4, 'acceleration');
});

test('minutes of both kinds follow each other, and the log before a minute says what was so when it began', async () => {
  const { timeline, pictures } = await timelineOf('mixed', 2026, {
    minutes: 3,
    logs: (minute) => (minute === 1 ? ['rlog', 'qlog'] : ['qlog']),
  });
  const tiers = await Promise.all([0, 1, 2].map(async (minute) => (await timeline.state(minute, 700)).tier));
  assert.deepEqual(tiers, ['low-rate', 'exact', 'low-rate']);
  assert.deepEqual(timeline.withoutFullRate([0, 1, 2]), [0, 2]);
  for (const at of [1199, 1200, 1201, 2399, 2400, 2405]) {
    const truth = pictures[at] ?? assert.fail();
    const state = await timeline.state(truth.segment, truth.picture);
    assert.notEqual(state.tier, 'none');
    lies(state.model?.path, 0, world.road(truth.seconds).curvature, 0, `path of picture ${at}`, 150);
    assert.ok(state.calibration);
    stateAt(truth, state, 0.1101);
  }
  const info = await timeline.info();
  assert.equal(info.car, world.car);
  assert.equal(info.metric, true);
  assert.equal(info.device, 'tizi');
});

test('the other cameras are matched by when their frames were taken', async () => {
  const { timeline, pictures } = await timelineOf('cameras', 2026);
  for (const { picture } of pictures.slice(280, 320)) {
    assert.deepEqual(await timeline.otherCamera('wide', 0, picture), { segment: 0, picture });
    assert.deepEqual(await timeline.otherCamera('driver', 0, picture), { segment: 0, picture });
  }
  const { timeline: old } = await timelineOf('one-camera', 2021, { world: makeWorld({ device: 'neo' }) });
  assert.equal(await old.otherCamera('wide', 0, 100), null);
});

test('a minute without any log is drawn with nothing, and says so', async () => {
  const timeline = new DriveTimeline({ files: new Map() });
  const state = await timeline.state(2, 40);
  assert.equal(state.tier, 'none');
  assert.equal(state.model, null);
  assert.equal(state.routeSeconds, 122);
});

test('of a minute whose full-rate log is damaged the other one is drawn, and what is wrong is told', async () => {
  const home = join(folder, 'broken');
  const { segments } = await writeRoute({ folder: home, world, minutes: 2, year: 2026 });
  const [, second = ''] = segments;
  const good = { rlog: join(second, 'rlog.zst'), qlog: join(second, 'qlog.zst') };
  const junk = Buffer.from('this is nothing of the kind, and long enough to be looked at');
  const spare = new DriveTimeline({ files: new Map([[1, { rlog: junk, qlog: good.qlog }]]) });
  assert.equal((await spare.state(1, 600)).tier, 'low-rate');
  assert.match(spare.problems.join(), /^The rlog of minute 1 at byte 0: this is no log of openpilot/);

  const cut = (await readFile(good.rlog)).subarray(0, -300_000);
  const half = new DriveTimeline({ files: new Map([[1, { rlog: cut, qlog: good.qlog }]]) });
  assert.equal((await half.state(1, 100)).tier, 'exact');
  assert.equal((await half.state(1, 1190)).tier, 'low-rate');
  assert.match(half.problems.join(), /^The rlog of minute 1 is cut: the zstd stream breaks off/);

  // A damaged log beside the minute that is drawn costs what it would have told, and no more.
  const beside = new DriveTimeline({
    files: new Map<number, MinuteFiles>([
      [0, { rlog: junk, qlog: null }],
      [1, good],
    ]),
  });
  assert.equal((await beside.state(1, 600)).tier, 'exact');
  assert.equal(beside.problems.length, 1);
  await assert.rejects(beside.state(0, 600), /rlog of minute 0 at byte 0: this is no log/);
});
