/** Size of a picture inside the bounds that were asked for: the shape stays, nothing is enlarged, sides are even. */
export function fit(
  picture: { readonly width: number; readonly height: number },
  wish: { readonly width?: number | undefined; readonly height?: number | undefined },
): { width: number; height: number } {
  const scale = Math.min(
    1,
    (wish.width ?? picture.width) / picture.width,
    (wish.height ?? picture.height) / picture.height,
  );
  if (scale === 1) return { width: picture.width, height: picture.height };
  const even = (side: number): number => Math.max(2, 2 * Math.round((side * scale) / 2));
  return { width: even(picture.width), height: even(picture.height) };
}
