/**
 * What the drawing of one picture needs beside its state: what depends upon the pictures before. Folded from the start of a range, so that the same range is always drawn alike. Pure.
 */
import type { DriveInfo, FrameState } from '../frame-state.ts';
import type { SceneOptions } from './options.ts';
import { clamp } from './strips.ts';
import type { CameraName, CameraSizes, Rect } from './tiles.ts';

/** Seconds: time constant of the throttle colour. */
const THROTTLE_TAU = 0.25;
/** Pictures a second. */
const RATE = 20;
/** Of the driver's head: part of the way that is left after one picture. */
const HEAD_REST = 0.2;
const FADE_REST = 0.8;
/** m/s: below the first openpilot shows the wide camera, above the second the road. */
const WIDE_BELOW = 10;
const ROAD_ABOVE = 15;

export interface SceneMoment {
  readonly state: FrameState;
  /** Seconds since the start of the clip. */
  readonly clipSeconds: number;
  /** 1: the path is green, 0: grey. */
  readonly throttle: number;
  /** Panels that follow show the wide camera. */
  readonly wide: boolean;
  readonly head: Head;
  /** Of each panel. */
  readonly views: readonly View[];
}

/** What a panel shows. */
export interface View {
  readonly camera: CameraName;
  /** Even pixels of the camera's picture. */
  readonly window: Rect;
}

/** Driver-monitoring icon. */
interface Head {
  /** Pitch, yaw, roll as drawn, radians. */
  readonly pose: readonly [number, number, number];
  /** How fast pitch and yaw change. */
  readonly change: readonly [number, number];
  /** 0: at work, 0.5: not. */
  readonly fade: number;
}

/** All but the views. @param before null at the start of a range */
export function foldMoment(
  before: SceneMoment | null,
  state: FrameState,
  clipSeconds: number,
  info: DriveInfo,
  options: SceneOptions,
  cameras: CameraSizes,
): Omit<SceneMoment, 'views'> {
  const step = before ? state.routeSeconds - before.state.routeSeconds : 0;
  // After a jump nothing before it counts.
  const known = before && step >= 0 && step < 2 ? before : null;
  const target = state.allowThrottle || !info.openpilotLongitudinal ? 1 : 0;
  const throttle = known ? known.throttle + (target - known.throttle) * (step / (THROTTLE_TAU + step)) : target;
  return {
    state,
    clipSeconds,
    throttle,
    wide: wideAt(known?.wide ?? false, state, options, cameras),
    head: headAt(known?.head ?? null, state, step),
  };
}

function wideAt(before: boolean, state: FrameState, options: SceneOptions, cameras: CameraSizes): boolean {
  if (options.wideView !== 'auto' || !cameras.wide || !state.experimental) return false;
  if (state.speed < WIDE_BELOW) return true;
  return state.speed > ROAD_ABOVE ? false : before;
}

/** openpilot turns the icon less than the head turns, and smooths it (selfdrive/ui/onroad/driver_state.py). */
function headAt(before: Head | null, state: FrameState, step: number): Head {
  const [pitch, yaw, roll] = state.face?.orientation ?? [0, 0, 0];
  const aim = [pitch * (pitch < 0 ? 0.7 : 0.9), yaw * 0.4, roll * 0.4] as const;
  const fadeAim = state.face?.active ? 0 : 0.5;
  if (!before) return { pose: aim, change: [0, 0], fade: fadeAim };
  const pictures = Math.max(0, Math.round(step * RATE));
  const rest = HEAD_REST ** pictures;
  const toward = (from: number, to: number): number => to + (from - to) * rest;
  return {
    pose: [toward(before.pose[0], aim[0]), toward(before.pose[1], aim[1]), toward(before.pose[2], aim[2])],
    change: pictures === 0 ? before.change : [Math.abs(before.pose[0] - aim[0]), Math.abs(before.pose[1] - aim[1])],
    fade: clamp(fadeAim + (before.fade - fadeAim) * FADE_REST ** pictures, 0, 1),
  };
}
