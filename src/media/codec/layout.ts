/**
 * Where each source stands in the picture. Pure.
 */
import type { Size } from './plan.ts';

export interface Cell extends Size {
  readonly x: number;
  readonly y: number;
}

const even = (value: number): number => Math.max(2, Math.round(value / 2) * 2);

/**
 * One cell per source, in whole even pixels.
 * `grid`: equal cells, as square a grid as can be. `main`: the first is large, the others stand in a column to its right.
 */
export function layoutCells(layout: 'main' | 'grid', sources: number, size: Size): Cell[] {
  if (sources <= 1) return [{ x: 0, y: 0, ...size }];
  if (layout === 'grid') {
    const columns = Math.ceil(Math.sqrt(sources));
    const rows = Math.ceil(sources / columns);
    return Array.from({ length: sources }, (_, index) =>
      between(index % columns, Math.floor(index / columns), columns, rows, { x: 0, y: 0, ...size }),
    );
  }
  const left = even(size.width * (sources > 5 ? 0.8 : 0.75));
  const column: Cell = { x: left, y: 0, width: size.width - left, height: size.height };
  const rows = Math.max(3, sources - 1);
  return [
    { x: 0, y: 0, width: left, height: size.height },
    ...Array.from({ length: sources - 1 }, (_, index) => between(0, index, 1, rows, column)),
  ];
}

function between(column: number, row: number, columns: number, rows: number, area: Cell): Cell {
  const edge = (index: number, count: number, length: number): number => Math.round((index * length) / count / 2) * 2;
  const x = edge(column, columns, area.width);
  const y = edge(row, rows, area.height);
  return {
    x: area.x + x,
    y: area.y + y,
    width: Math.max(2, edge(column + 1, columns, area.width) - x),
    height: Math.max(2, edge(row + 1, rows, area.height) - y),
  };
}

/** The largest place of this shape within a cell, centred, on even pixels. */
export function fitInto(cell: Cell, shape: Size): Cell {
  const scale = Math.min(cell.width / shape.width, cell.height / shape.height);
  const width = Math.min(cell.width, even(shape.width * scale));
  const height = Math.min(cell.height, even(shape.height * scale));
  const middle = (room: number): number => Math.floor(room / 4) * 2;
  return { x: cell.x + middle(cell.width - width), y: cell.y + middle(cell.height - height), width, height };
}

/**
 * Size of the clip: that of the sources in their layout, within the limits, never larger than they are; even.
 * @param shapes pictures of each source as they are to be seen (square pixels)
 */
export function clipSize(
  layout: 'main' | 'grid',
  shapes: readonly Size[],
  limits: { readonly width?: number; readonly height?: number },
): Size {
  const [first = { width: 640, height: 360 }] = shapes;
  let { width, height } = first;
  if (shapes.length > 1) {
    const columns = layout === 'grid' ? Math.ceil(Math.sqrt(shapes.length)) : 4 / 3;
    const rows = layout === 'grid' ? Math.ceil(shapes.length / columns) : 1;
    const scale = Math.min(1, 1920 / (width * columns), 1080 / (height * rows));
    width *= columns * scale;
    height *= rows * scale;
  }
  const scale = Math.min(1, (limits.width ?? 7680) / width, (limits.height ?? 4320) / height);
  const most = (value: number, limit: number | undefined): number =>
    limit === undefined ? even(value * scale) : Math.max(2, Math.min(even(value * scale), Math.floor(limit / 2) * 2));
  return { width: most(width, limits.width), height: most(height, limits.height) };
}
