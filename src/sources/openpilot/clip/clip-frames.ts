/** Which picture of the drive each frame of a clip shows, and which sound goes with it. Pure. */

/** Pictures a second, of every camera of every device. */
export const FPS = 20;
/** Pictures of a whole minute. */
export const MINUTE_PICTURES = 60 * FPS;

/** A clip longer than this is a mistake, unless somebody says that it is none: seconds of the drive, all ranges together. */
export const LONGEST_SECONDS = 2 * 3600;

/** Seconds since the start of the route. */
export interface ClipRange {
  readonly start: number;
  readonly end: number;
}

/** Pictures of the road, counted from the start of the route; `end` is not part of it. */
export interface PictureRange {
  readonly first: number;
  readonly end: number;
}

export interface ClipFrame {
  readonly segment: number;
  /** Of that minute's file. */
  readonly picture: number;
  /** A range begins: what was before has nothing to do with it. */
  readonly begins: boolean;
  /** Seconds since the start of the clip. */
  readonly clipSeconds: number;
}

export interface ClipSound {
  readonly segment: number;
  /** Of that minute's file: what is seen when the sound begins. */
  readonly picture: number;
  /** Seconds of the clip. */
  readonly start: number;
  /** Seconds. */
  readonly length: number;
}

/** At least one picture. */
export function pictureRange({ start, end }: ClipRange): PictureRange {
  const first = Math.round(start * FPS);
  return { first, end: Math.max(first + 1, Math.round(end * FPS)) };
}

const framesOf = ({ first, end }: PictureRange, speed: number): number =>
  Math.max(1, Math.ceil((end - first) / speed - 1e-9));

/** @param speed above 1 pictures are left out, below they stand longer */
export function frameCount(ranges: readonly PictureRange[], speed: number): number {
  return ranges.reduce((sum, range) => sum + framesOf(range, speed), 0);
}

export function* clipFrames(ranges: readonly PictureRange[], speed: number): Generator<ClipFrame> {
  let index = 0;
  for (const range of ranges)
    for (let frame = 0; frame < framesOf(range, speed); frame++, index++) {
      const at = Math.min(range.end - 1, range.first + Math.floor(frame * speed + 1e-9));
      yield {
        segment: Math.floor(at / MINUTE_PICTURES),
        picture: at % MINUTE_PICTURES,
        begins: frame === 0,
        clipSeconds: index / FPS,
      };
    }
}

/** The sound of the ranges, minute by minute. */
export function clipSound(ranges: readonly PictureRange[], speed: number): ClipSound[] {
  const sound: ClipSound[] = [];
  let frames = 0;
  for (const range of ranges) {
    const { first, end } = range;
    for (let at = first; at < end; ) {
      const segment = Math.floor(at / MINUTE_PICTURES);
      const until = Math.min(end, (segment + 1) * MINUTE_PICTURES);
      const start = (frames + (at - first) / speed) / FPS;
      sound.push({ segment, picture: at % MINUTE_PICTURES, start, length: (until - at) / speed / FPS });
      at = until;
    }
    frames += framesOf(range, speed);
  }
  return sound;
}
