/**
 * Overlay truth on a real drive: lane lines are drawn where a person sees them painted. Only the log is needed, for the person's marks are numbers.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import type { FrameState } from '../../../src/sources/openpilot/frame-state.ts';
import { DriveScene } from '../../../src/sources/openpilot/scene/drive-scene.ts';
import { SCENE_DEFAULTS } from '../../../src/sources/openpilot/scene/options.ts';
import type { Rect } from '../../../src/sources/openpilot/scene/tiles.ts';
import { affineOf } from '../../../src/sources/openpilot/scene/window.ts';
import { DriveTimeline } from '../../../src/sources/openpilot/timeline/drive-timeline.ts';
import { markedLines } from './marked-lines.ts';

const data = process.env.VIDETTE_TEST_DATA ?? join(import.meta.dirname, '../../../../shared/data');
const drive = join(data, 'openpilot/0000006b--d72540bad7--');
const missing = existsSync(`${drive}1/qlog.zst`) ? false : `no real drive in ${data}/openpilot`;

/** Pixels of the 1440×720 picture: the bar of the project. */
const LIMIT = 8;

test('lane lines of a real drive are drawn where they are painted', { skip: missing }, async (context) => {
  const files = new Map(
    [0, 1, 2].map((minute) => [minute, { rlog: null, qlog: existing(`${drive}${minute}/qlog.zst`) }]),
  );
  const timeline = new DriveTimeline({ files });
  const scene = new DriveScene(SCENE_DEFAULTS, await timeline.info(), {
    road: { width: 526, height: 330 },
    wide: null,
    driver: null,
  });
  const all: number[] = [];
  const pictures = new Set<number>();
  for (const { picture, side, marks } of markedLines()) {
    const state = await timeline.state(1, picture);
    const [tile] = scene.tiles(scene.next(null, state, 0));
    assert.ok(tile);
    const { scaleX, scaleY, moveX, moveY } = affineOf(tile.source, tile.target);
    const line = drawnLine(scene, state, side === 'left' ? 0 : 1);
    const own = marks
      .map(([x, y]) => [x * scaleX + moveX, y * scaleY + moveY] as const)
      .filter((at) => shown(at, tile.target))
      .map((at) => Math.min(...line.map((point) => Math.hypot(point[0] - at[0], point[1] - at[1]))));
    if (own.length === 0) continue;
    context.diagnostic(`picture ${picture}, ${side}: median ${median(own).toFixed(1)} of ${own.length}`);
    pictures.add(picture);
    all.push(...own);
  }
  context.diagnostic(`${all.length} marks in ${pictures.size} pictures: median ${median(all).toFixed(2)} pixels`);
  assert.ok(pictures.size >= 20);
  assert.ok(median(all) <= LIMIT, `${median(all)}`);
});

/** The picture's lower rows and sides are cut off by the UI. */
function shown([x, y]: readonly [number, number], { x: left, y: top, width, height }: Rect): boolean {
  return x > left && x < left + width && y > top && y < top + height;
}

function existing(path: string): string | null {
  return existsSync(path) ? path : null;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) / 2;
}

/** Middles of a drawn lane line in each row of the canvas, found in its pixels. @param side 0: left */
function drawnLine(scene: DriveScene, state: FrameState, side: 0 | 1): [number, number][] {
  const line = state.model?.laneLines[side];
  assert.ok(state.model && line);
  // The other line is not there, and a car at no distance cuts the path.
  const alone = {
    ...state,
    model: { ...state.model, laneLines: [line] },
    leads: [{ distance: 0, left: 0, relativeSpeed: 0 }],
  };
  const { width, height } = scene.size;
  const context = createCanvas(width, height).getContext('2d');
  scene.draw(context, scene.next(null, alone, 0));
  const { data } = context.getImageData(0, 0, width, height);
  return Array.from({ length: height }, (_, y) => y).flatMap((y) =>
    runsOf(Uint8Array.from({ length: width }, (_, x) => data[(y * width + x) * 4 + 3] ?? 0)).map(
      (middle): [number, number] => [middle, y + 0.5],
    ),
  );
}

function runsOf(strength: Uint8Array): number[] {
  const found: number[] = [];
  let [sum, moment] = [0, 0];
  for (let x = 0; x <= strength.length; x++) {
    const value = strength[x] ?? 0;
    if (value > 0) {
      sum += value;
      moment += value * (x + 0.5);
    } else if (sum > 0) {
      found.push(moment / sum);
      [sum, moment] = [0, 0];
    }
  }
  return found;
}
