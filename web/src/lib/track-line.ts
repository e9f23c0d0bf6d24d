/** The way of a drive as a line on plain ground. Pure. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A picture of a map of 256 × 256, and where its corner lies. */
export interface MapTile extends Place {
  readonly zoom: number;
  readonly column: number;
  readonly row: number;
}

export interface TrackLine {
  readonly width: number;
  readonly height: number;
  /** For the `d` of a path. */
  readonly path: string;
  readonly first: Place;
  /** Pictures of a map below it; none where there is no map. */
  readonly tiles: readonly MapTile[];
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

const TILE = 256;
const DEEPEST = 18;

/**
 * North is up. On plain ground metres are the same in both directions (equirectangular, good for what one drives in a day); on a map it is
 * drawn as maps are (web Mercator).
 * @param track seconds, latitude, longitude, in order @returns undefined where there is no way to draw
 */
export function lineOf(track: readonly (readonly [number, number, number])[], onMap = false): TrackLine | undefined {
  const [head] = track;
  if (!head || track.length < 2) return undefined;
  const scale = Math.cos((head[1] * Math.PI) / 180);
  const points = track.map(([at, lat, lng]) =>
    onMap ? { at, x: (lng + 180) / 360, y: mercator(lat) } : { at, x: lng * scale, y: -lat },
  );
  const [left, right] = [Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x))];
  const [top, bottom] = [Math.min(...points.map((p) => p.y)), Math.max(...points.map((p) => p.y))];
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const fitting = Math.max((right - left) / (WIDTH - 2 * EDGE), (bottom - top) / (HEIGHT - 2 * EDGE));
  const zoom = Math.max(0, Math.min(DEEPEST, Math.floor(Math.log2(1 / (TILE * Math.max(fitting, 1e-9))))));
  // A car that stood still is a dot in the middle, not the noise of its receiver. A degree has about 111 km.
  const size = onMap ? 1 / (TILE * 2 ** zoom) : Math.max(fitting, 50 / 111_000 / HEIGHT);
  const placeOf = ({ x, y }: Place): Place => ({
    x: WIDTH / 2 + (x - middle.x) / size,
    y: HEIGHT / 2 + (y - middle.y) / size,
  });
  const placed = points.map((point) => ({ at: point.at, ...placeOf(point) }));
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
    tiles: onMap ? tilesAround(middle, zoom) : [],
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

/** Web Mercator: 0 at 85.05° north, 1 at 85.05° south. */
function mercator(latitude: number): number {
  const angle = (Math.max(-85.05, Math.min(85.05, latitude)) * Math.PI) / 180;
  return (1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2;
}

/** @param middle of the picture, in the world's own measure: 0 to 1 */
function tilesAround(middle: Place, zoom: number): MapTile[] {
  const count = 2 ** zoom;
  const corner = { x: middle.x * count * TILE - WIDTH / 2, y: middle.y * count * TILE - HEIGHT / 2 };
  const tiles: MapTile[] = [];
  for (let row = Math.floor(corner.y / TILE); row * TILE < corner.y + HEIGHT; row++)
    for (let column = Math.floor(corner.x / TILE); column * TILE < corner.x + WIDTH; column++)
      if (row >= 0 && row < count && column >= 0 && column < count)
        tiles.push({ zoom, column, row, x: column * TILE - corner.x, y: row * TILE - corner.y });
  return tiles;
}

const distance = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y);
const pathThrough = (points: readonly Place[]): string =>
  points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
