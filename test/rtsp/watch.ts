/** Reads a camera with our client for as long as a test wants, and keeps what came. */
import { systemClock } from '../../src/base/clock.ts';
import type { AccessUnit, StreamConfig } from '../../src/media/access-unit.ts';
import { type Note, type RtspEnd, type RtspOptions, readRtsp } from '../../src/sources/camera/rtsp/client.ts';
import { type FrameMark, readFrameMark } from './frame-number.ts';

export interface Watched {
  readonly configs: StreamConfig[];
  readonly video: AccessUnit[];
  readonly audio: AccessUnit[];
  /** Of each video unit of the test camera, in order. */
  readonly marks: FrameMark[];
  readonly notes: Note[];
  /** Notes of a kind, counted. */
  count(kind: Note['kind']): number;
  readonly end: RtspEnd;
}

/** @param enough asked after every unit: true ends the reading. Ends by itself after `seconds` (20). */
export async function watch(
  url: string,
  enough: (seen: Omit<Watched, 'end'>) => boolean,
  options: Partial<RtspOptions> & { seconds?: number } = {},
): Promise<Watched> {
  const { seconds = 20, ...rest } = options;
  const stop = new AbortController();
  const notes: Note[] = [];
  const seen = {
    configs: [] as StreamConfig[],
    video: [] as AccessUnit[],
    audio: [] as AccessUnit[],
    marks: [] as FrameMark[],
    notes,
    count: (kind: Note['kind']): number => notes.reduce((sum, note) => sum + (note.kind === kind ? note.count : 0), 0),
  };
  const end = await readRtsp({
    url,
    clock: systemClock,
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(seconds * 1000)]),
    onConfig: (config) => seen.configs.push(config),
    onUnit: (unit) => {
      // What came in the same piece as the last one that was wanted.
      if (stop.signal.aborted) return;
      seen[unit.kind].push(unit);
      const codec = seen.configs[0]?.video.codec ?? 'h264';
      const mark =
        unit.kind === 'video' && codec !== 'mjpeg' ? readFrameMark(codec, Buffer.concat(unit.data)) : undefined;
      if (mark) seen.marks.push(mark);
      if (enough(seen)) stop.abort();
    },
    onNote: (note) => notes.push(note),
    ...rest,
  });
  return { ...seen, end };
}

/** Steps between neighbours; of frame numbers 1n each, when nothing is missing. */
export function steps<T extends number | bigint>(values: readonly T[]): number[] {
  return values.slice(1).map((value, i) => Number(value) - Number(values[i]));
}
