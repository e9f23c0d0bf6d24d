/**
 * A clip tells its start in whole seconds only. The cameras of a minute count their pictures together, so where their telemetry tells the numbers
 * they are brought together to the picture. Pure.
 */

export interface Alignable {
  /** UTC ms by `mvhd`: cut to the second. */
  readonly start: number;
  /** Of the telemetry of its first picture; undefined: it has none. */
  readonly sequence: number | undefined;
  /** Seconds of each picture after the first. */
  readonly times: ArrayLike<number>;
  /** Its first pictures may be lost (it was repaired), so its start may be far off. */
  readonly headless: boolean;
}

/** Clips of one minute begin within this, ms. */
const SAME_MINUTE = 8_000;
/** Cut seconds, and what two cameras differ by. */
const MOST_SHIFT = 2_100;
/** Of a clip whose head is lost: it is a minute long. */
const MOST_SHIFT_HEADLESS = 75_000;
const FPS = 36;

/**
 * @param clips of all cameras, those that are trusted most first: the others are moved
 * @returns starts in the same order, UTC ms
 */
export function aligned(clips: readonly Alignable[]): number[] {
  const anchors: { readonly clip: Alignable; readonly sequence: number }[] = [];
  return clips.map((clip) => {
    const { start, sequence } = clip;
    if (sequence === undefined) return start;
    for (const anchor of anchors) {
      const near = Math.abs(anchor.clip.start - start) <= (clip.headless ? MOST_SHIFT_HEADLESS : SAME_MINUTE);
      if (!near) continue;
      const moved = anchor.clip.start + offsetOf(anchor.clip, clip, sequence - anchor.sequence) * 1000;
      if (Math.abs(moved - start) <= (clip.headless ? MOST_SHIFT_HEADLESS : MOST_SHIFT)) return moved;
    }
    if (!clip.headless) anchors.push({ clip, sequence });
    return start;
  });
}

/** Seconds from the first picture of the anchor to that of the clip, which is `pictures` later. */
function offsetOf(anchor: Alignable, clip: Alignable, pictures: number): number {
  if (pictures >= 0) return anchor.times[pictures] ?? pictures / FPS;
  return -(clip.times[-pictures] ?? -pictures / FPS);
}
