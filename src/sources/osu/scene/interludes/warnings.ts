/** When arrows warn that it goes on: at the end of breaks, and of a long time before the first object. Pure. */
import type { Break } from '../../read/beatmap.ts';

export interface Warning {
  /** Ms of the map. */
  readonly start: number;
  readonly end: number;
}

/** Ms of the map: how often arrows come and go, how long before an object is in sight, and the longest time before the first without them. */
const BLINK = 200;
const EARLY = 900;
const TIMES = 5;
const LONG = 6000;
const SHORTEST_BREAK = 2000;

/** @param preempt ms of the map that an object is seen before its time @param counted there is a countdown before the first object */
export function warningsOf(
  breaks: readonly Break[],
  first: number,
  preempt: number,
  counted: boolean,
): readonly Warning[] {
  const length = (TIMES + Math.min(2, Math.floor(preempt / BLINK))) * BLINK;
  const at = (seen: number): Warning => ({ start: seen - EARLY, end: seen - EARLY + length });
  const ends = breaks.flatMap(({ start, end }) => (end - start >= SHORTEST_BREAK ? [at(end)] : []));
  return first > LONG && !counted ? [at(first - preempt), ...ends] : ends;
}

/** Whether arrows are seen. */
export const isWarned = (warnings: readonly Warning[], now: number): boolean =>
  warnings.some(({ start, end }) => now >= start && now < end && (now - start) % BLINK < BLINK / 2);
