/** How large a picture becomes: as it is, or smaller until it fits, in even pixels. Pure. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export function fitted(size: Size, most: Size): Size {
  const scale = Math.min(1, most.width / size.width, most.height / size.height);
  const even = (side: number): number => Math.max(16, 2 * Math.floor((side * scale) / 2 + 1e-9));
  return { width: even(size.width), height: even(size.height) };
}
