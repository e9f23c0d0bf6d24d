/**
 * The seam between what all games share (span, ground, displays, the panel at the end: `play-scene.ts`) and what each draws by itself: its field.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Timeline } from '../judge/timeline.ts';
import type { Beatmap } from '../read/beatmap.ts';
import type { Replay } from '../read/replay.ts';
import type { Brush } from './brush.ts';
import type { CursorPath, Presses } from './cursor-path.ts';
import type { Grade } from './hud/grade.ts';
import type { PlayState, PlayStates } from './hud/state.ts';
import type { HudPart, SceneOptions } from './options.ts';
import type { SkinLook } from './skin-look.ts';
import type { Stage } from './stage.ts';
import type { Versus } from './versus/players.ts';

/** What a field is made from, beside the play that its own judge prepared. */
export interface FieldInput {
  readonly map: Beatmap;
  readonly replay: Replay;
  readonly timeline: Timeline;
  readonly states: PlayStates;
  readonly cursor: CursorPath;
  /** Of a knock-out: all who play, instead of the one. */
  readonly knockout: Versus | undefined;
  readonly skin: SkinLook | undefined;
  readonly options: SceneOptions;
  readonly stage: Stage;
  /** Milliseconds of the map in one of real time. */
  readonly rate: number;
}

/** Milliseconds of the map. */
export interface FieldSpan {
  /** When the first object comes into sight. */
  readonly seen: number;
  /** The first object's own time. */
  readonly first: number;
  /** When the last object is over. */
  readonly last: number;
}

/** One key of the display of keys. */
export interface ShownKey {
  readonly name: string;
  /** Seen only after it was pressed. */
  readonly onlyUsed: boolean;
  presses(now: number): Presses;
}

/** A row of the counter, and a cell of the panel at the end. */
export interface ShownCount {
  readonly name: string;
  /** Where there is more room. */
  readonly longName: string;
  readonly colour: string;
  count(state: PlayState): number;
}

/** What the displays say of a play of this game. */
export interface FieldDisplays {
  readonly keys: readonly ShownKey[];
  /** Of the bar of hit errors: milliseconds either way, the widest first; empty where clicks have no error. */
  readonly windows: readonly { readonly ms: number; readonly colour: string }[];
  /** `r g b` of the mark of one error, by its verdict. */
  markColour(value: number): string;
  readonly counts: readonly ShownCount[];
  /** How hard the map is, along its length; 0 to 1. */
  readonly strains: readonly number[];
  grade(state: PlayState): Grade;
  /** Where the list of players begins, pixels, where that is not in the upper left corner. */
  readonly list?: { readonly left: number; readonly top: number };
  /** Where the bar of life ends at the latest, pixels from the left: beyond it lies what is played. */
  readonly lifeEnd?: number;
  /** Displays that the field draws itself, or that mean nothing in this game. */
  readonly without?: readonly HudPart[];
}

export interface Field {
  readonly span: FieldSpan;
  readonly displays: FieldDisplays;
  /** The screen is dark but for the light that the field draws, with the ground in it. */
  readonly dark: boolean;
  /** What of it never changes: drawn on the ground, once. */
  paintGround?(context: SKRSContext2D): void;
  /** All that lies between ground and displays. A function of the moment alone: chunks begin anywhere. @param now ms of the map */
  draw(brush: Brush, now: number): void;
}
