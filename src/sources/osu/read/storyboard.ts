/** What a storyboard says. Times are ms of the music, places osu! pixels of a screen of 640 × 480. */

export const STORY_LAYERS = ['background', 'fail', 'pass', 'foreground', 'overlay'] as const;
/** In the order in which they are drawn; of `fail` and `pass` one is seen at a time, and `overlay` lies over the objects. */
export type StoryLayer = (typeof STORY_LAYERS)[number];

/** What a command changes, one number each. `scale` and `width`, `height` multiply; `angle` is clockwise, in radians; colours are 0 to 255. */
export type Channel = 'x' | 'y' | 'alpha' | 'scale' | 'width' | 'height' | 'angle' | 'red' | 'green' | 'blue';

/** Rows of `ROW` numbers: start, end, easing (0 to 34), value at the start, value at the end; in the order of the file. */
export type CommandRows = readonly number[];
export const ROW = 5;

export interface StoryParameter {
  /** Mirrored left to right, upside down, or added to what lies below. */
  readonly kind: 'flipX' | 'flipY' | 'additive';
  /** It holds in between; always where both are the same. */
  readonly start: number;
  readonly end: number;
}

export interface HitSoundCondition {
  /** Of the hit itself and of its additions: 1 normal, 2 soft, 3 drum; 0 any. */
  readonly set: 0 | 1 | 2 | 3;
  readonly additionSet: 0 | 1 | 2 | 3;
  /** 2 whistle, 4 finish, 8 clap; 0 any. */
  readonly addition: 0 | 2 | 4 | 8;
  readonly index: number | undefined;
}

/** When the times of a group's commands begin to count. */
export type GroupTiming =
  | { readonly kind: 'once' }
  /** @param count one and more */
  | { readonly kind: 'loop'; readonly start: number; readonly count: number }
  | {
      readonly kind: 'trigger';
      readonly on: 'passing' | 'failing' | HitSoundCondition;
      readonly start: number;
      readonly end: number;
      /** Those of one number stop each other; 0 is none. */
      readonly number: number;
    };

export interface CommandGroup {
  readonly timing: GroupTiming;
  readonly channels: ReadonlyMap<Channel, CommandRows>;
  readonly parameters: readonly StoryParameter[];
}

export interface StoryAnimation {
  /** Pictures: `name0.png` and so on. */
  readonly count: number;
  /** Ms of each. */
  readonly delay: number;
  /** The last one stays. */
  readonly once: boolean;
}

export interface StorySprite {
  readonly layer: StoryLayer;
  /** The point of the picture that lies at its place: 0, 0.5 or 1 of its width and height. */
  readonly origin: { readonly x: number; readonly y: number };
  readonly file: string;
  readonly x: number;
  readonly y: number;
  readonly animation: StoryAnimation | undefined;
  readonly groups: readonly CommandGroup[];
}

export interface StorySample {
  readonly time: number;
  readonly layer: StoryLayer;
  readonly file: string;
  /** 0 to 1. */
  readonly volume: number;
}

export interface Storyboard {
  /** In the order of the files: what comes later lies over it. */
  readonly sprites: readonly StorySprite[];
  readonly samples: readonly StorySample[];
  /** Of the `.osb`, where it names one. */
  readonly video: { readonly file: string; readonly time: number } | null;
  /** What could not be read, for the person. */
  readonly notes: readonly string[];
}
