/** Rectangles of pictures whose pixels of colour are two wide and high. Pure. */

/** Pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest even rectangle around `rect` within a picture, or undefined where nothing of it is inside. */
export function evenRect(rect: Rect, size: { readonly width: number; readonly height: number }): Rect | undefined {
  const left = Math.max(0, Math.floor(rect.x / 2) * 2);
  const top = Math.max(0, Math.floor(rect.y / 2) * 2);
  const right = Math.min(size.width, Math.ceil((rect.x + rect.width) / 2) * 2);
  const bottom = Math.min(size.height, Math.ceil((rect.y + rect.height) / 2) * 2);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

/** Reading a rectangle back costs as much as so many pixels more of another. */
const WORTH_OWN_RECT = 1000;

/** Few rectangles around the same area, of which no two overlap: those that do, or that are near each other, become one around both. */
export function fewRects(rects: readonly Rect[]): Rect[] {
  const done: Rect[] = [];
  for (const rect of rects) {
    let grown = rect;
    for (let index = 0; index < done.length; ) {
      const other = done[index];
      const both = other && around(grown, other);
      if (!other || !both || (!overlap(grown, other) && area(both) > area(grown) + area(other) + WORTH_OWN_RECT)) {
        index++;
        continue;
      }
      grown = both;
      done.splice(index, 1);
      index = 0;
    }
    done.push(grown);
  }
  return done;
}

function around(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

const area = (rect: Rect): number => rect.width * rect.height;

export const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** What two rectangles have in common. */
export function common(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** What is left of a rectangle without a part of it: above, below, left and right. @param part inside of it */
export function without(rect: Rect, part: Rect): Rect[] {
  const [right, bottom] = [rect.x + rect.width, rect.y + rect.height];
  const [partRight, partBottom] = [part.x + part.width, part.y + part.height];
  return [
    { ...rect, height: part.y - rect.y },
    { ...rect, y: partBottom, height: bottom - partBottom },
    { x: rect.x, y: part.y, width: part.x - rect.x, height: part.height },
    { x: partRight, y: part.y, width: right - partRight, height: part.height },
  ].filter(({ width, height }) => width > 0 && height > 0);
}
