/**
 * What has been recorded, as stretches of time. Pure: values in, values out.
 */
import type { FootageSpan } from '../../contract/footage.ts';

/** Two segments this close together are one stretch: less than a frame at the lowest usual rates, in milliseconds. */
const JOIN_MS = 100;

/** One stored or open segment on the calendar's time line. Times are UTC milliseconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  /** RFC 6381 of the pictures, and of the sound where there is any. */
  readonly codec: string;
  readonly audioCodec?: string;
  /** Still being written. */
  readonly open: boolean;
}

/**
 * Joins neighbouring stretches into spans and cuts them to `[from, to]`. A hole wider than {@link JOIN_MS} or a change of
 * codec starts a new span.
 * @param stretches in any order; they may overlap
 */
export function mergeSpans(stretches: readonly Stretch[], from: number, to: number): FootageSpan[] {
  const spans: Stretch[] = [];
  for (const next of [...stretches].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (next.end <= from || next.start >= to || next.end <= next.start) continue;
    const last = spans.at(-1);
    if (last && next.start <= last.end + JOIN_MS && sameCodec(last, next)) {
      const end = Math.max(last.end, next.end);
      spans[spans.length - 1] = { ...last, end, open: next.end >= last.end ? next.open : last.open };
    } else {
      const start = last ? Math.max(next.start, last.end) : next.start;
      if (start < next.end) spans.push({ ...next, start });
    }
  }
  return spans.map((span) => ({
    start: instant(Math.max(span.start, from)),
    end: instant(Math.min(span.end, to)),
    codec: span.codec,
    ...(span.audioCodec === undefined ? {} : { audioCodec: span.audioCodec }),
    open: span.open && span.end <= to,
  }));
}

/** RFC 3339 in UTC with milliseconds. */
export function instant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

function sameCodec(a: Stretch, b: Stretch): boolean {
  return a.codec === b.codec && a.audioCodec === b.audioCodec;
}
