/** A drive all around: the wide camera ahead and the driver's camera behind, as one picture to look around in. Nothing is drawn. */
import type { OverlayFrame, OverlayScene, Sphere, Tile } from '../../../media/overlay/overlay-scene.ts';
import type { CameraName, Size } from '../scene/tiles.ts';
import type { DriveTimeline } from '../timeline/drive-timeline.ts';
import type { CameraFiles } from './camera-files.ts';
import { clipFrames, FPS, frameCount, type PictureRange } from './clip-frames.ts';

interface SphereParts {
  readonly files: CameraFiles;
  readonly timeline: DriveTimeline;
  /** Of one camera's picture; both are laid side by side in this size. */
  readonly picture: Size;
  /** `1440x720`, `2160x1080`, or as sharp as the cameras are. */
  readonly size: string;
  readonly ranges: readonly PictureRange[];
  readonly speed: number;
}

/** What each camera sees, in degrees, as the makers of such clips have found it. */
const HORIZONTAL = 195;
const VERTICAL = 122;
/** The first half of the canvas is seen behind. */
const CAMERAS: readonly CameraName[] = ['driver', 'wide'];

export class SpherePlay implements OverlayScene {
  readonly rate = { num: FPS, den: 1 };
  readonly size: Size;
  readonly sphere: Sphere;
  readonly frames: number;
  private readonly parts: SphereParts;
  private readonly half: Size;

  constructor(parts: SphereParts) {
    this.parts = parts;
    this.half = { width: parts.picture.width & ~1, height: parts.picture.height & ~1 };
    this.size = { width: this.half.width * 2, height: this.half.height };
    const [width = 0] = parts.size === 'camera' ? [this.size.width] : parts.size.split('x').map(Number);
    const even = Math.floor(width / 4) * 4;
    this.sphere = { size: { width: even, height: even / 2 }, horizontal: HORIZONTAL, vertical: VERTICAL };
    this.frames = frameCount(parts.ranges, parts.speed);
  }

  async *play(): AsyncGenerator<OverlayFrame> {
    const { ranges, speed } = this.parts;
    for (const { segment, picture } of clipFrames(ranges, speed)) {
      const tiles: Tile[] = [];
      for (const [index, camera] of CAMERAS.entries()) {
        const tile = await this.tile(camera, index, segment, picture);
        if (tile) tiles.push(tile);
      }
      yield { tiles, draw: () => [], kept: () => [] };
    }
  }

  private async tile(camera: CameraName, index: number, segment: number, picture: number): Promise<Tile | undefined> {
    const { files, timeline } = this.parts;
    const other = camera === 'road' ? null : await timeline.otherCamera(camera, segment, picture);
    const taken = other && files.file(camera, other.segment) ? other : { segment, picture };
    const file = files.file(camera, taken.segment);
    if (!file) return undefined;
    const window = { x: 0, y: 0, width: file.size.width & ~1, height: file.size.height & ~1 };
    const place = { x: index * this.half.width, y: 0, ...this.half };
    return { input: file.input, picture: taken.picture, window, place };
  }
}
