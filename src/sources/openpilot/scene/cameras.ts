/**
 * Lenses of the devices openpilot runs on (openpilot, common/transformations/camera.py). Pure.
 */
import type { FrameState } from '../frame-state.ts';
import type { Matrix3 } from './matrix.ts';
import type { CameraName, Size } from './tiles.ts';

/** A picture's full size on the device, and the lens for it. */
export interface Lens extends Size {
  /** Pixels of the picture at this size. */
  readonly focal: number;
}

interface Lenses {
  readonly road: Lens;
  readonly wide: Lens;
  readonly driver: Lens;
}

const BIG = { width: 1928, height: 1208 };
const SMALL = { width: 1344, height: 760 };
const WIDE_BIG: Lens = { ...BIG, focal: 567 };
const WIDE_SMALL: Lens = { ...SMALL, focal: (567 / 4) * 3 };

const NEO: Lenses = {
  road: { width: 1164, height: 874, focal: 910 },
  wide: WIDE_BIG,
  driver: { width: 816, height: 612, focal: 650 },
};
const THREE: Lenses = { road: { ...BIG, focal: 2648 }, wide: WIDE_BIG, driver: WIDE_BIG };
const FOUR: Lenses = { road: { ...SMALL, focal: (1522 / 4) * 3 }, wide: WIDE_SMALL, driver: WIDE_SMALL };

/**
 * The lens behind a picture. A picture of a device's own size tells it better than what was logged.
 * @param device `neo`, `tici` … as logged
 */
export function lensOf(camera: CameraName, picture: Size, device: string | null, sensor: FrameState['sensor']): Lens {
  for (const lenses of [NEO, THREE, FOUR]) {
    const lens = lenses[camera];
    if (lens.width === picture.width && lens.height === picture.height) return lens;
  }
  if (device === 'neo' || device === 'eon' || device === 'leon') return NEO[camera];
  return (sensor === 'os04c10' ? FOUR : THREE)[camera];
}

/** K for a picture, which may be scaled (qcamera), in each direction by itself. Pixel (i, j) covers [i, i + 1) × [j, j + 1). */
export function intrinsics(lens: Lens, picture: Size): Matrix3 {
  const x = picture.width / lens.width;
  const y = picture.height / lens.height;
  return [lens.focal * x, 0, picture.width / 2, 0, lens.focal * y, picture.height / 2, 0, 0, 1];
}
