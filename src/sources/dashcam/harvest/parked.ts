/**
 * The rule that leaves out what a parked car films while nothing happens. Only by proof, and only when the person has asked for it. Pure.
 */

/** What a clip's telemetry says. `silent`: it is whole and has none. `unknown`: it could not be read. */
export type Motion = 'moving' | 'parked' | 'silent' | 'unknown';

export interface RecentClip {
  readonly path: string;
  /** UTC ms. */
  readonly start: number;
  readonly motion: Motion;
}

interface Minute {
  readonly start: number;
  readonly paths: string[];
  readonly motions: Set<Motion>;
}

/** Cameras of one minute begin within this. */
const SAME_MINUTE = 8_000;
/** A minute beside one in which the car moved is kept when nothing else tells. */
const BESIDE = 200_000;
const BEFORE_EVENT = 10 * 60_000;
const AFTER_EVENT = 2 * 60_000;

/**
 * Paths of the clips of minutes in which the car stood parked, by the telemetry of any camera. A car that stands writes no telemetry: a minute without
 * any counts as parked only where an earlier clip has some, so that its firmware is one that writes it, and no minute beside it moves.
 * Minutes around an event are kept.
 * @param events UTC ms
 */
export function parkedClips(clips: readonly RecentClip[], events: readonly number[]): Set<string> {
  const minutes = minutesOf(clips);
  const speaks = minutes.find(({ motions }) => motions.has('moving') || motions.has('parked'));
  const moving = minutes.filter(({ motions }) => motions.has('moving'));
  const out = new Set<string>();
  for (const { start, motions, paths } of minutes) {
    if (motions.has('moving') || motions.has('unknown')) continue;
    if (events.some((event) => start >= event - BEFORE_EVENT && start <= event + AFTER_EVENT)) continue;
    const proven = motions.has('parked');
    const firmware = speaks !== undefined && speaks.start < start;
    const alone = !moving.some((other) => Math.abs(other.start - start) <= BESIDE);
    if (proven || (firmware && alone)) for (const path of paths) out.add(path);
  }
  return out;
}

function minutesOf(clips: readonly RecentClip[]): Minute[] {
  const minutes: Minute[] = [];
  for (const { path, start, motion } of [...clips].sort((one, other) => one.start - other.start)) {
    const last = minutes.at(-1);
    if (last && start - last.start <= SAME_MINUTE) {
      last.paths.push(path);
      last.motions.add(motion);
    } else minutes.push({ start, paths: [path], motions: new Set([motion]) });
  }
  return minutes;
}
