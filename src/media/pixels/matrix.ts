/** How colours become Y, Cb and Cr of limited range. */
import { alloc, writeNumbers } from './memory.ts';

/** Where the weights of a matrix lie: as `weightsOf` in `assembly/pixels.ts` reads them. */
export type ColourMatrix = number & { readonly matrix: true };

/** From the luma weights of red and blue (ITU-T H.273 section 8.3, equations 41 to 46 with the ranges 219 and 224). */
function matrixOf(kr: number, kb: number): ColourMatrix {
  const kg = 1 - kr - kb;
  const luma = 219 / 255;
  const chroma = 224 / 255 / 2;
  const rows = [
    [luma * kr, luma * kg, luma * kb, 16 / 255],
    [(-chroma * kr) / (1 - kb), (-chroma * kg) / (1 - kb), chroma, 128 / 255],
    [chroma, (-chroma * kg) / (1 - kr), (-chroma * kb) / (1 - kr), 128 / 255],
  ];
  const at = alloc(24);
  const weights = rows.flat().map((weight) => Math.round(weight * 32_768) & 0xffff);
  // Two of 16 bits each.
  writeNumbers(
    at,
    weights.flatMap((weight, index) => (index % 2 === 0 ? [weight | ((weights[index + 1] ?? 0) << 16)] : [])),
  );
  return at as ColourMatrix;
}

export const BT601: ColourMatrix = matrixOf(0.299, 0.114);
export const BT709: ColourMatrix = matrixOf(0.2126, 0.0722);
