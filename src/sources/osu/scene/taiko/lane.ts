/** Where things of osu!taiko are on the screen. Pure. */
import { MOD } from '../../read/replay.ts';
import type { Stage } from '../stage.ts';

/** In pixels of a screen of 720 lines. */
const TOP = 142;
const HEIGHT = 144;
const DRUM = 180;
const TARGET = DRUM + 84;
const NOTE = 36;
const LARGE = 55;
/** Upright screens have room above. */
const TOP_UPRIGHT = 0.24;
const USUAL_ASPECT = 4 / 3;

export interface Lane {
  readonly top: number;
  readonly height: number;
  /** Of the line on which notes come. */
  readonly y: number;
  /** Right edge of the drum's place. */
  readonly drum: number;
  /** Where notes are hit. */
  readonly target: number;
  readonly right: number;
  /** Radii of notes. */
  readonly note: number;
  readonly large: number;
  /** Screen pixels in one of a note's speed. */
  readonly scale: number;
}

export function laneOf({ size, unit, scale }: Stage, mods: number): Lane {
  const upright = size.height > size.width;
  const top = Math.round(upright ? size.height * TOP_UPRIGHT : TOP * unit);
  const height = Math.round(HEIGHT * unit);
  // With Hard Rock a wider screen scrolls faster, so that notes are seen as long as on an old one.
  const wide = (mods & MOD.HR) !== 0 ? Math.max(1, size.width / size.height / USUAL_ASPECT) : 1;
  return {
    top,
    height,
    y: top + height / 2,
    drum: Math.round(DRUM * unit),
    target: TARGET * unit,
    right: size.width,
    note: NOTE * unit,
    large: LARGE * unit,
    scale: scale * wide,
  };
}

/** @param speed of the object, osu! pixels a ms */
export const placeOf = ({ target, scale }: Lane, speed: number, time: number, now: number): number =>
  target + (time - now) * speed * scale;

/** Ms in which an object comes from the right edge to the target. */
export const wayOf = ({ right, target, scale }: Lane, speed: number): number =>
  (right - target) / Math.max(1e-6, speed * scale);
