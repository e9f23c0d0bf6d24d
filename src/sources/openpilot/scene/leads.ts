/**
 * Markers of the cars ahead (openpilot, selfdrive/ui/onroad/model_renderer.py). Pure.
 */
import type { Curve, LeadState } from '../frame-state.ts';
import type { Polygon } from './bands.ts';
import type { Matrix3 } from './matrix.ts';
import { clamp, project } from './strips.ts';
import type { Rect } from './tiles.ts';

export interface LeadMarker {
  readonly glow: Polygon;
  readonly chevron: Polygon;
  /** Of the chevron's red, 0 to 1: near and coming nearer is redder. */
  readonly alpha: number;
}

/**
 * @param area where markers may lie, on the canvas
 * @param unit pixels of the canvas for one of openpilot's
 */
export function leadMarkers(
  leads: readonly LeadState[],
  path: Curve,
  transform: Matrix3,
  area: Rect,
  clip: Rect,
  height: number,
  unit: number,
): LeadMarker[] {
  return leads.slice(0, 2).flatMap((lead) => {
    const z = path.z[indexAt(path.x, lead.distance)] ?? 0;
    const point = project(transform, lead.distance, -lead.left, z + height, clip);
    return point ? [markerOf(lead, point, area, unit)] : [];
  });
}

function markerOf(lead: LeadState, [u, v]: [number, number], area: Rect, unit: number): LeadMarker {
  const size = clamp(750 / (lead.distance / 3 + 30), 15, 30) * 2.35 * unit;
  const x = clamp(u, area.x, area.x + area.width - size / 2);
  const y = Math.min(v, area.y + area.height - size * 0.6);
  const [wide, high] = [size / 5, size / 10];
  const near = lead.distance < 40 ? 1 - lead.distance / 40 + Math.max(0, -lead.relativeSpeed / 10) : 0;
  return {
    glow: [x + size * 1.35 + wide, y + size + high, x, y - high, x - size * 1.35 - wide, y + size + high],
    chevron: [x + size * 1.25, y + size, x, y, x - size * 1.25, y + size],
    alpha: clamp(near, 0, 1),
  };
}

/** The last point that is not farther than the distance. */
function indexAt(x: Float32Array, distance: number): number {
  let at = 0;
  while (at + 1 < x.length && (x[at + 1] ?? 0) <= distance) at++;
  return at;
}
