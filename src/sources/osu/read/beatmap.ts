/** What stands in a map's file (`.osu`). Times are milliseconds from the start of the music, places osu! pixels (512 × 384). */
import type { GameMode } from './replay.ts';

/** 0: of the timing point; 1 normal, 2 soft, 3 drum. */
export type SampleSet = 0 | 1 | 2 | 3;

export interface ObjectSample {
  readonly normalSet: SampleSet;
  readonly additionSet: SampleSet;
  /** Custom index; 0 is that of the timing point. */
  readonly index: number;
  /** Per cent; 0 is that of the timing point. */
  readonly volume: number;
  readonly file: string;
}

/** The sound of one end of a slider. */
export interface EdgeSound {
  /** Bits: 2 whistle, 4 finish, 8 clap. */
  readonly sound: number;
  readonly normalSet: SampleSet;
  readonly additionSet: SampleSet;
}

interface AnyObject {
  readonly time: number;
  readonly x: number;
  readonly y: number;
  readonly newCombo: boolean;
  /** Combo colours to pass over. */
  readonly comboSkip: number;
  /** Bits: 2 whistle, 4 finish, 8 clap. */
  readonly sound: number;
  readonly sample: ObjectSample;
}

export interface CircleObject extends AnyObject {
  readonly kind: 'circle';
}

/** `L` linear, `P` a circle through three points, `B` Bézier, `C` Catmull-Rom. */
export type PathType = 'L' | 'P' | 'B' | 'C';

export interface SliderObject extends AnyObject {
  readonly kind: 'slider';
  readonly pathType: PathType;
  /** x0, y0, x1, y1 …; the first is the place of the slider. */
  readonly points: Float64Array;
  /** Ways along it, one and more: 1 has no repeat. */
  readonly spans: number;
  /** Pixels of one way. */
  readonly length: number;
  readonly edges: readonly EdgeSound[];
}

export interface SpinnerObject extends AnyObject {
  readonly kind: 'spinner';
  readonly endTime: number;
}

/** A long note of mania. */
export interface HoldObject extends AnyObject {
  readonly kind: 'hold';
  readonly endTime: number;
}

export type MapObject = CircleObject | SliderObject | SpinnerObject | HoldObject;

export interface TimingPoint {
  readonly time: number;
  /** Milliseconds; negative in what inherits: -100 is the speed of the map, -50 twice that. */
  readonly beatLength: number;
  readonly meter: number;
  readonly sampleSet: SampleSet;
  readonly sampleIndex: number;
  readonly volume: number;
  /** It sets a tempo; else it changes the speed of sliders. */
  readonly uninherited: boolean;
  readonly kiai: boolean;
  /** Of a tempo: no line at its first bar. */
  readonly omitsFirstBar: boolean;
}

export interface Break {
  readonly start: number;
  readonly end: number;
}

export interface Difficulty {
  readonly hp: number;
  readonly cs: number;
  readonly od: number;
  readonly ar: number;
  readonly sliderMultiplier: number;
  readonly tickRate: number;
}

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

export interface Beatmap {
  /** Of the format: 3 to 14, 128 of osu!(lazer). */
  readonly version: number;
  readonly mode: GameMode;
  readonly audio: string;
  /**
   * Milliseconds that the music is ahead of the times here (24 in files before version 5). A replay of such a map counts in these times too.
   */
  readonly audioAhead: number;
  readonly audioLeadIn: number;
  /** Before the first object: 0 none, 1 at the speed of the music, 2 half of that, 3 twice that. */
  readonly countdown: number;
  /** Beats by which it comes earlier. */
  readonly countdownOffset: number;
  readonly sampleSet: SampleSet;
  readonly stackLeniency: number;
  readonly letterboxInBreaks: boolean;
  readonly widescreenStoryboard: boolean;
  /** Its storyboard may have pictures of the player's skin. */
  readonly useSkinSprites: boolean;
  readonly specialStyle: boolean;
  readonly title: string;
  readonly artist: string;
  readonly creator: string;
  readonly difficultyName: string;
  readonly beatmapId: number | null;
  readonly beatmapSetId: number | null;
  readonly difficulty: Difficulty;
  readonly background: { readonly file: string; readonly x: number; readonly y: number } | null;
  readonly video: { readonly file: string; readonly time: number } | null;
  readonly breaks: readonly Break[];
  readonly timing: readonly TimingPoint[];
  readonly comboColours: readonly Rgb[];
  /** In the order of time. */
  readonly objects: readonly MapObject[];
}
