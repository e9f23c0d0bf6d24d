/**
 * Tight rectangles around polygons, in bands of rows, so that blending touches little that is transparent. Pure.
 */
import type { Rect } from './tiles.ts';

/** A closed polygon: x0, y0, x1, y1, … */
export type Polygon = readonly number[];

const BAND = 24;
/** Two pieces of a band that are nearer than this are one rectangle. */
const GAP = 24;
/** For the soft edge of a drawn polygon. */
const EDGE = 1;

/**
 * Even rectangles inside `area` that together hold all pixels that filling the polygons may touch. They do not overlap.
 * @param area even
 */
export function bandsOf(polygons: readonly Polygon[], area: Rect): Rect[] {
  const count = Math.ceil(area.height / BAND);
  const bands: [number, number][][] = Array.from({ length: count }, () => []);
  for (const polygon of polygons) {
    const left = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    const right = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    for (let at = 0; at < polygon.length; at += 2) {
      const next = at + 2 < polygon.length ? at + 2 : 0;
      spread(polygon[at] ?? 0, polygon[at + 1] ?? 0, polygon[next] ?? 0, polygon[next + 1] ?? 0, area, left, right);
    }
    for (let band = 0; band < count; band++) {
      const from = left[band] ?? 0;
      const to = right[band] ?? 0;
      if (from <= to) bands[band]?.push([from, to]);
    }
  }
  return bands.flatMap((pieces, band) => rectsOf(pieces, band, area));
}

/** Widens the extents of all bands that an edge passes. */
function spread(x0: number, y0: number, x1: number, y1: number, area: Rect, left: Float64Array, right: Float64Array) {
  const top = Math.min(y0, y1) - EDGE - area.y;
  const bottom = Math.max(y0, y1) + EDGE - area.y;
  const first = Math.max(0, Math.floor(top / BAND));
  const last = Math.min(left.length - 1, Math.floor(bottom / BAND));
  for (let band = first; band <= last; band++) {
    const xAt = (y: number): number => {
      if (y0 === y1) return x0;
      const part = Math.max(0, Math.min(1, (y - y0) / (y1 - y0)));
      return x0 + (x1 - x0) * part;
    };
    const [a, b] = y0 === y1 ? [x0, x1] : [xAt(area.y + band * BAND - EDGE), xAt(area.y + (band + 1) * BAND + EDGE)];
    left[band] = Math.min(left[band] ?? 0, a, b);
    right[band] = Math.max(right[band] ?? 0, a, b);
  }
}

function rectsOf(pieces: [number, number][], band: number, area: Rect): Rect[] {
  const y = area.y + band * BAND;
  const height = Math.min(BAND, area.y + area.height - y);
  const rects: Rect[] = [];
  const end = area.x + area.width;
  let open: [number, number] | undefined;
  const close = (): void => {
    if (!open) return;
    const x = Math.max(area.x, Math.floor((open[0] - EDGE) / 2) * 2);
    const to = Math.min(end, Math.ceil((open[1] + EDGE) / 2) * 2);
    if (to > x) rects.push({ x, y, width: to - x, height });
  };
  for (const [from, to] of pieces.toSorted((a, b) => a[0] - b[0])) {
    if (open && from <= open[1] + GAP) open = [open[0], Math.max(open[1], to)];
    else {
      close();
      open = [from, to];
    }
  }
  close();
  return rects;
}
