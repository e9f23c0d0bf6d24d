/**
 * Frame counts in a file, each second: for benches and for tests that account for every frame.
 */
import { renameSync, writeFileSync } from 'node:fs';

/** Counts of one track since the recorder started. */
export interface TrackCounters {
  readonly cameraId: string;
  readonly camera: string;
  readonly track: string;
  readonly status: string;
  /** Video access units that came from the stream. */
  readonly framesRead: number;
  /** Of these, in fragments that are on the disk. */
  readonly framesWritten: number;
  /** Thrown away because the disk was too slow. */
  readonly framesDropped: number;
  readonly bytesRead: number;
  readonly runs: number;
}

export interface Counters {
  readonly tracks: readonly TrackCounters[];
  readonly segmentsFinished: number;
  readonly segmentsAcknowledged: number;
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writeCounters(path: string, counters: Counters): void {
  writeFileSync(`${path}.new`, JSON.stringify(counters));
  renameSync(`${path}.new`, path);
}
