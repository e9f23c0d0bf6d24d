/**
 * Which clips of a car are removed by themselves. Pure.
 */
import type { CarKeep } from '../../contract/car.ts';

export interface LooseClip {
  readonly id: string;
  /** UTC ms. */
  readonly start: number;
  readonly bytes: number;
}

export interface Removal<Clip> {
  readonly why: 'age' | 'space';
  readonly clips: readonly Clip[];
}

const DAY_MS = 86_400_000;

/**
 * @param loose clips that no event has and nothing protects, oldest first
 * @param total bytes of the whole car
 * @param now UTC ms
 */
export function planCarRetention<Clip extends LooseClip>(
  keep: CarKeep,
  loose: readonly Clip[],
  total: number,
  now: number,
): Removal<Clip>[] {
  const old = keep.recentDays === null ? Number.NEGATIVE_INFINITY : now - keep.recentDays * DAY_MS;
  const aged = loose.filter(({ start }) => start < old);
  let left = total - aged.reduce((sum, { bytes }) => sum + bytes, 0);
  const large: Clip[] = [];
  if (keep.maxBytes !== null)
    for (const clip of loose) {
      if (left <= keep.maxBytes) break;
      if (clip.start < old) continue;
      large.push(clip);
      left -= clip.bytes;
    }
  const removals: Removal<Clip>[] = [
    { why: 'age', clips: aged },
    { why: 'space', clips: large },
  ];
  return removals.filter(({ clips }) => clips.length > 0);
}
