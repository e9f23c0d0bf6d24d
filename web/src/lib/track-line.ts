/** The way of a drive as a line on plain ground. Pure. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface TrackLine {
  readonly width: number;
  readonly height: number;
  /** For the `d` of a path. */
  readonly path: string;
  readonly first: Place;
  /** Where the car was; seconds. */
  placeAt(at: number): Place;
  /** The part between two moments, for the `d` of a path. */
  pathOf(start: number, end: number): string;
  /** When the car was nearest to a place; seconds. */
  timeNear(x: number, y: number): number;
}

const WIDTH = 600;
const HEIGHT = 320;
const EDGE = 18;

/**
 * North is up; metres are the same in both directions (equirectangular, good for what one drives in a day).
 * @param track seconds, latitude, longitude, in order @returns undefined where there is no way to draw
 */
export function lineOf(track: readonly (readonly [number, number, number])[]): TrackLine | undefined {
  const [head] = track;
  if (!head || track.length < 2) return undefined;
  const scale = Math.cos((head[1] * Math.PI) / 180);
  const points = track.map(([at, lat, lng]) => ({ at, x: lng * scale, y: -lat }));
  const [left, right] = [Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x))];
  const [top, bottom] = [Math.min(...points.map((p) => p.y)), Math.max(...points.map((p) => p.y))];
  // A car that stood still is a dot in the middle, not the noise of its receiver. A degree has about 111 km.
  const size = Math.max(
    (right - left) / (WIDTH - 2 * EDGE),
    (bottom - top) / (HEIGHT - 2 * EDGE),
    50 / 111_000 / HEIGHT,
  );
  const placed = points.map(({ at, x, y }) => ({
    at,
    x: WIDTH / 2 + (x - (left + right) / 2) / size,
    y: HEIGHT / 2 + (y - (top + bottom) / 2) / size,
  }));
  const [first] = placed;
  if (!first) return undefined;

  const placeAt = (at: number): Place => {
    let before = first;
    for (const point of placed) {
      if (point.at > at) {
        const share = point.at === before.at ? 0 : Math.max(0, (at - before.at) / (point.at - before.at));
        return { x: before.x + (point.x - before.x) * share, y: before.y + (point.y - before.y) * share };
      }
      before = point;
    }
    return { x: before.x, y: before.y };
  };
  return {
    width: WIDTH,
    height: HEIGHT,
    path: pathThrough(placed),
    first: { x: first.x, y: first.y },
    placeAt,
    pathOf: (start, end) =>
      pathThrough([placeAt(start), ...placed.filter(({ at }) => at > start && at < end), placeAt(end)]),
    timeNear(x, y) {
      let best = first;
      for (const point of placed) if (distance(point, { x, y }) < distance(best, { x, y })) best = point;
      return best.at;
    },
  };
}

const distance = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y);
const pathThrough = (points: readonly Place[]): string =>
  points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
