/**
 * One picture of each layout, of bars and of gaps against a stored one. Where they differ on purpose: look at the new pictures, then store them with
 * `VIDETTE_STORE_REFERENCES=1 npm test -- test/dashcam/scene/references.test.ts`.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import type { CarTelemetry } from '../../../src/media/bitstream/tesla-sei.ts';
import { type CarLayoutName, LAYOUT_CAMERAS } from '../../../src/sources/dashcam/clip/camera-names.ts';
import { CameraTrack } from '../../../src/sources/dashcam/clip/camera-track.ts';
import type { FootageClip } from '../../../src/sources/dashcam/clip/car-footage.ts';
import { CarPlay } from '../../../src/sources/dashcam/clip/car-play.ts';
import { layoutOf } from '../../../src/sources/dashcam/clip/layouts.ts';
import { TelemetryTrack } from '../../../src/sources/dashcam/clip/telemetry-track.ts';
import type { Units } from '../../../src/sources/dashcam/scene/bar-state.ts';
import { difference } from '../../media/difference.ts';

const AT = Date.UTC(2026, 2, 2, 1, 3, 5);
const SIX = LAYOUT_CAMERAS.six;
const FOUR = LAYOUT_CAMERAS['2x2'];
const HW3 = { width: 1280, height: 960 };
const HW4 = { width: 1448, height: 938 };
const HW4_FRONT = { width: 2896, height: 1876 };

const DRIVING: CarTelemetry = {
  version: 1,
  gear: 'drive',
  sequence: 1,
  speed: 27.78,
  accelerator: 0.35,
  steering: 24,
  blinkerLeft: false,
  blinkerRight: true,
  brake: false,
  autopilot: 'self-driving',
  latitude: 44.0462,
  longitude: -123.022,
  heading: 90,
  acceleration: [0, 0, 0],
};

interface Case {
  readonly layout: CarLayoutName;
  readonly cameras?: readonly string[];
  readonly hw?: 3 | 4 | 'mixed';
  readonly width?: number;
  /** null: the car says nothing at that moment; undefined: the whole clip has none. */
  readonly car?: Partial<CarTelemetry> | null;
  readonly stamp?: boolean;
  readonly title?: string;
  readonly place?: string;
  readonly coordinates?: boolean;
  readonly units?: Units;
  readonly missing?: readonly string[];
  readonly switched?: boolean;
}

const PLACE = 'Evergreen Terrace, Springfield';
const CASES: Readonly<Record<string, Case>> = {
  'layout-six': { layout: 'six', car: {}, place: PLACE, coordinates: true, width: 1280 },
  'layout-six-missing': {
    layout: 'six',
    car: { brake: true, accelerator: 0 },
    missing: ['back', 'left_pillar'],
    width: 1280,
  },
  'layout-2x2': { layout: '2x2', hw: 3, place: PLACE, width: 1000 },
  'layout-2x2-mixed': { layout: '2x2', hw: 'mixed', car: null, place: PLACE, width: 1200 },
  'layout-front-repeaters': { layout: 'front+repeaters', hw: 3, car: {}, title: 'Evening drive', place: PLACE },
  'layout-single': { layout: 'single', car: {}, place: PLACE, width: 1280 },
  'layout-single-plain': { layout: 'single', hw: 3, stamp: false, width: 640 },
  'layout-trigger-before': { layout: 'trigger', car: {}, width: 960 },
  'layout-trigger-after': { layout: 'trigger', car: {}, switched: true, width: 960 },
  'bar-imperial-braking': {
    layout: 'single',
    width: 1280,
    units: 'imperial',
    car: {
      speed: 4.1,
      brake: true,
      accelerator: 0,
      blinkerLeft: true,
      blinkerRight: true,
      steering: -412,
      autopilot: 'none',
    },
  },
  'bar-reverse': {
    layout: 'single',
    width: 1280,
    car: { gear: 'reverse', speed: -1.4, steering: 90, autopilot: undefined },
  },
  'bar-cruise-fast': {
    layout: 'single',
    width: 1280,
    stamp: false,
    car: { speed: 61.2, accelerator: 1, autopilot: 'cruise', steering: 0 },
  },
  'bar-title-alone': { layout: 'single', width: 1280, stamp: false, title: 'Evening drive', car: {} },
  'bar-small': {
    layout: 'single',
    width: 320,
    hw: 3,
    car: { autopilot: 'autosteer' },
    place: PLACE,
    coordinates: true,
  },
};

const folder = join(import.meta.dirname, 'references');
const store = process.env.VIDETTE_STORE_REFERENCES === '1';

for (const [name, given] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () => {
    const canvas = drawn(given);
    const path = join(folder, `${name}.webp`);
    if (store) {
      await mkdir(folder, { recursive: true });
      await writeFile(path, await canvas.encode('webp', 92));
    }
    const { mean, far } = await difference(canvas, await readFile(path));
    if (mean <= 1.5 && far <= 0.0015) return;
    const seen = join(tmpdir(), `vidette-${name}.png`);
    await writeFile(seen, canvas.toBuffer('image/png'));
    assert.fail(`mean ${mean.toFixed(2)}, far ${(far * 100).toFixed(2)} %: look at ${seen}`);
  });

/** What the engine does with video, without video. */
function drawn(given: Case): Canvas {
  const { layout, hw = 4, missing = [], car, title = '', place = '', units = 'metric', stamp = true } = given;
  const cameras: readonly string[] =
    given.cameras ??
    (layout === 'single'
      ? ['front']
      : layout === 'trigger'
        ? ['front', 'right_repeater']
        : layout === '2x2'
          ? FOUR
          : LAYOUT_CAMERAS[layout]);
  const sizeOf = (camera: string): { width: number; height: number } => {
    if (hw === 3 || (hw === 'mixed' && camera.includes('repeater'))) return HW3;
    return camera === 'front' ? HW4_FRONT : HW4;
  };
  const clips = SIX.map(
    (camera, input): FootageClip => ({
      input,
      camera,
      start: AT,
      times: [0],
      end: 1,
      ...sizeOf(camera),
      file: { input: camera, name: camera, path: '' },
      hasSound: false,
      zone: -480,
      sequence: undefined,
      bytes: 0,
    }),
  );
  const there = clips.filter(({ camera }) => !missing.includes(camera));
  const points = car === undefined ? undefined : car === null ? [] : [{ utc: AT, telemetry: { ...DRIVING, ...car } }];
  const play = new CarPlay({
    layout: layoutOf({
      layout,
      cameras,
      sizes: new Map(there.map(({ camera }) => [camera, sizeOf(camera)])),
      telemetry: points !== undefined,
      stamp: stamp || title !== '',
      most: given.width === undefined ? {} : { width: given.width },
    }),
    tracks: new Map(there.map((clip) => [clip.camera, new CameraTrack([clip], 0)])),
    switchAt: layout === 'trigger' ? AT + (given.switched ? 0 : 1) : null,
    telemetry: points && new TelemetryTrack(points, 0),
    units,
    zoneAt: () => -480,
    title,
    stamp,
    place,
    coordinates: given.coordinates ?? false,
    labels: layout !== 'single',
    ranges: [{ start: AT, end: AT + 1 }],
    rate: { num: 36, den: 1 },
    speed: 1,
  });
  const canvas = createCanvas(play.size.width, play.size.height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#000000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const [frame] = play.play();
  assert.ok(frame);
  for (const { input, window, place } of frame.tiles) {
    const clip = clips[input];
    if (clip)
      context.drawImage(
        view(input, clip),
        window.x,
        window.y,
        window.width,
        window.height,
        place.x,
        place.y,
        place.width,
        place.height,
      );
  }
  const keys = new Set<string>();
  for (const { key, rect, draw } of frame.kept()) {
    assert.ok(!keys.has(key), `two drawings are called ${key}`);
    keys.add(key);
    const layer = createCanvas(rect.width, rect.height);
    const over = layer.getContext('2d');
    over.translate(-rect.x, -rect.y);
    draw(over);
    context.drawImage(layer, rect.x, rect.y);
  }
  return canvas;
}

/** A road under a sky in a colour of the camera's own, with an edge all around that shows whether the whole picture is there. */
function view(camera: number, { width, height }: { width: number; height: number }): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = `hsl(${camera * 60}, 45%, 62%)`;
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#59606a';
  context.beginPath();
  context.moveTo(width * 0.45, height * 0.45);
  context.lineTo(width * 0.55, height * 0.45);
  context.lineTo(width, height);
  context.lineTo(0, height);
  context.fill();
  context.strokeStyle = '#e8e4d8';
  context.lineWidth = width / 80;
  context.strokeRect(0, 0, width, height);
  return canvas;
}
