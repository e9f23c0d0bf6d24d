/** In which ways a live picture can be shown, best first. Pure. */

/** One way: a track as video, as single pictures that the hub's decoder makes, or as video that a worker converts. */
export interface LiveWay {
  readonly track: 'main' | 'sub';
  readonly as: 'video' | 'pictures' | 'h264';
}

/** Why a way was given up. */
export type WayFailure =
  | { readonly kind: 'unplayable'; readonly codec: string }
  /** Nothing came of it. */
  | { readonly kind: 'silent' };

/**
 * @param hasSub the camera has a second, smaller stream
 * @param small one of many: the second stream is enough, and costs less; nothing is converted for it
 * @param smooth as the last way video that a worker converts, and not single pictures
 */
export function liveWays(hasSub: boolean, small: boolean, smooth = false): LiveWay[] {
  const main: LiveWay = { track: 'main', as: 'video' };
  const sub: LiveWay = { track: 'sub', as: 'video' };
  const last: LiveWay = { track: 'main', as: smooth && !small ? 'h264' : 'pictures' };
  if (!hasSub) return [main, last];
  return small ? [sub, main, last] : [main, sub, last];
}

/**
 * What people are told about a way that is not the best one; undefined for the best.
 * @param refusal why nothing is converted, when that was tried
 */
export function wayWords(way: LiveWay, failures: readonly WayFailure[], refusal?: string): string | undefined {
  const why = failures.find((failure) => failure.kind === 'unplayable');
  const cannot = `this browser cannot play ${why?.kind === 'unplayable' ? why.codec : 'the video'}`;
  if (way.as === 'h264') return `A worker converts it, without sound: ${cannot}`;
  if (way.as === 'pictures') return `Single pictures: ${cannot}${refusal === undefined ? '' : `. ${refusal}`}`;
  if (failures.length === 0) return undefined;
  const reason =
    why?.kind === 'unplayable' ? `this browser cannot play ${why.codec}` : 'nothing comes from the other one';
  return way.track === 'sub' ? `Second stream: ${reason}` : `Main stream: ${reason}`;
}
