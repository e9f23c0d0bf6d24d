/** What a replay's clip may be asked to look like. */
export interface HudSwitches {
  readonly score: boolean;
  readonly combo: boolean;
  readonly accuracy: boolean;
  readonly hp: boolean;
  readonly mods: boolean;
  readonly grade: boolean;
  readonly keys: boolean;
  /** The bar of hit errors. */
  readonly errors: boolean;
  readonly strains: boolean;
  /** How many of each verdict. */
  readonly counter: boolean;
}

export const HUD_PARTS = [
  'score',
  'combo',
  'accuracy',
  'hp',
  'mods',
  'grade',
  'keys',
  'errors',
  'strains',
  'counter',
] as const satisfies readonly (keyof HudSwitches)[];

export interface SceneOptions {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** How much of the background is taken away, 0 to 1. */
  readonly dim: number;
  readonly hud: HudSwitches;
  /** A 300 says so too. */
  readonly results300: boolean;
  readonly followPoints: boolean;
  /** The panel at the end. */
  readonly resultScreen: boolean;
  /** Real seconds from the beginning of the whole play; all of it when absent. */
  readonly range?: { readonly start: number; readonly end: number };
  readonly skipIntro: boolean;
}

export const SCENE_DEFAULTS: SceneOptions = {
  width: 1280,
  height: 720,
  fps: 60,
  dim: 0.8,
  hud: {
    score: true,
    combo: true,
    accuracy: true,
    hp: true,
    mods: true,
    grade: true,
    keys: true,
    errors: true,
    strains: true,
    counter: true,
  },
  results300: false,
  followPoints: true,
  resultScreen: true,
  skipIntro: false,
};
