/**
 * How a size is met in two passes: the bitrate to ask for, what to do with what came of it, and how large the pictures of the first
 * pass are. Pure; the encoder's runs are in `overlay/overlay-render.ts`.
 */
import type { Size } from '../codec/plan.ts';

/** A file this full is full enough. */
const ENOUGH = 0.955;
/** What is aimed at: two passes of x264 miss by about half a percent. */
const AIM = 0.982;
/** Below this more bits are no gain for the eye (x264's scale of QP). */
const GOOD_QP = 20;
/** Above this fewer or smaller pictures look better. */
const SMEARED_QP = 44;
/** QP to come down to when smaller pictures are chosen. */
const COMFORTABLE_QP = 40;
const MOST_TRIES = 5;
/** What the container takes for each picture and for itself, about, until a file was measured. */
const FRAME_OVERHEAD = 14;
const FILE_OVERHEAD = 3000;

export interface SizeTask {
  /** Of the whole file. */
  readonly limit: number;
  /** Bytes of coded sound. */
  readonly sound: number;
  readonly frames: number;
  /** Seconds. */
  readonly seconds: number;
}

/** One finished or given up second pass. */
export interface Try {
  /** Bits a second that were asked for. */
  readonly bitrate: number;
  /** Of the whole file; of one that was given up because it was too large: what it would have had. */
  readonly bytes: number;
  /** Of its pictures. */
  readonly pictures: number;
  /** Mean over all pictures. */
  readonly qp: number;
}

export type Next =
  | { readonly bitrate: number }
  /** Take the fullest that fits. */
  | { readonly done: true }
  /** Pictures that need only this part of the bits. */
  | { readonly smaller: number };

/** Bits a second of pictures with which the file comes out as large as is aimed at; not positive where there is no room. */
function firstBitrate(task: SizeTask): number {
  return bitrateFor(task, task.sound + task.frames * FRAME_OVERHEAD + FILE_OVERHEAD);
}

/** What to do after these tries with pictures of one size. */
export function afterTries(task: SizeTask, tries: readonly Try[]): Next {
  const last = tries.at(-1);
  const fits = tries.some((one) => one.bytes <= task.limit);
  if (!last) return { bitrate: firstBitrate(task) };
  if (last.qp > SMEARED_QP) return { smaller: 2 ** ((COMFORTABLE_QP - last.qp) / 6) };
  const full = tries.some((one) => one.bytes <= task.limit && one.bytes >= ENOUGH * task.limit);
  if (full || (last.bytes <= task.limit && last.qp <= GOOD_QP)) return { done: true };
  if (tries.length >= MOST_TRIES) return fits ? { done: true } : { smaller: 0.8 };
  const wanted = bitrateFor(task, last.bytes - last.pictures);
  if (wanted <= 0) return { smaller: 0.5 };
  const got = Math.max(1, (last.pictures * 8) / task.seconds);
  // What is off is off in proportion; a little less than that, so that the next try does not fail on the other side.
  const factor = Math.max(0.3, Math.min(3, wanted / got));
  return { bitrate: last.bitrate * (last.bytes > task.limit ? factor * 0.995 : factor) };
}

function bitrateFor({ limit, seconds }: SizeTask, other: number): number {
  return ((limit * AIM - other) * 8) / seconds;
}

/** The statistics of a first pass hold two bytes for each macroblock of each frame (x264's `.mbtree` file). */
const MOST_STATISTICS = 40_000_000;
/** Smaller pictures tell too little. */
const LEAST_PIXELS = 100_000;

/** How large the pictures of the first pass are: half as wide and high tells enough, at a quarter of the cost. */
export function firstPassSize(size: Size, frames: number): Size {
  for (let by = 2; ; by++) {
    const small = { width: Math.ceil(size.width / by / 2) * 2, height: Math.ceil(size.height / by / 2) * 2 };
    if (by === 2 && small.width * small.height < LEAST_PIXELS) return size;
    const blocks = Math.ceil(small.width / 16) * Math.ceil(small.height / 16);
    if (blocks * 2 * frames <= MOST_STATISTICS || by >= 8) return small;
  }
}

/**
 * Whether a clip at `crf` is likely to fit with much room, so that its bits need not be counted out.
 * @param first bytes of the first pass's pictures, coded at `firstCrf` in a part `area` of the clip's pixels
 */
export function fitsEasily(task: SizeTask, first: number, firstCrf: number, area: number, crf: number): boolean {
  const estimate = (first / area) * 2 ** ((firstCrf - crf) / 6);
  return estimate + task.sound + task.frames * FRAME_OVERHEAD < task.limit * 0.8;
}
