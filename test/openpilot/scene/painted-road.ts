/**
 * The picture a camera would take of a flat road with painted lines: one ray is cast for each pixel to the ground.
 * Shares nothing with what draws the overlay, so that they cannot be wrong alike: not even matrices or tables of lenses.
 */

/** Roll, pitch, yaw; or x, y, z. */
type Triple = readonly [number, number, number];

export interface Camera {
  /** Pixels of the picture. */
  readonly width: number;
  readonly height: number;
  /** Pixels, along x and y. */
  readonly focal: readonly [number, number];
  /** Radians: roll, pitch and yaw of the device against the road's frame. */
  readonly rpy: Triple;
  /** The same of this camera against the device; zeros for the road camera. */
  readonly mounted: Triple;
  /** Metres above the road. */
  readonly above: number;
}

/** y to the right of the camera at x ahead of it, metres. */
export type Line = (x: number) => number;

/** Half width of the paint, metres: broad, so that far lines do not fall apart into single pixels. */
const HALF = 0.15;
/** Metres: no paint beyond. */
const FAR = 120;

/** A ray's direction (x ahead, y right, z down) turned back by roll, pitch and yaw: undone in the order yaw, pitch, roll. */
function unturn([x, y, z]: Triple, [roll, pitch, yaw]: Triple): Triple {
  const ax = x * Math.cos(yaw) + y * Math.sin(yaw);
  const ay = -x * Math.sin(yaw) + y * Math.cos(yaw);
  const bx = ax * Math.cos(pitch) - z * Math.sin(pitch);
  const bz = ax * Math.sin(pitch) + z * Math.cos(pitch);
  return [bx, ay * Math.cos(roll) + bz * Math.sin(roll), -ay * Math.sin(roll) + bz * Math.cos(roll)];
}

/** Where the road lies that is seen at a place of the picture; null: sky. */
export function groundAt(camera: Camera, u: number, v: number): { x: number; y: number } | null {
  const ray: Triple = [1, (u - camera.width / 2) / camera.focal[0], (v - camera.height / 2) / camera.focal[1]];
  const [x, y, z] = unturn(unturn(ray, camera.mounted), camera.rpy);
  if (z <= 1e-9) return null;
  const t = camera.above / z;
  return x > 0 ? { x: x * t, y: y * t } : null;
}

/** RGBA. Sky and road have equal red, green and blue; paint has more green, so that it can be told from a white overlay. */
export function paintRoad(camera: Camera, lines: readonly Line[]): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = camera;
  // Rays in each direction of a pixel: more where pixels are large, and in a small picture they cost little.
  const fine = width < 1000 ? 4 : 2;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) {
      let [paint, sky] = [0, 0];
      for (let ray = 0; ray < fine * fine; ray++) {
        const at = groundAt(camera, u + ((ray % fine) + 0.5) / fine, v + (Math.floor(ray / fine) + 0.5) / fine);
        if (!at) sky++;
        else if (at.x < FAR && painted(at.x, at.y, lines)) paint++;
      }
      const share = fine * fine;
      const base = 40 + (30 * sky) / share;
      const at = (v * width + u) * 4;
      pixels[at] = base;
      pixels[at + 1] = base + (150 * paint) / share;
      pixels[at + 2] = base;
      pixels[at + 3] = 255;
    }
  return pixels;
}

function painted(x: number, y: number, lines: readonly Line[]): boolean {
  for (const line of lines) if (Math.abs(line(x) - y) < HALF) return true;
  return false;
}
