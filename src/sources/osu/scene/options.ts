/** What a replay's clip may be asked to look like. */
import { REPLAY_HUD } from '../../../contract/replay.ts';

/** Displays that can be switched off. */
export const HUD_PARTS = REPLAY_HUD;
export type HudPart = (typeof HUD_PARTS)[number];

export interface SceneOptions {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** How much of the background is taken away, 0 to 1. */
  readonly dim: number;
  /** Shown. */
  readonly hud: readonly HudPart[];
  /** A 300 says so too. */
  readonly results300: boolean;
  readonly followPoints: boolean;
  /** Colours of combos are the map's, where it has some, before the skin's. */
  readonly mapColours: boolean;
  /** So are pictures. */
  readonly mapSkin: boolean;
  /** Of the map, where it has one. */
  readonly storyboard: boolean;
  /** Behind everything, where the map has one. */
  readonly video: boolean;
  /** The panel at the end. */
  readonly resultScreen: boolean;
  /** Real seconds from the beginning of the whole play; all of it when absent. */
  readonly range?: { readonly start: number; readonly end: number };
  /** The best part of the play instead, at most so many real seconds; wins over `range`. */
  readonly highlight?: number;
  readonly skipIntro: boolean;
  /** Of mania, 1 (slow) to 40. */
  readonly scrollSpeed: number;
}

export const SCENE_DEFAULTS: SceneOptions = {
  width: 1280,
  height: 720,
  fps: 60,
  dim: 0.8,
  hud: HUD_PARTS,
  results300: false,
  followPoints: true,
  mapColours: true,
  mapSkin: false,
  storyboard: true,
  video: true,
  resultScreen: true,
  skipIntro: false,
  scrollSpeed: 20,
};
