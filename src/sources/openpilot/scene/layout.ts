/**
 * Where the pictures lie on the canvas. Pure.
 */
import { UserError } from '../../../base/errors.ts';
import type { SceneOptions } from './options.ts';
import type { CameraName, CameraSizes, Rect, Size } from './tiles.ts';
import { even, wholeOf } from './window.ts';

/** openpilot draws its UI on 2160×1080 with a border of 30. */
const DESIGN: Size = { width: 2160, height: 1080 };
const BORDER = 30;

/** One picture on the canvas. */
export interface Panel {
  /** `follow`: road or wide, as the moment says. */
  readonly camera: CameraName | 'follow';
  readonly target: Rect;
  /** `ui`: zoomed to the vanishing point as openpilot does; `cover`: cut to fill; `whole`: all of it. */
  readonly fit: 'ui' | 'cover' | 'whole';
  /** Path and lines are drawn over it. */
  readonly model: boolean;
}

export interface Layout {
  readonly size: Size;
  readonly panels: readonly Panel[];
  /** Pixels of the canvas for one of openpilot's. */
  readonly unit: number;
  /** Where speed, boxes, icons and alerts lie; null: a plain camera. */
  readonly hud: Rect | null;
  /** Width of the border in pixels, even; 0: none. */
  readonly border: number;
  /** Where brand and notes lie. */
  readonly brand: Rect;
}

/** @throws UserError when the drive has no picture of a camera that the mode shows */
export function layoutOf(options: SceneOptions, cameras: CameraSizes): Layout {
  switch (options.mode) {
    case 'forward':
      return plain(options, cameras, 'road');
    case 'wide':
      return plain(options, cameras, 'wide');
    case 'driver':
      return plain(options, cameras, 'driver');
    case 'stacked':
      return stacked(options, cameras);
    case 'ui':
      return ui(options, cameras);
    case 'pip':
      return withInset(options, cameras, ui(options, cameras));
  }
}

const CAMERA_WORDS: Record<CameraName, string> = {
  road: 'of the road camera (fcamera.hevc or qcamera.ts)',
  wide: 'of the wide camera (ecamera.hevc)',
  driver: 'of the driver camera (dcamera.hevc, which a device records and uploads only when it is told to)',
};

function need(cameras: CameraSizes, camera: CameraName, mode: string): Size {
  const size = cameras[camera];
  if (!size)
    throw new UserError(
      `Mode “${mode}” needs the picture ${CAMERA_WORDS[camera]}, and there is none for this part of the drive.`,
      'Choose another mode, or upload that file from the device.',
      { code: 'camera-missing' },
    );
  return size;
}

function canvasOf(options: SceneOptions): Size {
  return options.size === '2160x1080' ? DESIGN : { width: 1440, height: 720 };
}

function plain(options: SceneOptions, cameras: CameraSizes, camera: CameraName): Layout {
  const picture = wholeOf(need(cameras, camera, options.mode));
  const height = options.size === 'camera' ? picture.height : canvasOf(options).height;
  const size = { width: even((height * picture.width) / picture.height), height };
  const target = { x: 0, y: 0, ...size };
  return {
    size,
    panels: [{ camera, target, fit: 'whole', model: false }],
    unit: unitOf(size),
    hud: null,
    border: 0,
    brand: target,
  };
}

function ui(options: SceneOptions, cameras: CameraSizes): Layout {
  const always = options.wideView === 'always' ? 'wide' : 'road';
  const picture = need(cameras, always, options.mode);
  const whole = options.size === 'camera';
  const { width, height } = whole ? wholeOf(picture) : canvasOf(options);
  const size = { width, height };
  const unit = unitOf(size);
  const border = even(BORDER * unit);
  const hud = inset({ x: 0, y: 0, ...size }, border);
  const target = whole ? { x: 0, y: 0, ...size } : hud;
  const camera = options.wideView === 'auto' && cameras.wide ? 'follow' : always;
  return {
    size,
    panels: [{ camera, target, fit: whole ? 'whole' : 'ui', model: true }],
    unit,
    hud,
    border,
    brand: hud,
  };
}

/** The small picture lies below the wheel: alerts cover the bottom, speed the middle. */
function withInset(options: SceneOptions, cameras: CameraSizes, layout: Layout): Layout {
  const picture = need(cameras, options.inset, `pip with ${options.inset}`);
  const { hud, unit } = layout;
  if (!hud) return layout;
  const width = even(hud.width * 0.27);
  const height = Math.min(even((width * picture.height) / picture.width), even(390 * unit));
  const target = {
    width,
    height,
    x: hud.x + hud.width - even(30 * unit) - width,
    y: hud.y + even(252 * unit),
  };
  return { ...layout, panels: [...layout.panels, { camera: options.inset, target, fit: 'cover', model: false }] };
}

/** Two pictures of nearly the shape of the UI, in about as many pixels as one UI has. */
function stacked(options: SceneOptions, cameras: CameraSizes): Layout {
  const road = need(cameras, 'road', options.mode);
  need(cameras, 'wide', options.mode);
  const full = options.size === 'camera' ? wholeOf(road) : canvasOf(options);
  const width = even(full.width * (options.size === 'camera' ? 1 : 0.75));
  const size = { width, height: width };
  const unit = unitOf({ width, height: width / 2 });
  const border = even(BORDER * unit);
  const gap = even(8 * unit);
  const all = inset({ x: 0, y: 0, ...size }, border);
  const height = even((all.height - gap) / 2);
  const upper = { ...all, height };
  const lower = { ...all, y: upper.y + height + gap, height: all.height - height - gap };
  const order: CameraName[] = options.stackOrder === 'forward-first' ? ['road', 'wide'] : ['wide', 'road'];
  return {
    size,
    panels: order.map((camera, index) => ({ camera, target: index === 0 ? upper : lower, fit: 'ui', model: true })),
    unit,
    hud: upper,
    border,
    brand: upper,
  };
}

function unitOf(size: Size): number {
  return Math.min(size.width / DESIGN.width, size.height / DESIGN.height);
}

export function inset(rect: Rect, by: number): Rect {
  return { x: rect.x + by, y: rect.y + by, width: rect.width - 2 * by, height: rect.height - 2 * by };
}
