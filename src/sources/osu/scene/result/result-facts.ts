/** What the panel at the end tells. */
import type { FieldDisplays } from '../field.ts';
import type { Grade } from '../hud/grade.ts';
import type { PlayState } from '../hud/state.ts';

export interface ResultFacts {
  readonly state: PlayState;
  readonly displays: FieldDisplays;
  readonly grade: Grade;
  /** Their names. */
  readonly mods: readonly string[];
  readonly title: string;
  readonly difficulty: string;
  readonly creator: string;
  readonly player: string;
  /** `2026-11-21`, or nothing where it is not known. */
  readonly day: string;
  /** Combos of which all was 300, and of which nothing was below 100. */
  readonly geki: number;
  readonly katu: number;
  /** Nothing broke the combo, and the play went to its end. */
  readonly isPerfect: boolean;
  readonly pp: number | undefined;
  /** Of clicks: ten times the standard deviation and the mean, ms of real time. */
  readonly unstableRate: number | undefined;
  readonly meanError: number | undefined;
  /** Life at even distances along the play, 0 to 1. */
  readonly life: readonly number[];
}
