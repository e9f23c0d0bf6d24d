/**
 * What can be chosen of the picture of a drive. Pure values.
 */

/** `ui`: the road with everything over it. `forward`, `wide`, `driver`: the plain camera. `stacked`: road and wide. `pip`: the UI with a small second camera. */
export const SCENE_MODES = ['ui', 'forward', 'wide', 'driver', 'stacked', 'pip'] as const;
export type SceneMode = (typeof SCENE_MODES)[number];

/** The UI of 2026, and that of 2022. */
export const SCENE_LOOKS = ['now', '2022'] as const;
export type SceneLook = (typeof SCENE_LOOKS)[number];

/** `camera`: the camera's own picture, whole. */
export const SCENE_SIZES = ['1440x720', '2160x1080', 'camera'] as const;
export type SceneSize = (typeof SCENE_SIZES)[number];

export interface SceneOptions {
  readonly mode: SceneMode;
  readonly look: SceneLook;
  readonly size: SceneSize;
  /** `auto`: as the car's own settings say; miles where they say nothing. */
  readonly units: 'auto' | 'metric' | 'imperial';
  /** In mode `ui` and `pip`: show the wide camera when slow in experimental mode, as openpilot does; always; or never. */
  readonly wideView: 'never' | 'auto' | 'always';
  /** In mode `stacked`: which is above. */
  readonly stackOrder: 'forward-first' | 'wide-first';
  /** In mode `pip`: the small picture. */
  readonly inset: 'driver' | 'wide';
  readonly brand: {
    /** Words of the person's own; empty: none. */
    readonly title: string;
    /** Route as shown, e.g. `a2a0ccea32023010|2023-07-27--13-01-19`; empty: none. */
    readonly route: string;
    /** Minutes and seconds of the route, all clip long. */
    readonly clock: boolean;
    /** openpilot's version, car and origin, in the first five seconds. */
    readonly details: boolean;
  };
  readonly privacy: {
    /** Leaves the route's id out, whose old form is also a date and time. */
    readonly hideRoute: boolean;
    /** Leaves the device's id out of what is shown. */
    readonly hideDongle: boolean;
  };
}

export const SCENE_DEFAULTS: SceneOptions = {
  mode: 'ui',
  look: 'now',
  size: '1440x720',
  units: 'auto',
  wideView: 'never',
  stackOrder: 'forward-first',
  inset: 'driver',
  brand: { title: '', route: '', clock: true, details: false },
  privacy: { hideRoute: false, hideDongle: false },
};
