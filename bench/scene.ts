/**
 * CPU of drawing one picture of a drive, without video: the path and lines of every picture with the pixels read back, against clearing and reading
 * back the same rectangles alone.
 */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { DriveScene } from '../src/sources/openpilot/scene/drive-scene.ts';
import type { SceneMoment } from '../src/sources/openpilot/scene/moment.ts';
import { SCENE_DEFAULTS } from '../src/sources/openpilot/scene/options.ts';
import type { Rect } from '../src/sources/openpilot/scene/tiles.ts';
import { HIGHWAY, INFO, stateOf } from '../test/openpilot/scene/states.ts';

const PICTURES = 600;
const CAMERAS = { road: { width: 1928, height: 1208 }, wide: null, driver: null };

/** Two bends, a lead that comes and goes, the second half in experimental mode. */
const states = Array.from({ length: PICTURES }, (_, at) =>
  stateOf(
    { ...HIGHWAY, curvature: 0.002 * Math.sin(at / 50) },
    {
      routeSeconds: at / 20,
      speed: 22 + 5 * Math.sin(at / 30),
      steeringAngleDeg: 20 * Math.sin(at / 50),
      leads: [{ distance: 30 + 10 * Math.sin(at / 40), left: 0, relativeSpeed: -1 }],
      experimental: at > PICTURES / 2,
    },
  ),
);

function readBack(context: SKRSContext2D, rects: readonly Rect[]): void {
  for (const { x, y, width, height } of rects) context.getImageData(x, y, width, height);
}

/** Milliseconds of CPU for each picture. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / PICTURES;
}

for (const size of ['1440x720', '2160x1080'] as const) {
  const scene = new DriveScene({ ...SCENE_DEFAULTS, size }, INFO, CAMERAS);
  const context = createCanvas(scene.size.width, scene.size.height).getContext('2d');
  const moments: SceneMoment[] = [];
  const rects: Rect[][] = [];
  const fold = (): void => {
    moments.length = 0;
    for (const [at, state] of states.entries()) moments.push(scene.next(moments.at(-1) ?? null, state, at / 20));
  };
  const draw = (): void => {
    rects.length = 0;
    for (const moment of moments) {
      const drawn = scene.draw(context, moment);
      readBack(context, drawn);
      rects.push(drawn);
    }
  };
  const layers = (): void => {
    for (const moment of moments) scene.layers(moment);
  };
  const floor = (): void => {
    for (const drawn of rects) {
      for (const { x, y, width, height } of drawn) context.clearRect(x, y, width, height);
      readBack(context, drawn);
    }
  };
  // Once for the compiler.
  for (const work of [fold, draw, layers, floor]) work();
  const [state, drawn, kept, cleared] = [cost(fold), cost(draw), cost(layers), cost(floor)];
  const pixels = rects.flat().reduce((sum, rect) => sum + rect.width * rect.height, 0) / PICTURES;
  const share = (100 * pixels) / (scene.size.width * scene.size.height);
  console.log(
    `${size}: ${(state + drawn + kept).toFixed(2)} ms of CPU a picture (moment ${state.toFixed(2)}, path and lines ${drawn.toFixed(2)}, layers ${kept.toFixed(2)}), ` +
      `${((state + drawn + kept) / cleared).toFixed(1)} × clearing and reading back (${cleared.toFixed(2)} ms); ${(rects.flat().length / PICTURES).toFixed(0)} rectangles, ${share.toFixed(0)} % of the canvas`,
  );
}
