/**
 * The picture of a drive: which camera pictures lie where, and what is drawn over them.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { DriveInfo, FrameState } from '../frame-state.ts';
import { intrinsics, type Lens, lensOf } from './cameras.ts';
import { drawModel } from './draw-model.ts';
import { Hud } from './hud.ts';
import { type Layout, layoutOf, type Panel } from './layout.ts';
import type { Matrix3 } from './matrix.ts';
import { foldMoment, type SceneMoment, type View } from './moment.ts';
import type { SceneOptions } from './options.ts';
import { canvasFromCalibrated, pictureFromCalibrated, vanishingPoint } from './projection.ts';
import type { CameraName, CameraSizes, Layer, Rect, Size, Tile } from './tiles.ts';
import { affineOf, coveringWindow, placeWindow, wholeOf, windowSize } from './window.ts';

/** openpilot keeps this many pixels of its canvas free at the edges of the picture. */
const MARGIN = 5;

/** What is on a context now, whichever scene drew it, to be cleared before the next picture. */
const drawnOn = new WeakMap<SKRSContext2D, readonly Rect[]>();

export class DriveScene {
  readonly size: Size;
  private readonly options: SceneOptions;
  private readonly info: DriveInfo;
  private readonly cameras: CameraSizes;
  private readonly layout: Layout;
  private readonly hud: Hud;

  /** @throws UserError when the drive has no picture of a camera that the mode shows */
  constructor(options: SceneOptions, info: DriveInfo, cameras: CameraSizes) {
    this.options = options;
    this.info = info;
    this.cameras = cameras;
    this.layout = layoutOf(options, cameras);
    this.size = this.layout.size;
    this.hud = new Hud(this.layout, options, info);
  }

  /** The moment of the next picture. @param before null where a range starts */
  next(before: SceneMoment | null, state: FrameState, clipSeconds: number): SceneMoment {
    const moment = foldMoment(before, state, clipSeconds, this.info, this.options, this.cameras);
    const views = this.layout.panels.map((panel, index) => {
      const camera = panel.camera === 'follow' ? (moment.wide ? 'wide' : 'road') : panel.camera;
      return this.view(panel, camera, state, before?.views[index] ?? null);
    });
    return { ...moment, views };
  }

  /** Camera pictures in the order in which they are laid on the canvas. */
  tiles(moment: SceneMoment): Tile[] {
    return this.layout.panels.flatMap(({ target }, index) => {
      const view = moment.views[index];
      return view ? [{ camera: view.camera, source: view.window, target }] : [];
    });
  }

  /**
   * Draws path, lines and leads on a context of the canvas' size, in place of what a scene drew on it before.
   * @returns even rectangles that do not overlap; outside of them the canvas is transparent
   */
  draw(context: SKRSContext2D, moment: SceneMoment): Rect[] {
    const whole = [{ x: 0, y: 0, ...this.size }];
    for (const { x, y, width, height } of drawnOn.get(context) ?? whole) context.clearRect(x, y, width, height);
    const rects = this.layout.panels.flatMap((panel, index) => {
      const view = moment.views[index];
      const transform = view && panel.model ? this.transform(panel, view, moment.state) : null;
      return transform
        ? drawModel(context, moment, transform, panel.target, this.layout.unit, this.info, this.options.look)
        : [];
    });
    drawnOn.set(context, rects);
    return rects;
  }

  /** What stays the same for many pictures, from below to above, over what `draw` draws. */
  layers(moment: SceneMoment): Layer[] {
    return this.hud.layers(moment);
  }

  /** Calibrated frame → canvas; null when it is not known how the camera looks. */
  private transform(panel: Panel, view: View, state: FrameState): Matrix3 | null {
    const picture = this.cameras[view.camera];
    if (!picture || !state.calibration) return null;
    const k = intrinsics(this.lens(view.camera, picture, state), picture);
    return canvasFromCalibrated(
      pictureFromCalibrated(k, view.camera, state.calibration),
      affineOf(view.window, panel.target),
    );
  }

  private view(panel: Panel, camera: CameraName, state: FrameState, before: View | null): View {
    // Every camera of a layout was there when it was made.
    const picture = this.cameras[camera] ?? panel.target;
    if (panel.fit === 'whole') return { camera, window: wholeOf(picture) };
    if (panel.fit === 'cover') return { camera, window: coveringWindow(picture, panel.target) };
    const lens = this.lens(camera, picture, state);
    const { unit } = this.layout;
    const zoom = camera === 'wide' ? (this.options.look === '2022' ? 2.5 : 2) : 1.1;
    const content = { width: panel.target.width / unit, height: panel.target.height / unit };
    const size = windowSize(picture, lens, content, zoom);
    const middle = state.calibration
      ? vanishingPoint(pictureFromCalibrated(intrinsics(lens, picture), camera, state.calibration))
      : { x: picture.width / 2, y: picture.height / 2 };
    const margin = {
      x: (MARGIN * unit * size.width) / panel.target.width,
      y: (MARGIN * unit * size.height) / panel.target.height,
    };
    const rest = before?.camera === camera ? before.window : null;
    return { camera, window: placeWindow(picture, size, middle, margin, rest) };
  }

  private lens(camera: CameraName, picture: Size, state: FrameState): Lens {
    return lensOf(camera, picture, this.info.device, state.sensor);
  }
}
