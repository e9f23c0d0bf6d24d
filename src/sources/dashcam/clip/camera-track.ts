/**
 * The pictures of one camera on the wall clock. Clips do not follow each other without gaps, and a gap stays one. Pure.
 */

export interface TrackClip {
  /** Index into the inputs of the render. */
  readonly input: number;
  /** UTC ms of its first picture. */
  readonly start: number;
  /** Seconds of each picture after the first, rising. */
  readonly times: ArrayLike<number>;
  /** Seconds: the end of the last one. */
  readonly end: number;
}

export interface TrackPicture<Clip extends TrackClip = TrackClip> {
  readonly clip: Clip;
  /** Its number in that clip. */
  readonly picture: number;
}

/** No picture stands longer, ms: what is missing inside of a clip is a gap like any other. */
const LONGEST = 500;

export class CameraTrack<Clip extends TrackClip = TrackClip> {
  readonly #clips: readonly Clip[];
  readonly #slack: number;

  /** @param slack ms by which a picture may begin later than the moment that it is shown at: half a frame of the clip */
  constructor(clips: readonly Clip[], slack: number) {
    this.#clips = [...clips].sort((one, other) => one.start - other.start);
    this.#slack = slack;
  }

  /** The picture of a moment (UTC ms), or undefined where the camera has none. Where two clips overlap the later one counts. */
  at(utc: number): TrackPicture<Clip> | undefined {
    const moment = utc + this.#slack;
    let next = this.#after(moment);
    // Clips are a minute long; more than a few never reach into each other.
    for (let tries = 0; tries < 4 && next > 0; tries++) {
      const clip = this.#clips[--next];
      const found = clip && pictureAt(clip, moment);
      if (found) return found;
    }
    return undefined;
  }

  /** The first clip that begins after a moment. */
  #after(moment: number): number {
    let low = 0;
    let high = this.#clips.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#clips[middle]?.start ?? 0) <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function pictureAt<Clip extends TrackClip>(clip: Clip, moment: number): TrackPicture<Clip> | undefined {
  const seconds = (moment - clip.start) / 1000;
  const { times } = clip;
  if (times.length === 0 || seconds >= clip.end) return undefined;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= seconds + 1e-7) low = middle + 1;
    else high = middle;
  }
  if (low === 0 || seconds - (times[low - 1] ?? 0) > LONGEST / 1000) return undefined;
  return { clip, picture: low - 1 };
}
