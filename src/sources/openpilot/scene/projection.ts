/**
 * From openpilot's calibrated frame (x forward, y right, z down; metres) to pixels of the canvas (openpilot, selfdrive/ui/onroad/augmented_road_view.py). Pure.
 */
import type { CalibrationState } from '../frame-state.ts';
import { apply, type Matrix3, multiply, rotation } from './matrix.ts';
import type { CameraName } from './tiles.ts';
import type { Affine } from './window.ts';

/** View (x right, y down, z forward) from device (x forward, y right, z down). */
const VIEW_FROM_DEVICE: Matrix3 = [0, 1, 0, 0, 0, 1, 1, 0, 0];

/** From the calibrated frame to homogeneous pixels of a camera's picture. A wide camera whose place is not known is taken to look as the road camera does. */
export function pictureFromCalibrated(k: Matrix3, camera: CameraName, calibration: CalibrationState): Matrix3 {
  const device = rotation(calibration.rpy);
  const mounted =
    camera === 'wide' && calibration.wideFromDevice ? multiply(rotation(calibration.wideFromDevice), device) : device;
  return multiply(k, multiply(VIEW_FROM_DEVICE, mounted));
}

/** Pixels of the picture where a road straight ahead ends; not finite when the camera does not look ahead. */
export function vanishingPoint(transform: Matrix3): { x: number; y: number } {
  const [x, y, z] = apply(transform, [1000, 0, 0]);
  return z > 1e-6 ? { x: x / z, y: y / z } : { x: Number.NaN, y: Number.NaN };
}

/** The same, to the canvas. */
export function canvasFromCalibrated(transform: Matrix3, affine: Affine): Matrix3 {
  return multiply([affine.scaleX, 0, affine.moveX, 0, affine.scaleY, affine.moveY, 0, 0, 1], transform);
}
