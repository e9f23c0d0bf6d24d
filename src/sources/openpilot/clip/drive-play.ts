/**
 * A drive as the engine wants it: frame after frame, which pictures lie where and what is drawn. Logs are read minute by minute as
 * it plays, so memory does not grow with the length.
 */
import type { OverlayFrame, OverlayScene, Rect, Tile } from '../../../media/overlay/overlay-scene.ts';
import type { DriveInfo } from '../frame-state.ts';
import { DriveScene } from '../scene/drive-scene.ts';
import type { SceneMoment } from '../scene/moment.ts';
import type { SceneOptions } from '../scene/options.ts';
import type { CameraSizes, Tile as SceneTile, Size } from '../scene/tiles.ts';
import type { DriveTimeline } from '../timeline/drive-timeline.ts';
import type { CameraFiles } from './camera-files.ts';
import { clipFrames, FPS, frameCount, type PictureRange } from './clip-frames.ts';

interface PlayParts {
  readonly files: CameraFiles;
  readonly timeline: DriveTimeline;
  readonly info: DriveInfo;
  readonly options: SceneOptions;
  /** In the whole clip. */
  readonly cameras: CameraSizes;
  readonly ranges: readonly PictureRange[];
  readonly speed: number;
}

export class DrivePlay implements OverlayScene {
  readonly rate = { num: FPS, den: 1 };
  readonly size: Size;
  readonly frames: number;
  /** Frames of the last time it was played through for which no model was logged. */
  withoutModel = 0;
  private readonly parts: PlayParts;
  /** By the size of the road's pictures: minutes may have it from different files. */
  private readonly scenes = new Map<string, DriveScene>();
  private readonly first: DriveScene;

  /** @throws UserError when the drive has no picture of a camera that the mode shows */
  constructor(parts: PlayParts) {
    this.parts = parts;
    this.first = new DriveScene(parts.options, parts.info, parts.cameras);
    this.size = this.first.size;
    this.frames = frameCount(parts.ranges, parts.speed);
    this.scenes.set(keyOf(parts.cameras.road), this.first);
  }

  async *play(): AsyncGenerator<OverlayFrame> {
    const { timeline, ranges, speed } = this.parts;
    let moment: SceneMoment | null = null;
    let scene = this.first;
    this.withoutModel = 0;
    for (const { segment, picture, begins, clipSeconds } of clipFrames(ranges, speed)) {
      const state = await timeline.state(segment, picture);
      if (state.tier === 'none') this.withoutModel++;
      const now = this.sceneOf(segment);
      if (begins || now !== scene) moment = null;
      scene = now;
      moment = scene.next(moment, state, clipSeconds);
      yield this.frame(scene, moment, await this.tiles(scene, moment, segment, picture));
    }
  }

  private frame(scene: DriveScene, moment: SceneMoment, tiles: readonly Tile[]): OverlayFrame {
    return {
      tiles,
      draw: (context): readonly Rect[] => scene.draw(context, moment),
      kept: () => scene.layers(moment),
    };
  }

  /** One scene for each size of picture. Where the canvas is the camera's own there is one only, whose windows are the whole picture. */
  private sceneOf(segment: number): DriveScene {
    const { options, info, cameras, files } = this.parts;
    const road = files.file('road', segment)?.size;
    if (!road || options.size === 'camera') return this.first;
    let scene = this.scenes.get(keyOf(road));
    if (!scene) {
      scene = new DriveScene(options, info, { ...cameras, road });
      this.scenes.set(keyOf(road), scene);
    }
    return scene;
  }

  private async tiles(scene: DriveScene, moment: SceneMoment, segment: number, picture: number): Promise<Tile[]> {
    const tiles: Tile[] = [];
    for (const tile of scene.tiles(moment)) {
      const placed = await this.tile(tile, segment, picture);
      if (placed) tiles.push(placed);
    }
    return tiles;
  }

  private async tile(
    { camera, source, target }: SceneTile,
    segment: number,
    picture: number,
  ): Promise<Tile | undefined> {
    const { files, cameras, timeline } = this.parts;
    const other = camera === 'road' ? null : await timeline.otherCamera(camera, segment, picture);
    const taken = other && files.file(camera, other.segment) ? other : { segment, picture };
    const file = files.file(camera, taken.segment);
    if (!file) return undefined;
    const drawnFor = camera === 'road' ? this.roadSize(segment) : cameras[camera];
    const window = drawnFor ? scaled(source, drawnFor, file.size) : source;
    return { input: file.input, picture: taken.picture, window, place: target };
  }

  /** Of the pictures that the scene of this minute was made for. */
  private roadSize(segment: number): Size | null {
    if (this.parts.options.size === 'camera') return this.parts.cameras.road;
    return this.parts.files.file('road', segment)?.size ?? null;
  }
}

const keyOf = (size: Size | null): string => (size ? `${size.width}×${size.height}` : 'none');

/** A window in pictures of another size, in even pixels. */
function scaled(window: Rect, from: Size, to: Size): Rect {
  if (from.width === to.width && from.height === to.height) return window;
  const even = (value: number): number => Math.round(value / 2) * 2;
  const [x, y] = [to.width / from.width, to.height / from.height];
  return {
    x: even(window.x * x),
    y: even(window.y * y),
    width: even(window.width * x),
    height: even(window.height * y),
  };
}
