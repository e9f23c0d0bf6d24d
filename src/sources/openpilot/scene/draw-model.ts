/**
 * Path, lane lines, road edges and leads on the canvas.
 */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { DriveInfo, ModelState } from '../frame-state.ts';
import { bandsOf, type Polygon } from './bands.ts';
import { curveGradient, experimentalGradient, type Gradient, throttleGradient } from './colours.ts';
import { inset } from './layout.ts';
import { leadMarkers } from './leads.ts';
import type { Matrix3 } from './matrix.ts';
import type { SceneMoment } from './moment.ts';
import type { SceneLook } from './options.ts';
import { type ModelStrips, modelStrips } from './strips.ts';
import type { Rect } from './tiles.ts';

/** Points this far outside the picture still shape a polygon; pixels of openpilot's canvas. */
const CLIP = 500;

/** @returns where something may have been drawn */
export function drawModel(
  context: SKRSContext2D,
  moment: SceneMoment,
  transform: Matrix3,
  area: Rect,
  unit: number,
  info: DriveInfo,
  look: SceneLook,
): Rect[] {
  const { model, calibration, leads, experimental } = moment.state;
  if (!model || !calibration) return [];
  const clip = inset(area, -CLIP * unit);
  const strips = modelStrips(model, leads[0] ?? null, transform, clip, calibration.height);
  const markers = info.openpilotLongitudinal
    ? leadMarkers(leads, model.path, transform, area, clip, calibration.height, unit)
    : [];
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  for (const { polygon, alpha } of strips.laneLines) fill(context, polygon, `rgba(255, 255, 255, ${alpha.toFixed(3)})`);
  for (const { polygon, alpha } of strips.roadEdges) fill(context, polygon, `rgba(255, 0, 0, ${alpha.toFixed(3)})`);
  const gradient = gradientOf(model, strips, moment, area, experimental, look);
  fill(context, strips.path, onCanvas(context, gradient, area));
  for (const { glow, chevron, alpha } of markers) {
    fill(context, glow, 'rgb(218, 202, 37)');
    fill(context, chevron, `rgba(201, 34, 49, ${alpha.toFixed(3)})`);
  }
  context.restore();
  const polygons = [
    ...[...strips.laneLines, ...strips.roadEdges].flatMap(({ polygon, alpha }) => (alpha > 0 ? [polygon] : [])),
    strips.path,
    ...markers.map(({ glow }) => glow),
  ];
  return bandsOf(polygons, area);
}

function gradientOf(
  model: ModelState,
  { path, pathPoints }: ModelStrips,
  { throttle }: SceneMoment,
  area: Rect,
  experimental: boolean,
  look: SceneLook,
): Gradient {
  if (experimental) return experimentalGradient(model, path, pathPoints, area.y, area.height);
  return look === '2022' ? curveGradient(model) : throttleGradient(throttle);
}

type Pattern = NonNullable<ReturnType<SKRSContext2D['createPattern']>>;

/** Wide enough that the dithering of a gradient comes through. */
const TILE = 8;
/** Of each context: mostly the next picture has the same. */
const columns = new WeakMap<SKRSContext2D, { readonly key: string; readonly pattern: Pattern }>();

/**
 * A gradient as a pattern of one narrow column: Skia works a gradient out anew for each pixel that it fills, which takes five times as long as to copy it.
 */
function onCanvas(context: SKRSContext2D, { top, stops }: Gradient, area: Rect): Pattern | string {
  const bottom = area.y + area.height;
  const key = JSON.stringify([top, stops, bottom, area.height]);
  const known = columns.get(context);
  if (known?.key === key) return known.pattern;
  const ground = createCanvas(TILE, bottom).getContext('2d');
  const gradient = ground.createLinearGradient(0, bottom, 0, bottom - area.height * top);
  for (const { at, css } of stops) gradient.addColorStop(at, css);
  ground.fillStyle = gradient;
  ground.fillRect(0, 0, TILE, bottom);
  const pattern = context.createPattern(ground.canvas, 'repeat');
  if (!pattern) return stops[0]?.css ?? 'transparent';
  columns.set(context, { key, pattern });
  return pattern;
}

function fill(context: SKRSContext2D, polygon: Polygon, style: string | Pattern): void {
  const [x, y] = polygon;
  if (x === undefined || y === undefined) return;
  context.fillStyle = style;
  context.beginPath();
  context.moveTo(x, y);
  for (let at = 2; at + 1 < polygon.length; at += 2) context.lineTo(polygon[at] ?? 0, polygon[at + 1] ?? 0);
  context.closePath();
  context.fill();
}
