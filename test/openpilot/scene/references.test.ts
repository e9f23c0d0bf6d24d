/**
 * One picture of each mode, look, state and alert against a stored one. Where they differ on purpose: look at the new pictures, then store them with
 * `VIDETTE_STORE_REFERENCES=1 npm test -- test/openpilot/scene/references.test.ts`.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AlertState, DriveInfo, FrameState } from '../../../src/sources/openpilot/frame-state.ts';
import { DriveScene } from '../../../src/sources/openpilot/scene/drive-scene.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/openpilot/scene/options.ts';
import type { CameraSizes } from '../../../src/sources/openpilot/scene/tiles.ts';
import { difference } from '../../media/difference.ts';
import { compose } from './compose.ts';
import { scenery } from './scenery.ts';
import { HIGHWAY, INFO, modelOf, stateOf } from './states.ts';

interface Case {
  readonly options?: Partial<SceneOptions>;
  readonly state?: Partial<FrameState>;
  readonly info?: Partial<DriveInfo>;
  readonly cameras?: CameraSizes;
  /** What was so in the pictures before. */
  readonly before?: Partial<FrameState>;
  readonly clipSeconds?: number;
}

const BIG = { width: 1928, height: 1208 };
const ALL: CameraSizes = { road: BIG, wide: BIG, driver: BIG };
const ROUTE = { title: '', route: 'a2a0ccea32023010|2023-07-27--13-01-19', clock: true, details: false };

const alert = (
  size: AlertState['size'],
  status: AlertState['status'],
  text1: string,
  text2 = '',
): Partial<FrameState> => ({
  alert: { size, status, text1, text2, type: '' },
});

const bend = { ...HIGHWAY, curvature: 0.0022 };
const braking = modelOf({ ...HIGHWAY, curvature: -0.0012, acceleration: [-0.3, -2.2] });
const lead = [{ distance: 26, left: -0.1, relativeSpeed: -3 }];

const CASES: Readonly<Record<string, Case>> = {
  'now-engaged': { options: { brand: ROUTE }, state: { leads: [{ distance: 62, left: 0.2, relativeSpeed: 0 }] } },
  'now-override': { state: { status: 'override', gas: true, model: modelOf(bend), steeringAngleDeg: -35 } },
  'now-disengaged': {
    state: {
      status: 'disengaged',
      engageable: false,
      setSpeed: null,
      face: { probability: 0.9, orientation: [0, -0.6, 0], active: false, rightHandDrive: false },
    },
  },
  'now-no-throttle': { state: { allowThrottle: false, leads: lead } },
  'now-throttle-fading': { state: { allowThrottle: false }, before: { allowThrottle: true } },
  'now-experimental-slowing': { state: { experimental: true, model: braking, leads: lead } },
  'now-experimental-going': { state: { experimental: true, model: modelOf({ ...HIGHWAY, acceleration: [1.4, 0.2] }) } },
  'now-imperial-right-hand': {
    options: { units: 'imperial' },
    state: {
      setSpeed: 105,
      face: { probability: 0.9, orientation: [0.35, 0.5, 0.1], active: true, rightHandDrive: true },
    },
  },
  'now-brand': {
    options: { brand: { ...ROUTE, title: 'Evening drive to the lake', details: true } },
    state: {
      tier: 'low-rate',
      model: { ...modelOf(HIGHWAY), laneLines: modelOf(HIGHWAY).laneLines.slice(1, 3), roadEdges: [] },
    },
  },
  'now-private': {
    options: { brand: ROUTE, privacy: { hideRoute: false, hideDongle: true } },
    state: { tier: 'none', model: null },
  },
  'now-camera-size': { options: { size: 'camera', brand: ROUTE }, state: { leads: lead } },
  'now-qcamera': { cameras: { road: { width: 526, height: 330 }, wide: null, driver: null } },
  'now-large': { options: { size: '2160x1080' } },
  'alert-small-normal': { state: alert('small', 'normal', 'openpilot Engaged') },
  'alert-small-prompt': {
    state: alert(
      'small',
      'userPrompt',
      'Steering Temporarily Unavailable Below 30 km/h While This Long Text Is Made To Fit',
    ),
  },
  'alert-mid-prompt': { state: alert('mid', 'userPrompt', 'Pay Attention', 'Driver Distracted') },
  'alert-mid-critical': { state: alert('mid', 'critical', 'TAKE CONTROL', 'Turn Exceeds Steering Limit') },
  'alert-full-critical-long': {
    state: { ...alert('full', 'critical', 'TAKE CONTROL IMMEDIATELY', 'Controls Unresponsive'), status: 'disengaged' },
  },
  'alert-full-normal-short': {
    state: { ...alert('full', 'normal', 'Calibrating', 'Drive Above 25 km/h'), status: 'disengaged' },
  },
  '2022-engaged': { options: { look: '2022', brand: ROUTE }, state: { model: modelOf(bend), leads: lead } },
  '2022-override': { options: { look: '2022' }, state: { status: 'override' } },
  '2022-disengaged': { options: { look: '2022' }, state: { status: 'disengaged', setSpeed: null, engageable: false } },
  '2022-alert-small': { options: { look: '2022' }, state: alert('small', 'normal', 'Gas Pressed') },
  '2022-alert-mid': {
    options: { look: '2022' },
    state: alert('mid', 'userPrompt', 'Take Control', 'Turn Exceeds Steering Limit'),
  },
  '2022-alert-full': {
    options: { look: '2022' },
    state: alert('full', 'critical', 'TAKE CONTROL IMMEDIATELY', 'Driver Distracted'),
  },
  '2022-experimental-wide': {
    options: { look: '2022', wideView: 'auto' },
    state: { experimental: true, speed: 5, model: braking },
  },
  'mode-forward': { options: { mode: 'forward', brand: { ...ROUTE, title: 'Forward' } } },
  'mode-wide': { options: { mode: 'wide', brand: ROUTE } },
  'mode-driver': { options: { mode: 'driver', brand: { ...ROUTE, details: true } } },
  'mode-ui-wide': { options: { wideView: 'auto' }, state: { experimental: true, speed: 6 } },
  'mode-stacked': { options: { mode: 'stacked', brand: ROUTE }, state: { leads: lead } },
  'mode-stacked-wide-first': {
    options: { mode: 'stacked', stackOrder: 'wide-first' },
    state: alert('mid', 'userPrompt', 'Pay Attention', 'Driver Distracted'),
  },
  'mode-pip-driver': { options: { mode: 'pip', brand: ROUTE }, state: { leads: lead } },
  'mode-pip-wide': {
    options: { mode: 'pip', inset: 'wide' },
    state: alert('mid', 'critical', 'TAKE CONTROL', 'Turn Exceeds Steering Limit'),
  },
};

const folder = join(import.meta.dirname, 'references');
const store = process.env.VIDETTE_STORE_REFERENCES === '1';

for (const [name, given] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () => {
    const cameras = given.cameras ?? ALL;
    const scene = new DriveScene({ ...SCENE_DEFAULTS, ...given.options }, { ...INFO, ...given.info }, cameras);
    const seconds = given.clipSeconds ?? 0;
    const state = stateOf(HIGHWAY, given.state);
    const earlier = { ...state, ...given.before, routeSeconds: state.routeSeconds - 0.25 };
    const before = given.before ? scene.next(null, earlier, seconds) : null;
    const pictures = Object.fromEntries(
      (['road', 'wide', 'driver'] as const).flatMap((camera) => {
        const size = cameras[camera];
        return size ? [[camera, scenery(camera, size)]] : [];
      }),
    );
    const canvas = compose(scene, scene.next(before, state, seconds), pictures);
    const path = join(folder, `${name}.webp`);
    if (store) {
      await mkdir(folder, { recursive: true });
      await writeFile(path, await canvas.encode('webp', 88));
    }
    const { mean, far } = await difference(canvas, await readFile(path));
    if (mean <= 1.5 && far <= 0.0015) return;
    const seen = join(tmpdir(), `vidette-${name}.png`);
    await writeFile(seen, canvas.toBuffer('image/png'));
    assert.fail(`mean ${mean.toFixed(2)}, far ${(far * 100).toFixed(2)} %: look at ${seen}`);
  });
