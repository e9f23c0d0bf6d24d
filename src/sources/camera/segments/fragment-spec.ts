/**
 * Turns gathered units into what is written: times become those of the file, whose zero is the first picture shown.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import { AUDIO_TRACK, VIDEO_TRACK } from '../../../media/mp4/box.ts';
import type { FragmentSample, FragmentSpec } from '../../../media/mp4/fragment.ts';
import type { PendingFragment } from './fragmenter.ts';
import type { Placed } from './run-time.ts';

/** Where on its run's time line a segment begins. */
export interface SegmentOrigin {
  /** Of its first picture, 90 kHz. */
  readonly pts: number;
  readonly dts: number;
  /** The same moment in ticks of the sound. */
  readonly audio: number;
}

export function originOf(first: Placed, audioRate: number | undefined): SegmentOrigin {
  const audio = audioRate === undefined ? 0 : Math.round((first.pts * audioRate) / VIDEO_TIMESCALE);
  return { pts: first.pts, dts: first.dts, audio };
}

/** AAC frames hold 1024 samples (ISO/IEC 14496-3); only used for a frame that is alone in its fragment. */
const LONE_AUDIO_TICKS = 1024;

/**
 * Decoding times start at 0 in each file, and presentation times too: where pictures are reordered the offsets are lowered by the first one's
 * (signed offsets, ISO/IEC 14496-12 section 8.8.8), so that a file needs no edit list. Sound from before the origin is left out.
 */
export function fragmentSpec(
  pending: PendingFragment,
  origin: SegmentOrigin,
  sequence: number,
  wall: number,
): FragmentSpec {
  const reorder = origin.pts - origin.dts;
  const [first] = pending.video;
  const video = pending.video.map((placed, index): FragmentSample => {
    const end = pending.video[index + 1]?.dts ?? pending.endDts;
    const { data, size, key } = placed.unit;
    return {
      data,
      size,
      key,
      duration: Math.min(end - placed.dts, 0xffffffff),
      offset: placed.pts - placed.dts - reorder,
    };
  });
  return {
    sequence,
    wall,
    tracks: [
      { id: VIDEO_TRACK, baseTime: (first?.dts ?? origin.dts) - origin.dts, samples: video },
      audioTrack(pending.audio, origin),
    ],
  };
}

/** A fragment of sound alone: what arrived late for a segment that is about to be closed. */
export function soundSpec(
  audio: readonly Placed[],
  origin: SegmentOrigin,
  sequence: number,
  wall: number,
): FragmentSpec {
  return { sequence, wall, tracks: [audioTrack(audio, origin)] };
}

function audioTrack(all: readonly Placed[], origin: SegmentOrigin): FragmentSpec['tracks'][number] {
  const audio = all.filter((placed) => placed.dts >= origin.audio);
  let duration = LONE_AUDIO_TICKS;
  const samples = audio.map(({ unit, dts }, index): FragmentSample => {
    const next = audio[index + 1];
    if (next) duration = Math.min(next.dts - dts, 0xffffffff);
    return { data: unit.data, size: unit.size, key: true, duration, offset: 0 };
  });
  return { id: AUDIO_TRACK, baseTime: (audio[0]?.dts ?? origin.audio) - origin.audio, samples };
}

/** Splits the sound of a fragment that begins a new segment: what lies before the segment's origin belongs to the one before. */
export function splitSound(pending: PendingFragment, origin: SegmentOrigin): { late: Placed[]; rest: PendingFragment } {
  const late = pending.audio.filter((placed) => placed.dts < origin.audio);
  if (late.length === 0) return { late, rest: pending };
  return { late, rest: { ...pending, audio: pending.audio.filter((placed) => placed.dts >= origin.audio) } };
}
