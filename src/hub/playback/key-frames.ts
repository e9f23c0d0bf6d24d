/**
 * Key frames alone: for playing faster than a browser decodes, and for pictures while somebody scrubs.
 */
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import { VIDEO_TRACK } from '../../media/mp4/box.ts';
import { fragmentPieces } from '../../media/mp4/fragment.ts';
import type { FragmentEntry } from '../../media/mp4/fragment-table.ts';
import { fragmentHeadBytes, sampleRuns } from '../../media/mp4/sample-run.ts';
import { videoOnlyInit } from '../../media/mp4/video-only.ts';
import { type Cut, exactWall, readCut } from './cuts.ts';
import type { SegmentShelf } from './segment-shelf.ts';
import type { VideoPlan } from './video.ts';

/** A key frame and all before it, mostly, at one reading. */
const FIRST_READ = 128_000;

interface KeyFrame {
  readonly cut: Cut;
  readonly entry: FragmentEntry;
  /** Until the next one that is sent, or until the cut ends: ticks. */
  readonly lasts: number;
}

/**
 * The answer as fragments of one key frame each, which stand until the next.
 * @param everyMs leaves out key frames that follow the one before within this time
 */
export async function* keyFrameBytes(
  plan: VideoPlan,
  everyMs: number,
  shelf: SegmentShelf,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  yield videoOnlyInit(plan.init);
  let sequence = 0;
  for (const frame of keyFrames(plan.cuts, everyMs)) {
    signal.throwIfAborted();
    const { cut, entry, lasts } = frame;
    const data = await readKeyFrame(cut, entry, shelf, signal);
    const at = exactWall(cut.opened.index, entry.time) - plan.origin;
    const baseTime = Math.max(0, Math.round((at / 1000) * VIDEO_TIMESCALE));
    const sample = { data: [data], size: data.length, duration: lasts, offset: 0, key: true };
    yield Buffer.concat(
      fragmentPieces({ sequence: ++sequence, tracks: [{ id: VIDEO_TRACK, baseTime, samples: [sample] }] }),
    );
  }
}

/** What to tell the browser of the same plan when only its pictures are sent. */
export function videoOnlyMime(plan: VideoPlan): string {
  const codec = plan.cuts[0]?.opened.index.config.video.codec ?? '';
  return `video/mp4; codecs="${codec}"`;
}

function* keyFrames(cuts: readonly Cut[], everyMs: number): Generator<KeyFrame> {
  let sent: number | undefined;
  for (const cut of cuts) {
    const { index } = cut.opened;
    const chosen = cut.fragments.filter((entry) => {
      if (!entry.key) return false;
      const wall = exactWall(index, entry.time);
      if (sent !== undefined && wall - sent < everyMs) return false;
      sent = wall;
      return true;
    });
    const last = cut.fragments.at(-1);
    const ends = last ? last.time + last.durationTicks : 0;
    for (const [at, entry] of chosen.entries())
      yield { cut, entry, lasts: Math.max(1, (chosen[at + 1]?.time ?? ends) - entry.time) };
  }
}

async function readKeyFrame(cut: Cut, entry: FragmentEntry, shelf: SegmentShelf, signal: AbortSignal): Promise<Buffer> {
  const read = (from: number, bytes: number): Promise<Buffer> =>
    readCut(cut, { start: entry.offset + from, end: entry.offset + from + bytes - 1 }, shelf, signal);
  let start = await read(0, Math.min(FIRST_READ, entry.bytes));
  const needed = fragmentHeadBytes(start, cut.key) ?? entry.bytes;
  if (needed > start.length) start = await read(0, Math.min(needed, entry.bytes));
  const { video } = cut.opened.index.config;
  const run = sampleRuns(start.subarray(0, needed), entry.bytes, [video], cut.key).find(
    (one) => one.trackId === video.id,
  );
  const first = run?.samples[0];
  if (!first) return Buffer.alloc(0);
  if (first.at + first.size <= start.length) return start.subarray(first.at, first.at + first.size);
  return read(first.at, first.size);
}
