/** The clips of one camera on the axis of wall time. Pure; times are UTC milliseconds. */

export interface WallClip {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  /** Where its file can be had in pieces. */
  readonly address: string;
  /** Why it cannot be played here, in words; undefined when it can. */
  readonly why: string | undefined;
}

/** The clip that holds a moment; where two overlap, the later one, as the car writes. */
export function clipAt(clips: readonly WallClip[], wall: number): WallClip | undefined {
  return clips.findLast((clip) => clip.start <= wall && wall < clip.end);
}

/** First and last moment of all clips; undefined when there are none. */
export function extentOf(cameras: readonly (readonly WallClip[])[]): { start: number; end: number } | undefined {
  const all = cameras.flat();
  if (all.length === 0) return undefined;
  return { start: Math.min(...all.map(({ start }) => start)), end: Math.max(...all.map(({ end }) => end)) };
}

/** The nearest moment at which any camera has footage: the moment itself, or the start of the next, or the last end. */
export function nearestFilmed(cameras: readonly (readonly WallClip[])[], wall: number): number {
  if (cameras.some((clips) => clipAt(clips, wall))) return wall;
  const starts = cameras.flat().map(({ start }) => start);
  const later = starts.filter((start) => start >= wall);
  const extent = extentOf(cameras);
  return later.length > 0 ? Math.min(...later) : Math.max(extent?.start ?? wall, (extent?.end ?? wall) - 100);
}
