/**
 * Which frame of a camera is which picture of which minute's file: said by the encoders, frame by frame. This, and never the time at which a message
 * was logged, ties what openpilot saw to the picture that it saw. Pure.
 */
import type { CameraFrame, EncodedFrame } from '../log/camera-events.ts';
import { lastAtMost } from './series.ts';

/** One frame of the road camera in its minute's file. */
export interface RoadPicture {
  readonly picture: number;
  readonly frameId: number;
  /** End of exposure, nanoseconds since the device started. */
  readonly eof: number;
}

/** Types of an encoder's file: `fullHEVC`, and of the years before `bigBoxHEVC`, `chffrAndroidH264` and `front`. */
const FULL_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 5]);
const SMALL_TYPES: ReadonlySet<number> = new Set([6]);
/** A minute has 1200 pictures; a longer file than ten minutes is none. */
const MOST_PICTURES = 12_000;
const FRAME_NS = 50e6;

interface Encoded {
  readonly roadEncodeIdx: readonly EncodedFrame[];
  readonly qRoadEncodeIdx: readonly EncodedFrame[];
  readonly roadCameraState: readonly CameraFrame[];
}

/**
 * The pictures of minute `segment`, in order, without holes up to the last that the log tells of.
 * Where the encoder said nothing of a picture (a cut log), its neighbours tell.
 */
export function roadPictures(events: Encoded, segment: number): RoadPicture[] {
  const full = ofSegment(events.roadEncodeIdx, segment, FULL_TYPES);
  const known = full.size > 0 ? full : ofSegment(events.qRoadEncodeIdx, segment, SMALL_TYPES);
  return known.size > 0 ? withoutHoles(known) : fromCamera(events.roadCameraState);
}

function ofSegment(
  list: readonly EncodedFrame[],
  segment: number,
  types: ReadonlySet<number>,
): Map<number, RoadPicture> {
  const right = list.filter((frame) => types.has(frame.type) && frame.picture < MOST_PICTURES);
  // A file that was given another number counts as the minute that most of it belongs to.
  const own = right.some((frame) => frame.segment === segment) ? segment : mostCommon(right);
  const found = new Map<number, RoadPicture>();
  for (const { segment: of, picture, frameId, eof, time } of right)
    if (of === own) found.set(picture, { picture, frameId, eof: eof > 0 ? eof : time });
  return found;
}

function mostCommon(frames: readonly EncodedFrame[]): number {
  const counts = new Map<number, number>();
  for (const { segment } of frames) counts.set(segment, (counts.get(segment) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? -1;
}

function withoutHoles(known: ReadonlyMap<number, RoadPicture>): RoadPicture[] {
  const pictures: RoadPicture[] = [];
  const last = [...known.keys()].reduce((most, picture) => Math.max(most, picture), 0);
  const first = [...known.keys()].reduce((least, picture) => Math.min(least, picture), last);
  let before = beyond(known.get(first), 0);
  for (let picture = 0; picture <= last; picture++) {
    before = known.get(picture) ?? beyond(before, picture);
    pictures.push(before);
  }
  return pictures;
}

/** Where frames come evenly, a picture that is `n` further is `n` frames later. */
export function beyond(from: RoadPicture | undefined, picture: number): RoadPicture {
  if (!from) return { picture, frameId: picture, eof: picture * FRAME_NS };
  const steps = picture - from.picture;
  return { picture, frameId: Math.max(0, from.frameId + steps), eof: from.eof + steps * FRAME_NS };
}

/** The oldest logs have no index: the frames that the camera took are the pictures. */
function fromCamera(frames: readonly CameraFrame[]): RoadPicture[] {
  return [...frames]
    .sort((one, other) => one.frameId - other.frameId)
    .filter((frame, index, all) => frame.frameId !== all[index - 1]?.frameId)
    .slice(0, MOST_PICTURES)
    .map(({ frameId, eof, time }, picture) => ({ picture, frameId, eof: eof > 0 ? eof : time }));
}

/** A picture of another camera's file. */
export interface CameraPicture {
  readonly segment: number;
  readonly picture: number;
}

/** The cameras take their frames together: more than half a frame apart, they do not belong together. */
const TOGETHER_NS = 26e6;

/** Sorted by the end of exposure, for `nearestPicture`. */
export const byExposure = (list: readonly EncodedFrame[]): EncodedFrame[] =>
  list
    .filter((frame) => FULL_TYPES.has(frame.type) && frame.segment >= 0 && frame.picture < MOST_PICTURES)
    .sort((one, other) => exposureOf(one) - exposureOf(other));

const exposureOf = (frame: EncodedFrame): number => (frame.eof > 0 ? frame.eof : frame.sof);

/** The picture of the other camera that was taken together with the frame that ended at `eof`; null: none. */
export function nearestPicture(sorted: readonly EncodedFrame[], eof: number): CameraPicture | null {
  const index = lastAtMost(sorted, eof, exposureOf);
  let best: EncodedFrame | null = null;
  for (const candidate of [sorted[index], sorted[index + 1]])
    if (candidate && (!best || Math.abs(exposureOf(candidate) - eof) < Math.abs(exposureOf(best) - eof)))
      best = candidate;
  if (!best || Math.abs(exposureOf(best) - eof) > TOGETHER_NS) return null;
  return { segment: best.segment, picture: best.picture };
}
