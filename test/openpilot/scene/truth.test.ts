/**
 * Overlay truth: lines drawn by the scene lie on lines that a ray caster of its own painted on the road, for every kind of device.
 * Both are looked for in the pixels of the composed picture.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Canvas } from '@napi-rs/canvas';
import type { Euler } from '../../../src/sources/openpilot/frame-state.ts';
import { DriveScene } from '../../../src/sources/openpilot/scene/drive-scene.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/openpilot/scene/options.ts';
import type { Rect } from '../../../src/sources/openpilot/scene/tiles.ts';
import { canvasOf, compose } from './compose.ts';
import { type Camera, groundAt, type Line, paintRoad } from './painted-road.ts';
import { HIGHWAY, INFO, type RoadShape, stateOf } from './states.ts';

/** The bar of the project. */
const LIMIT = 3;

interface Device {
  readonly name: string;
  readonly device: string;
  readonly sensor: 'unknown' | 'ar0231' | 'ox03c10' | 'os04c10';
  readonly camera: 'road' | 'wide';
  readonly width: number;
  readonly height: number;
  readonly focal: readonly [number, number];
  readonly options?: Partial<SceneOptions>;
}

// Focal lengths of openpilot's table, written down here once more.
const DEVICES: readonly Device[] = [
  { name: 'neo', device: 'neo', sensor: 'unknown', camera: 'road', width: 1164, height: 874, focal: [910, 910] },
  {
    name: 'tici ar0231',
    device: 'tici',
    sensor: 'ar0231',
    camera: 'road',
    width: 1928,
    height: 1208,
    focal: [2648, 2648],
  },
  {
    name: 'tizi ox03c10',
    device: 'tizi',
    sensor: 'ox03c10',
    camera: 'road',
    width: 1928,
    height: 1208,
    focal: [2648, 2648],
  },
  {
    name: 'mici os04c10',
    device: 'mici',
    sensor: 'os04c10',
    camera: 'road',
    width: 1344,
    height: 760,
    focal: [1141.5, 1141.5],
  },
  {
    name: 'qcamera of a tizi',
    device: 'tizi',
    sensor: 'ox03c10',
    camera: 'road',
    width: 526,
    height: 330,
    focal: [(2648 * 526) / 1928, (2648 * 330) / 1208],
  },
  {
    name: 'qcamera of a mici',
    device: 'mici',
    sensor: 'os04c10',
    camera: 'road',
    width: 526,
    height: 330,
    focal: [(1141.5 * 526) / 1344, (1141.5 * 330) / 760],
  },
  {
    name: 'wide of a tici',
    device: 'tici',
    sensor: 'ar0231',
    camera: 'wide',
    width: 1928,
    height: 1208,
    focal: [567, 567],
  },
  {
    name: 'wide of a mici',
    device: 'mici',
    sensor: 'os04c10',
    camera: 'wide',
    width: 1344,
    height: 760,
    focal: [425.25, 425.25],
  },
  {
    name: 'whole picture of a tizi',
    device: 'tizi',
    sensor: 'ox03c10',
    camera: 'road',
    width: 1928,
    height: 1208,
    focal: [2648, 2648],
    options: { size: 'camera' },
  },
  {
    name: 'look of 2022, wide, 2160×1080',
    device: 'tici',
    sensor: 'ar0231',
    camera: 'wide',
    width: 1928,
    height: 1208,
    focal: [567, 567],
    options: { look: '2022', size: '2160x1080' },
  },
];

/** Calibrations and roads as they happen: mounted askew, in bends, high and low. */
const FRAMES: readonly { rpy: Euler; mounted: Euler; above: number; curvature: number }[] = [
  { rpy: [0, 0, 0], mounted: [0, 0, 0], above: 1.22, curvature: 0 },
  { rpy: [0.015, 0.03, -0.02], mounted: [0.002, 0.012, 0.008], above: 1.3, curvature: 0.001 },
  { rpy: [-0.02, -0.025, 0.035], mounted: [-0.01, -0.004, -0.015], above: 1.45, curvature: -0.0015 },
];

/** Mounted so that the order of its turns is seen. */
const ASKEW: (typeof FRAMES)[number] = {
  rpy: [0.03, 0.05, -0.06],
  mounted: [-0.05, 0.06, 0.09],
  above: 1.3,
  curvature: 0.0005,
};

test('a ray meets the road where a person with a pencil says', () => {
  const camera = { width: 200, height: 100, focal: [100, 100], above: 1.2 } as const;
  const level = { ...camera, rpy: [0, 0, 0], mounted: [0, 0, 0] } as const;
  // 12 pixels below the middle of a lens of 100 pixels: 0.12 m down for each metre ahead, so 1.2 m down at 10 m. 30 pixels to the right: 3 m.
  const at = groundAt(level, 130, 62);
  assert.ok(at && Math.abs(at.x - 10) < 1e-9 && Math.abs(at.y - 3) < 1e-9, JSON.stringify(at));
  assert.equal(groundAt(level, 100, 40), null, 'sky');
  // rpy turns the road's frame into the device's: with pitch 0.1, ahead is 0.1 rad above the middle of a camera that looks down: 100 · tan 0.1 = 10.03 pixels.
  const down = { ...camera, rpy: [0, 0.1, 0], mounted: [0, 0, 0] } as const;
  assert.equal(groundAt(down, 100, 50 - 10.1), null);
  assert.ok(groundAt(down, 100, 50 - 10.0));
  // With yaw 0.1, ahead is as far to the right.
  const aside = { ...camera, rpy: [0, 0, 0.1], mounted: [0, 0, 0] } as const;
  const ahead = groundAt(aside, 100 + 100 * Math.tan(0.1), 62);
  assert.ok(ahead && Math.abs(ahead.y) < 1e-9, JSON.stringify(ahead));
});

for (const device of DEVICES)
  test(`lines are drawn on the painted ones: ${device.name}`, (context) => {
    for (const { rpy, mounted, above, curvature } of device.camera === 'wide' ? [...FRAMES, ASKEW] : FRAMES) {
      const road: RoadShape = { ...HIGHWAY, above, curvature, edges: [], probabilities: [0.9, 0.95, 0.95, 0.9] };
      const lines: Line[] = road.lines.map((y0) => (x) => y0 + (curvature * x * x) / 2);
      const camera = { ...device, rpy, mounted: device.camera === 'wide' ? mounted : ([0, 0, 0] as const), above };
      const picture = paintedOnce(camera, lines, `lines ${curvature}`);
      const size = { width: device.width, height: device.height };
      const scene = new DriveScene(
        { ...SCENE_DEFAULTS, wideView: device.camera === 'wide' ? 'always' : 'never', ...device.options },
        { ...INFO, device: device.device },
        { road: size, wide: size, driver: null },
      );
      const state = stateOf(road, {
        sensor: device.sensor,
        calibration: { rpy, wideFromDevice: mounted, height: above, calibrated: true },
        // So that there is no path between the lines.
        leads: [{ distance: 0, left: 0, relativeSpeed: 0 }],
      });
      const moment = scene.next(null, state, 0);
      const composed = compose(scene, moment, { [device.camera]: picture }, { layers: false });
      const [place] = scene.tiles(moment).map(({ target }) => target);
      assert.ok(place);
      const { worst, rows, found } = compareLines(composed, place);
      assert.ok(rows > 40 && found > 100, `enough was compared: ${found} places in ${rows} rows`);
      context.diagnostic(`at most ${worst.toFixed(2)} pixels off at ${found} places`);
      assert.ok(worst <= LIMIT, `${worst.toFixed(2)} pixels at rpy ${rpy.join(' ')}, curvature ${curvature}`);
    }
  });

for (const device of DEVICES.filter(({ name }) =>
  ['neo', 'tici ar0231', 'wide of a mici', 'qcamera of a tizi'].includes(name),
))
  test(`the path is drawn 1.8 m wide on the road: ${device.name}`, (context) => {
    for (const { rpy, mounted, above, curvature } of FRAMES) {
      const lines: Line[] = [-0.9, 0.9].map((y0) => (x) => y0 + (curvature * x * x) / 2);
      const camera = { ...device, rpy, mounted: device.camera === 'wide' ? mounted : ([0, 0, 0] as const), above };
      const picture = paintedOnce(camera, lines, `path ${curvature}`);
      const size = { width: device.width, height: device.height };
      const scene = new DriveScene(
        { ...SCENE_DEFAULTS, wideView: device.camera === 'wide' ? 'always' : 'never' },
        { ...INFO, device: device.device },
        { road: size, wide: size, driver: null },
      );
      const road = { ...HIGHWAY, above, curvature, lines: [], edges: [] };
      const calibration = { rpy, wideFromDevice: mounted, height: above, calibrated: true };
      const moment = scene.next(null, stateOf(road, { sensor: device.sensor, calibration, allowThrottle: false }), 0);
      const [place] = scene.tiles(moment).map(({ target }) => target);
      assert.ok(place);
      const { worst, found } = comparePath(
        compose(scene, moment, { [device.camera]: picture }, { layers: false }),
        place,
      );
      context.diagnostic(`at most ${worst.toFixed(2)} pixels off at ${found} places`);
      assert.ok(found > 100, `enough was compared: ${found}`);
      assert.ok(worst <= LIMIT, `${worst.toFixed(2)} pixels at rpy ${rpy.join(' ')}, curvature ${curvature}`);
    }
  });

/** How far both edges of the grey path are from the middles of the lines that are painted there; in rows, below where it is wide enough to have two. */
function comparePath(canvas: Canvas, place: Rect): { worst: number; found: number } {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let [worst, found] = [0, 0];
  for (let y = place.y + Math.round(place.height * 0.6); y < place.y + place.height - 2; y++) {
    const red = (x: number): number => data[(y * width + x) * 4] ?? 0;
    const paint = (x: number): number => (data[(y * width + x) * 4 + 1] ?? 0) - red(x);
    const [path, ...more] = runs(place.x, place.x + place.width, (x) => red(x) - 70);
    const [left, right, ...others] = runs(place.x, place.x + place.width, paint);
    if (!path || !left || !right || path.cut || left.cut || right.cut || more.length + others.length > 0) continue;
    found += 2;
    worst = Math.max(worst, Math.abs(path.from - halfway(left)), Math.abs(path.to - halfway(right)));
  }
  return { worst, found };
}

/** The path covers half of the paint, so how strong it is does not tell its middle. */
function halfway({ from, to }: { from: number; to: number }): number {
  return (from + to) / 2;
}

/** Several devices see the same. */
const paintings = new Map<string, Canvas>();

function paintedOnce(
  { width, height, focal, rpy, mounted, above }: Camera,
  lines: readonly Line[],
  name: string,
): Canvas {
  const key = JSON.stringify([width, height, focal, rpy, mounted, above, name]);
  const known = paintings.get(key);
  if (known) return known;
  const picture = canvasOf(paintRoad({ width, height, focal, rpy, mounted, above }, lines), width, height);
  paintings.set(key, picture);
  return picture;
}

/**
 * How far the middle of each drawn line in each row is from the middle of the nearest painted one, in pixels of the canvas: along the row or along
 * the column, whichever is less, for a line that is nearly level has no middle in a row.
 */
function compareLines(canvas: Canvas, place: Rect): { worst: number; rows: number; found: number } {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const red = (x: number, y: number): number => data[(y * width + x) * 4] ?? 0;
  const paint = (x: number, y: number): number => (data[(y * width + x) * 4 + 1] ?? 0) - red(x, y);
  // The sky is 70 in all colours, the road 40.
  const skyIn = (y: number): number =>
    range(place.x, place.x + place.width).filter((x) => Math.abs(red(x, y) - 70) < 4 && paint(x, y) === 0).length;
  const rows = range(place.y + 2, place.y + place.height - 2).filter((y) => skyIn(y) < place.width / 20);
  const [top, bottom] = [rows[0] ?? 0, rows.at(-1) ?? 0];
  let [worst, compared, found] = [0, 0, 0];
  for (const y of rows) {
    const drawn = runs(place.x, place.x + place.width, (x) => red(x, y) - 40);
    const painted = runs(place.x, place.x + place.width, (x) => paint(x, y));
    if (painted.length > 0 && drawn.length > 0) compared++;
    for (const { middle, cut } of drawn) {
      // What the edge of the picture cuts has no middle.
      if (cut || painted.some((run) => run.cut && middle >= run.from && middle <= run.to)) continue;
      const column = runs(top, bottom, (at) => paint(Math.floor(middle), at));
      const along = painted.map((run) => Math.abs(run.middle - middle));
      const across = column.filter((run) => !run.cut).map((run) => Math.abs(run.middle - (y + 0.5)));
      found++;
      worst = Math.max(worst, Math.min(...along, ...across));
    }
  }
  return { worst, rows: compared, found };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

/** Too little colour to say where its middle is. */
const FAINT = 60;

/** What stands out in a row or column, with its middle weighted by how much. */
function runs(start: number, end: number, strength: (at: number) => number) {
  const found: { from: number; to: number; middle: number; cut: boolean }[] = [];
  let [sum, moment, from, last] = [0, 0, start, start];
  for (let at = start; at <= end; at++) {
    const value = at < end ? strength(at) : 0;
    if (value > 10) {
      if (sum === 0) from = at;
      sum += value;
      moment += value * (at + 0.5);
      last = at;
      continue;
    }
    // A far line that is nearly level falls apart into the steps of the camera's pixels.
    if (sum > 0 && at < end && at - last < 4) continue;
    if (sum > FAINT)
      found.push({ from, to: last + 1, middle: moment / sum, cut: from <= start + 1 || last >= end - 2 });
    [sum, moment] = [0, 0];
  }
  return found;
}
