/** In which ways a live picture can be shown, best first. Pure. */

/** One way: a track as video, or as single pictures that the hub's decoder makes. */
export interface LiveWay {
  readonly track: 'main' | 'sub';
  readonly as: 'video' | 'pictures';
}

/** Why a way was given up. */
export type WayFailure =
  | { readonly kind: 'unplayable'; readonly codec: string }
  /** Nothing came of it. */
  | { readonly kind: 'silent' };

/**
 * @param hasSub the camera has a second, smaller stream
 * @param small one of many: the second stream is enough, and costs less
 */
export function liveWays(hasSub: boolean, small: boolean): LiveWay[] {
  const main: LiveWay = { track: 'main', as: 'video' };
  const sub: LiveWay = { track: 'sub', as: 'video' };
  const pictures: LiveWay = { track: 'main', as: 'pictures' };
  if (!hasSub) return [main, pictures];
  return small ? [sub, main, pictures] : [main, sub, pictures];
}

/** What people are told about a way that is not the best one; undefined for the best. */
export function wayWords(way: LiveWay, failures: readonly WayFailure[]): string | undefined {
  const why = failures.find((failure) => failure.kind === 'unplayable');
  if (way.as === 'pictures')
    return `Single pictures: this browser cannot play ${why?.kind === 'unplayable' ? why.codec : 'the video'}`;
  if (failures.length === 0) return undefined;
  const reason =
    why?.kind === 'unplayable' ? `this browser cannot play ${why.codec}` : 'nothing comes from the other one';
  return way.track === 'sub' ? `Second stream: ${reason}` : `Main stream: ${reason}`;
}
