/**
 * Path, lane lines and road edges as polygons on the canvas (openpilot, selfdrive/ui/onroad/model_renderer.py). Pure.
 */
import type { Curve, LeadState, ModelState } from '../frame-state.ts';
import type { Polygon } from './bands.ts';
import type { Matrix3 } from './matrix.ts';
import type { Rect } from './tiles.ts';

/** Half widths, metres. */
const LANE_LINE = 0.025;
const ROAD_EDGE = 0.025;
const PATH = 0.9;

export interface Strip {
  /** Along the left side away from the car, and back along the right. Empty: nothing to see. */
  readonly polygon: Polygon;
  /** 0 to 1. */
  readonly alpha: number;
}

export interface ModelStrips {
  readonly laneLines: readonly Strip[];
  readonly roadEdges: readonly Strip[];
  readonly path: Polygon;
  /** For each point of the path's left side: which point of the model it is, as a fraction. */
  readonly pathPoints: readonly number[];
}

/**
 * @param transform calibrated frame → canvas
 * @param clip points outside are left out
 * @param height of the camera above the road, metres
 * @param lead the first one; the path ends before it
 */
export function modelStrips(
  model: ModelState,
  lead: LeadState | null,
  transform: Matrix3,
  clip: Rect,
  height: number,
): ModelStrips {
  const reach = clamp(model.path.x.at(-1) ?? 0, 10, 100);
  const strip = (curve: Curve, half: number) => stripOf(curve, half, 0, reach, transform, clip, true).polygon;
  const pathReach = lead ? clamp(2 * lead.distance - Math.min(0.7 * lead.distance, 10), 0, reach) : reach;
  const path = stripOf(model.path, PATH, height, pathReach, transform, clip, false);
  return {
    laneLines: model.laneLines.map((line) => ({
      polygon: strip(line, LANE_LINE * line.probability),
      alpha: clamp(line.probability, 0, 0.7),
    })),
    roadEdges: model.roadEdges.map((edge) => ({ polygon: strip(edge, ROAD_EDGE), alpha: clamp(1 - edge.std, 0, 1) })),
    path: path.polygon,
    pathPoints: path.points,
  };
}

/** Points of a curve up to a distance, with one exactly there; the fraction says between which points of the model it lies. */
function upTo(curve: Curve, reach: number): { x: number; y: number; z: number; point: number }[] {
  const points: { x: number; y: number; z: number; point: number }[] = [];
  for (let at = 0; at < curve.x.length; at++) {
    const [x, y, z] = [curve.x[at] ?? 0, curve.y[at] ?? 0, curve.z[at] ?? 0];
    if (x > reach) {
      const before = points.at(-1);
      if (before) {
        const part = (reach - before.x) / (x - before.x);
        points.push({
          x: reach,
          y: before.y + (y - before.y) * part,
          z: before.z + (z - before.z) * part,
          point: before.point + part,
        });
      }
      break;
    }
    points.push({ x, y, z, point: at });
  }
  return points.filter(({ x }) => x >= 0);
}

function stripOf(
  curve: Curve,
  half: number,
  down: number,
  reach: number,
  m: Matrix3,
  clip: Rect,
  invert: boolean,
): { polygon: number[]; points: number[] } {
  const left: number[] = [];
  const right: number[] = [];
  const points: number[] = [];
  let highest = Number.POSITIVE_INFINITY;
  for (const { x, y, z, point } of upTo(curve, reach)) {
    const a = project(m, x, y - half, z + down, clip);
    const b = project(m, x, y + half, z + down, clip);
    if (!a || !b) continue;
    // Behind the top of a hill the road would fold down over itself.
    if (!invert && a[1] > highest) continue;
    highest = Math.min(highest, a[1]);
    left.push(a[0], a[1]);
    right.push(b[1], b[0]);
    points.push(point);
  }
  // Reversing the flat list turns (y, x) pairs to (x, y) pairs of the way back.
  return points.length < 2 ? { polygon: [], points: [] } : { polygon: left.concat(right.reverse()), points };
}

/** Null: behind the camera, or outside. */
export function project(m: Matrix3, x: number, y: number, z: number, clip: Rect): [number, number] | null {
  const depth = m[6] * x + m[7] * y + m[8] * z;
  if (depth < 1e-6) return null;
  const u = (m[0] * x + m[1] * y + m[2] * z) / depth;
  const v = (m[3] * x + m[4] * y + m[5] * z) / depth;
  const inside = u >= clip.x && u <= clip.x + clip.width && v >= clip.y && v <= clip.y + clip.height;
  return inside ? [u, v] : null;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
