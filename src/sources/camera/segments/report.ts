/**
 * What is told to the hub of a finished segment, the same whether it was just written, recovered, or found.
 */
import type { SegmentReport } from '../../../contract/recorder.ts';
import { marksOf, type SegmentEnd } from '../../../media/mp4/fragment-table.ts';
import { durationMsOf, type SegmentIdentity } from '../../../media/mp4/identity.ts';
import type { SegmentIndex } from '../../../media/mp4/segment-index.ts';

export interface FinishedSegment {
  readonly identity: SegmentIdentity;
  readonly ended: SegmentEnd;
  readonly durationTicks: number;
  readonly stretchMs?: number | undefined;
  readonly timing?: 'arrival' | undefined;
  readonly lost?: number | undefined;
  readonly frames: number;
  readonly bytes: number;
  readonly codec: string;
  readonly audioCodec?: string | undefined;
  readonly width: number;
  readonly height: number;
}

export function reportOf(segment: FinishedSegment, key: string, sha256: string): SegmentReport {
  const { sourceId, track, run, seq, token, wallStart, mediaStart } = segment.identity;
  const { frames, bytes, codec, audioCodec, width, height, ended } = segment;
  return {
    sourceId,
    track,
    run,
    seq,
    token,
    key,
    wallStart,
    mediaStart,
    durationMs: durationMsOf(segment.identity, segment.durationTicks, segment.stretchMs),
    frames,
    bytes,
    sha256,
    codec,
    ...(audioCodec === undefined ? {} : { audioCodec }),
    width,
    height,
    ended,
    ...(segment.timing === undefined ? {} : { timing: segment.timing }),
    ...(segment.lost === undefined ? {} : { lost: segment.lost }),
  };
}

/** A file that was read back, as a finished segment. */
export function finishedOf(index: SegmentIndex, ended: SegmentEnd, bytes: number): FinishedSegment {
  const { identity, config, durationTicks, stretchMs, frames } = index;
  const { codec, width, height } = config.video;
  const marks = marksOf(index.fragments);
  const audioCodec = config.audio?.codec;
  return { identity, ended, durationTicks, stretchMs, ...marks, frames, bytes, codec, audioCodec, width, height };
}
