/**
 * Where the pictures of a car's cameras stand in a clip, and where the bar is. Pure.
 */
import type { Rect } from '../../../media/overlay/overlay-scene.ts';
import type { CarLayoutName } from './camera-names.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The place of a camera; its picture is fitted in, whatever its shape. */
export interface Cell {
  readonly camera: string;
  readonly rect: Rect;
}

export interface Footer {
  /** Speed, gear, wheel …; undefined: not shown. */
  readonly bar: Rect | undefined;
  /** Time, place and title; undefined: not shown. */
  readonly stamp: Rect | undefined;
}

export interface CarLayout {
  /** Of the clip; even. */
  readonly size: Size;
  /** In the order of the cameras that were asked for; all of them at once, but for `trigger`, whose cells are the same place. */
  readonly cells: readonly Cell[];
  readonly footer: Footer;
}

export interface LayoutWish {
  readonly layout: CarLayoutName;
  /** As the layout orders them. */
  readonly cameras: readonly string[];
  /** Of the camera's pictures; those without footage are missing. */
  readonly sizes: ReadonlyMap<string, Size>;
  readonly telemetry: boolean;
  readonly stamp: boolean;
  /** The clip is no larger than this. */
  readonly most: { readonly width?: number; readonly height?: number };
}

/** Width of the clip where nobody asks for another: a mosaic of six is read on a large screen, a camera alone keeps its own up to this. */
const USUAL_WIDTH: Readonly<Record<CarLayoutName, number>> = {
  single: 1920,
  trigger: 1920,
  'front+repeaters': 960,
  '2x2': 1440,
  six: 1920,
};
const LEAST_WIDTH = 160;
/** Of a car's cameras when none of them has a picture. */
const USUAL: Size = { width: 1280, height: 960 };
/** Below this width bar and stamp stand one above the other. */
const ONE_ROW = 1100;

export function layoutOf(wish: LayoutWish): CarLayout {
  const { layout, most } = wish;
  const shape = shapeOf(wish);
  const own = layout === 'single' || layout === 'trigger' ? shape.width : Number.POSITIVE_INFINITY;
  let width = Math.max(LEAST_WIDTH, Math.min(most.width ?? Math.min(USUAL_WIDTH[layout], own), 3840));
  for (;;) {
    const made = layoutAt(wish, shape, width);
    const { height } = made.size;
    if (height <= (most.height ?? 2160) || width <= LEAST_WIDTH) return made;
    width = Math.max(LEAST_WIDTH, Math.min(width - 2, Math.floor((width * (most.height ?? 2160)) / height)));
  }
}

/** The shape of a cell: that of the largest picture, so that nothing of it is lost. */
function shapeOf({ cameras, sizes }: LayoutWish): Size {
  let best: Size | undefined;
  for (const camera of cameras) {
    const size = sizes.get(camera);
    if (size && (!best || size.width > best.width)) best = size;
  }
  return best ?? USUAL;
}

function layoutAt({ layout, cameras, telemetry, stamp }: LayoutWish, shape: Size, width: number): CarLayout {
  const columns = layout === 'six' ? 3 : layout === 'single' || layout === 'trigger' ? 1 : 2;
  const cellWidth = down(width / columns);
  const cellHeight = down((cellWidth * shape.height) / shape.width);
  const whole = cellWidth * columns;
  const at = (column: number, row: number, above = 0): Rect => ({
    x: column * cellWidth,
    y: above + row * cellHeight,
    width: cellWidth,
    height: cellHeight,
  });
  let cells: Cell[];
  let pictures: number;
  switch (layout) {
    case 'single':
    case 'trigger':
      cells = cameras.map((camera) => ({ camera, rect: at(0, 0) }));
      pictures = cellHeight;
      break;
    case 'front+repeaters': {
      // The front camera above, as wide as both repeaters beneath it.
      const front = { x: 0, y: 0, width: whole, height: down((whole * shape.height) / shape.width) };
      cells = cameras.map((camera, index) => ({
        camera,
        rect: index === 0 ? front : at(index - 1, 0, front.height),
      }));
      pictures = front.height + cellHeight;
      break;
    }
    case '2x2':
    case 'six':
      cells = cameras.map((camera, index) => ({ camera, rect: at(index % columns, Math.floor(index / columns)) }));
      pictures = Math.ceil(cameras.length / columns) * cellHeight;
  }
  const footer = footerOf(whole, pictures, telemetry, stamp);
  const bottom = [footer.bar, footer.stamp].reduce((most, rect) => Math.max(most, rect ? rect.y + rect.height : 0), 0);
  return { size: { width: whole, height: Math.max(pictures, bottom) }, cells, footer };
}

/** Beneath the pictures, so that nothing of them is hidden. */
function footerOf(width: number, top: number, telemetry: boolean, stamp: boolean): Footer {
  const row = (y: number, height: number, from = 0, to = width): Rect => ({ x: from, y, width: to - from, height });
  if (!telemetry) return { bar: undefined, stamp: stamp ? row(top, even(Math.max(18, width / 34))) : undefined };
  if (!stamp)
    return { bar: row(top, even(width >= ONE_ROW ? Math.min(110, width / 20) : width / 13)), stamp: undefined };
  if (width >= ONE_ROW) {
    const height = even(Math.min(110, width / 20));
    const middle = even(width * 0.66);
    return { bar: row(top, height, 0, middle), stamp: row(top, height, middle, width) };
  }
  const height = even(width / 13);
  return { bar: row(top, height), stamp: row(top + height, even(Math.max(18, width / 30))) };
}

/** The place of a picture inside of its cell: as large as it can be, in the middle; what is left stays black. */
export function fitted(picture: Size, cell: Rect): Rect {
  const scale = Math.min(cell.width / picture.width, cell.height / picture.height);
  // A row or two that rounding has left over is no border.
  const fill = (length: number, room: number): number => (room - length <= 4 ? room : down(length));
  const width = fill(picture.width * scale, cell.width);
  const height = fill(picture.height * scale, cell.height);
  return { x: cell.x + down((cell.width - width) / 2), y: cell.y + down((cell.height - height) / 2), width, height };
}

const even = (value: number): number => Math.max(2, Math.round(value / 2) * 2);
const down = (value: number): number => Math.floor(value / 2) * 2;
