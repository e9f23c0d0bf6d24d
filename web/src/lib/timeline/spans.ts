/**
 * Questions about recorded stretches. Spans are sorted by start and do not overlap; times are UTC milliseconds.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly codec: string;
  readonly audioCodec: string | undefined;
  /** Still being written. */
  readonly open: boolean;
}

/** The stretch that holds a moment. */
export function spanAt(spans: readonly Span[], time: number): Span | undefined {
  return spans.find((span) => span.start <= time && time < span.end);
}

/** The first stretch that begins at or after a moment. */
export function spanAfter(spans: readonly Span[], time: number): Span | undefined {
  return spans.find((span) => span.start >= time);
}

/** The nearest moment that has footage: the moment itself, or the nearer edge of its gap. `inside` keeps it off the very end. */
export function nearestFootage(spans: readonly Span[], time: number, inside = 500): number | undefined {
  let best: number | undefined;
  for (const span of spans) {
    const last = Math.max(span.start, span.end - inside);
    const candidate = Math.min(last, Math.max(span.start, time));
    if (best === undefined || Math.abs(candidate - time) < Math.abs(best - time)) best = candidate;
  }
  return best;
}

/** Recorded milliseconds between two moments. */
export function coverage(spans: readonly Span[], from: number, to: number): number {
  let total = 0;
  for (const span of spans) total += Math.max(0, Math.min(span.end, to) - Math.max(span.start, from));
  return total;
}

/** Bars for drawing: stretches closer together than `resolution` ms become one, so that a day of short pieces stays light. */
export function bars(
  spans: readonly Span[],
  from: number,
  to: number,
  resolution: number,
): { start: number; end: number; open: boolean }[] {
  const found: { start: number; end: number; open: boolean }[] = [];
  for (const span of spans) {
    if (span.end <= from || span.start >= to) continue;
    const last = found.at(-1);
    if (last && span.start - last.end <= resolution) {
      last.end = span.end;
      last.open ||= span.open;
    } else found.push({ start: span.start, end: span.end, open: span.open });
  }
  return found;
}

/**
 * Puts a fresh answer for `[from, to]` in place of what was known of that stretch.
 * Known stretches outside stay; those that cross an edge are cut there and joined with the answer again.
 */
export function replaceWindow(known: readonly Span[], fresh: readonly Span[], from: number, to: number): Span[] {
  const kept: Span[] = [];
  for (const span of known) {
    if (span.start < from) kept.push(span.end > from ? { ...span, end: from, open: false } : span);
    if (span.end > to) kept.push(span.start < to ? { ...span, start: to } : span);
  }
  const sorted = [...kept, ...fresh].sort((a, b) => a.start - b.start);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    const same = last && last.codec === span.codec && last.audioCodec === span.audioCodec;
    if (last && same && span.start <= last.end && (span.start === from || span.start === to || span.start < last.end)) {
      merged[merged.length - 1] = {
        ...last,
        end: Math.max(last.end, span.end),
        open: span.end >= last.end ? span.open : last.open,
      };
    } else merged.push(span);
  }
  return merged;
}
