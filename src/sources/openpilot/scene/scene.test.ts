import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import fc from 'fast-check';
import { HIGHWAY, INFO, modelOf, stateOf } from '../../../../test/openpilot/scene/states.ts';
import type { FrameState } from '../frame-state.ts';
import { bandsOf } from './bands.ts';
import { DriveScene } from './drive-scene.ts';
import type { SceneMoment } from './moment.ts';
import { SCENE_DEFAULTS, SCENE_MODES, type SceneOptions } from './options.ts';
import { modelStrips } from './strips.ts';
import type { CameraSizes, Rect, Size } from './tiles.ts';
import { affineOf, placeWindow } from './window.ts';

const BIG: Size = { width: 1928, height: 1208 };
const CAMERAS: CameraSizes = { road: BIG, wide: BIG, driver: BIG };

function sceneOf(options: Partial<SceneOptions> = {}, cameras: CameraSizes = CAMERAS): DriveScene {
  return new DriveScene({ ...SCENE_DEFAULTS, ...options }, INFO, cameras);
}

/** Moments of states a twentieth of a second apart. */
function fold(scene: DriveScene, states: readonly Partial<FrameState>[]): SceneMoment[] {
  const moments: SceneMoment[] = [];
  for (const [at, changes] of states.entries())
    moments.push(
      scene.next(moments.at(-1) ?? null, stateOf(HIGHWAY, { routeSeconds: 60 + at / 20, ...changes }), at / 20),
    );
  return moments;
}

const isEven = ({ x, y, width, height }: Rect): boolean => [x, y, width, height].every((value) => value % 2 === 0);
const inside = (inner: Rect, outer: Size): boolean =>
  inner.x >= 0 && inner.y >= 0 && inner.x + inner.width <= outer.width && inner.y + inner.height <= outer.height;

test('tiles are even and inside picture and canvas, in every mode, for every device and however the camera looks', () => {
  const sizes = [
    BIG,
    { width: 1344, height: 760 },
    { width: 1164, height: 874 },
    { width: 526, height: 330 },
    { width: 527, height: 331 },
  ];
  const angle = fc.double({ min: -0.6, max: 0.6, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...SCENE_MODES),
      fc.constantFrom(...sizes),
      fc.constantFrom('1440x720', '2160x1080', 'camera'),
      fc.constantFrom('now', '2022'),
      fc.constantFrom('never', 'auto', 'always'),
      fc.tuple(angle, angle, angle),
      fc.constantFrom('os04c10', 'ox03c10'),
      (mode, picture, size, look, wideView, rpy, sensor) => {
        const cameras = { road: picture, wide: picture, driver: picture };
        const scene = sceneOf({ mode, size, look, wideView }, cameras);
        assert.ok(isEven({ x: 0, y: 0, ...scene.size }));
        const calibration = { rpy, wideFromDevice: rpy, height: 1.2, calibrated: true };
        const moment = scene.next(null, stateOf(HIGHWAY, { calibration, sensor, experimental: true, speed: 2 }), 0);
        for (const { source, target } of scene.tiles(moment)) {
          assert.ok(isEven(source) && inside(source, picture), JSON.stringify(source));
          assert.ok(isEven(target) && inside(target, scene.size), JSON.stringify(target));
          // Nothing is stretched by more than rounding to even pixels does; but scaled pictures of another shape are shown in their lens' own.
          if (picture !== BIG && picture.width !== 1344) continue;
          const { scaleX, scaleY } = affineOf(source, target);
          assert.ok(Math.abs(scaleX / scaleY - 1) < 0.03, `${scaleX} ${scaleY}`);
        }
        for (const { rect } of scene.layers(moment)) assert.ok(isEven(rect) && inside(rect, scene.size));
      },
    ),
    { numRuns: 200 },
  );
});

test('what is drawn is inside of the rectangles, which are even, apart and mostly full', () => {
  for (const leads of [[], [{ distance: 18, left: 0.4, relativeSpeed: -4 }]])
    for (const curvature of [0, 0.004, -0.01]) {
      const scene = sceneOf();
      const { width, height } = scene.size;
      const context = createCanvas(width, height).getContext('2d');
      const state = stateOf({ ...HIGHWAY, curvature }, { leads });
      const rects = scene.draw(context, scene.next(null, state, 0));
      const { data } = context.getImageData(0, 0, width, height);
      const inRect = new Uint8Array(width * height);
      for (const rect of rects) {
        assert.ok(isEven(rect) && inside(rect, scene.size));
        for (let y = rect.y; y < rect.y + rect.height; y++)
          for (let x = rect.x; x < rect.x + rect.width; x++) {
            assert.equal(inRect[y * width + x], 0, 'no two overlap');
            inRect[y * width + x] = 1;
          }
      }
      let [drawn, lost] = [0, 0];
      for (let at = 0; at < width * height; at++) {
        if ((data[at * 4 + 3] ?? 0) === 0) continue;
        drawn++;
        if (inRect[at] === 0) lost++;
      }
      assert.equal(lost, 0);
      const area = rects.reduce((sum, rect) => sum + rect.width * rect.height, 0);
      assert.ok(drawn > 10_000 && area < drawn * 2.2, `${drawn} pixels in ${area}`);
    }
});

test('bands hold every edge of any polygon', () => {
  const place = fc.double({ min: -300, max: 700, noNaN: true });
  fc.assert(
    fc.property(fc.array(place, { minLength: 6, maxLength: 12 }), (values) => {
      const polygon = values.slice(0, values.length - (values.length % 2));
      const area = { x: 20, y: 10, width: 400, height: 300 };
      const rects = bandsOf([polygon], area);
      for (let at = 0; at < polygon.length; at += 2)
        for (const part of [0, 0.3, 0.71]) {
          const next = (at + 2) % polygon.length;
          const mix = (from: number): number =>
            (polygon[at + from] ?? 0) * (1 - part) + (polygon[next + from] ?? 0) * part;
          const [x, y] = [mix(0), mix(1)];
          if (x < area.x || y < area.y || x >= area.x + area.width || y >= area.y + area.height) continue;
          assert.ok(
            rects.some((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height),
            `${x} ${y}`,
          );
        }
    }),
  );
});

test('a picture is drawn the same again, after others, and on a canvas that held others', () => {
  const scene = sceneOf();
  const [first, second] = fold(scene, [{}, { model: modelOf({ ...HIGHWAY, curvature: 0.006 }), allowThrottle: false }]);
  assert.ok(first && second);
  const pixels = (context: ReturnType<ReturnType<typeof createCanvas>['getContext']>): Buffer =>
    Buffer.from(context.getImageData(0, 0, scene.size.width, scene.size.height).data);
  const fresh = createCanvas(scene.size.width, scene.size.height).getContext('2d');
  scene.draw(fresh, first);
  const used = createCanvas(scene.size.width, scene.size.height).getContext('2d');
  scene.draw(used, second);
  scene.draw(used, first);
  assert.ok(pixels(fresh).equals(pixels(used)));
});

test('scenes that take turns on one canvas leave nothing behind', () => {
  const [one, other] = [sceneOf(), sceneOf({}, { ...CAMERAS, road: { width: 526, height: 330 } })];
  const { width, height } = one.size;
  const shared = createCanvas(width, height).getContext('2d');
  const fresh = createCanvas(width, height).getContext('2d');
  const straight = one.next(null, stateOf(HIGHWAY), 0);
  one.draw(shared, straight);
  other.draw(shared, other.next(null, stateOf({ ...HIGHWAY, curvature: -0.01 }), 0));
  one.draw(shared, straight);
  one.draw(fresh, straight);
  const pixels = (context: typeof shared): Buffer => Buffer.from(context.getImageData(0, 0, width, height).data);
  assert.ok(pixels(shared).equals(pixels(fresh)));
});

test('the path turns grey by a first-order filter of 0.25 s, and only where openpilot accelerates', () => {
  const states = [{}, ...Array.from({ length: 40 }, () => ({ allowThrottle: false }))];
  const colours = fold(sceneOf(), states).map(({ throttle }) => throttle);
  assert.equal(colours[0], 1);
  assert.ok(Math.abs((colours[1] ?? 0) - 0.25 / 0.3) < 1e-6);
  // After one time constant about 1/e is left (discrete steps leave a little more).
  assert.ok(Math.abs((colours[5] ?? 0) - (0.25 / 0.3) ** 5) < 1e-6);
  assert.ok((colours.at(-1) ?? 1) < 0.01);
  const scene = new DriveScene(SCENE_DEFAULTS, { ...INFO, openpilotLongitudinal: false }, CAMERAS);
  assert.ok(fold(scene, states).every(({ throttle }) => throttle === 1));
});

test('the wide camera is shown in experimental mode below 10 m/s, and until 15', () => {
  const scene = sceneOf({ wideView: 'auto' });
  const speeds = [20, 12, 9, 12, 14.9, 15.1, 12, 9.9];
  const moments = fold(
    scene,
    speeds.map((speed) => ({ speed, experimental: true })),
  );
  const cameras = moments.map((moment) => scene.tiles(moment)[0]?.camera);
  assert.deepEqual(cameras, ['road', 'road', 'wide', 'wide', 'wide', 'road', 'road', 'wide']);
  assert.ok(fold(scene, [{ speed: 2, experimental: false }]).every(({ wide }) => !wide));
  const without = sceneOf({ wideView: 'auto' }, { ...CAMERAS, wide: null });
  assert.equal(without.tiles(fold(without, [{ speed: 2, experimental: true }])[0] as SceneMoment)[0]?.camera, 'road');
});

test('noise of the calibration does not shake the picture, a real change moves it', () => {
  const picture = { width: 526, height: 330 };
  const window = { width: 400, height: 200 };
  const none = { x: 0, y: 0 };
  let place: Rect | null = null;
  const seen = new Set<number>();
  for (let at = 0; at < 100; at++) {
    place = placeWindow(picture, window, { x: 270 + 1.2 * Math.sin(at), y: 165 }, none, place);
    seen.add(place.x);
  }
  assert.ok(seen.size <= 2, [...seen].join(' '));
  const moved: Rect = placeWindow(picture, window, { x: 280, y: 165 }, none, place);
  assert.equal(moved.x, 80);
  assert.equal(placeWindow(picture, window, { x: 9999, y: -9999 }, none, null).x, 126);
  assert.equal(placeWindow(picture, window, { x: Number.NaN, y: 0 }, none, null).x, 64);
});

test('a lead cuts the path, and a road behind a hilltop is not folded over', () => {
  const straightAhead = [0, 1, 0, 0, 0, 1, 1, 0, 0] as const;
  const clip = { x: -1e6, y: -1e6, width: 2e6, height: 2e6 };
  const model = modelOf(HIGHWAY);
  // On this canvas a point at distance x on the ground lies 1/x below the horizon.
  const reach = (distance: number | null): number => {
    const lead = distance === null ? null : { distance, left: 0, relativeSpeed: 0 };
    const { path, pathPoints } = modelStrips(model, lead, straightAhead, clip, 1);
    return 1 / (path[(pathPoints.length - 1) * 2 + 1] ?? 0);
  };
  assert.ok(Math.abs(reach(null) - 100) < 1e-3, 'as far as 100 m, exactly');
  assert.ok(Math.abs(reach(10) - 13) < 1e-3, '20 − 35 %');
  assert.ok(Math.abs(reach(40) - 70) < 1e-3, '80 − 10');
  assert.ok(Math.abs(reach(90) - 100) < 1e-3, 'never beyond the model');
  const hill = { ...model, path: { ...model.path, z: model.path.x.map((x) => (x > 40 ? (x - 40) ** 2 / 100 : 0)) } };
  const { path, pathPoints } = modelStrips(hill, null, straightAhead, clip, 1);
  const ys = pathPoints.map((_, at) => path[at * 2 + 1] ?? 0);
  assert.ok(ys.every((y, at) => at === 0 || y <= (ys[at - 1] ?? 0)) && pathPoints.length > 5);
});

test('a mode without its camera says which file is missing', () => {
  assert.throws(() => sceneOf({ mode: 'driver' }, { ...CAMERAS, driver: null }), /dcamera\.hevc/);
  assert.throws(() => sceneOf({ mode: 'stacked' }, { ...CAMERAS, wide: null }), /ecamera\.hevc/);
  assert.throws(() => sceneOf({ mode: 'pip' }, { ...CAMERAS, driver: null }), /dcamera\.hevc/);
  assert.throws(() => sceneOf({ mode: 'ui' }, { road: null, wide: null, driver: null }), /qcamera\.ts/);
});

test('states without model, calibration or sense are drawn without harm', () => {
  const nan = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -5);
  const broken = { x: nan, y: nan, z: nan };
  const model = {
    ...modelOf(HIGHWAY),
    path: { ...broken, t: nan },
    laneLines: [{ ...broken, probability: Number.NaN }],
  };
  const states: Partial<FrameState>[] = [
    { model: null, tier: 'none' },
    { calibration: null },
    { model, experimental: true },
    { speed: Number.NaN, setSpeed: Number.POSITIVE_INFINITY, steeringAngleDeg: Number.NaN },
    { calibration: { rpy: [Number.NaN, 0, 0], wideFromDevice: null, height: Number.NaN, calibrated: true } },
    { leads: [{ distance: Number.NaN, left: Number.NaN, relativeSpeed: Number.NaN }] },
    { alert: { size: 'full', status: 'critical', text1: `${'W'.repeat(5000)}\n\u0000`, text2: '\u202e', type: '' } },
  ];
  for (const mode of SCENE_MODES) {
    const scene = sceneOf({ mode });
    const context = createCanvas(scene.size.width, scene.size.height).getContext('2d');
    for (const state of states) {
      const moment = scene.next(null, stateOf(HIGHWAY, state), 0);
      scene.tiles(moment);
      scene.draw(context, moment);
      for (const layer of scene.layers(moment)) layer.draw(context);
    }
  }
});
