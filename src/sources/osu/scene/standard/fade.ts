/** How strongly an object is seen. Pure; all times are milliseconds of the map. */
import type { PlayDifficulty } from '../../judge/difficulty.ts';
import { clamp } from '../clamp.ts';

/** An object that was hit grows and fades in this time. */
export const HIT_FADE = 240;
/** One that was missed fades in this. */
export const MISS_FADE = 100;
/** A hit object grows to this. */
const HIT_GROWTH = 1.4;
/** With Hidden: parts of the time from first sight to the object's own. */
const HIDDEN_IN = 0.4;
const HIDDEN_OUT = 0.3;

export interface Sight {
  readonly preempt: number;
  /** From nothing to full. */
  readonly fadeIn: number;
  readonly hidden: boolean;
}

export function sightOf({ preempt }: PlayDifficulty, hidden: boolean): Sight {
  return { preempt, fadeIn: hidden ? preempt * HIDDEN_IN : 400 * Math.min(1, preempt / 450), hidden };
}

/** Of a circle or a head that has not been hit. */
export function circleAlpha({ preempt, fadeIn, hidden }: Sight, time: number, now: number): number {
  const since = now - (time - preempt);
  const shown = clamp(since / fadeIn);
  return hidden ? shown * (1 - clamp((since - fadeIn) / (preempt * HIDDEN_OUT))) : shown;
}

/** Of a slider's body. With Hidden it goes from full sight to nothing over its own time. */
export function bodyAlpha({ preempt, fadeIn, hidden }: Sight, time: number, endTime: number, now: number): number {
  const since = now - (time - preempt);
  const shown = clamp(since / fadeIn);
  if (hidden) return shown * (1 - clamp((since - fadeIn) / Math.max(1, endTime - time + preempt - fadeIn)));
  return shown * (1 - clamp((now - endTime) / HIT_FADE));
}

/** Of the ring that closes in: alpha, and its size beside the circle's. */
export function approach({ preempt, fadeIn }: Sight, time: number, now: number): { alpha: number; scale: number } {
  const since = now - (time - preempt);
  if (since < 0 || now > time) return { alpha: 0, scale: 1 };
  return { alpha: 0.9 * clamp(since / Math.min(preempt, fadeIn * 2)), scale: 1 + 3 * (1 - since / preempt) };
}

export interface Burst {
  readonly scale: number;
  readonly alpha: number;
  /** Ms of the map. */
  readonly since: number;
}

/** Of a circle that was hit or missed: first quickly, then slower. @param since ms of the map */
export function burstAt(isHit: boolean, since: number): Burst {
  if (!isHit) return { scale: 1, alpha: 1 - clamp(since / MISS_FADE), since };
  return { scale: 1 + (HIT_GROWTH - 1) * eased(since / HIT_FADE), alpha: fallen(since, HIT_FADE), since };
}

/** From 0 to 1, quickly at first. */
export const eased = (part: number): number => 1 - (1 - clamp(part)) ** 2;

/** From 1 to 0, quickly at first. */
export const fallen = (since: number, ms: number): number => 1 - eased(since / ms);

/** How much of a slider is drawn while it grows. */
export const snaked = ({ preempt }: Sight, time: number, now: number): number =>
  clamp((now - (time - preempt)) / (preempt / 3));
