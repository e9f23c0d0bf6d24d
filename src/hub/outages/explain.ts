/**
 * Why there is no footage, moment by moment. Pure: footage and outages in, gaps with their causes out.
 */
import type { OutageCause } from '../../contract/outage.ts';

/** Holes no wider than this between two stretches are none: less than a frame at the lowest usual rates. Milliseconds. */
export const JOIN_MS = 100;
/**
 * Where a hole begins and ends is known from the pictures, where an outage does so from who saw it. An unexplained piece no longer
 * than this beside an explained one has the same cause.
 */
export const SLACK_MS = 5000;

/** Footage of one run that is shown; UTC ms. */
export interface Shown {
  readonly start: number;
  readonly end: number;
  readonly run: string;
}

export interface KnownOutage {
  readonly start: number;
  /** Null: it goes on, until the next footage at the latest. */
  readonly end: number | null;
  readonly cause: OutageCause;
  readonly detail?: string | null | undefined;
  /** Pictures missing inside of `run`: what is shown of that run in this time is not footage. */
  readonly frames?: number | null | undefined;
  readonly run?: string | null | undefined;
  /** With `frames`: less than the whole interval is missing. */
  readonly missingMs?: number | null | undefined;
}

/** A piece of a gap that has one cause; UTC ms. */
export interface ExplainedGap {
  readonly start: number;
  readonly end: number;
  readonly cause: OutageCause;
  readonly detail?: string;
  readonly frames?: number;
  readonly missingMs: number;
}

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Of two causes for the same moment the one further to the left is told: what a person did, then what a recorder saw, then what the hub concluded. */
const RANK: Readonly<Record<OutageCause, number>> = {
  disabled: 0,
  disk: 1,
  refused: 2,
  unreachable: 3,
  frozen: 4,
  garbage: 5,
  disconnected: 6,
  loss: 7,
  clock: 8,
  change: 9,
  recorder: 10,
  'no-recorder': 11,
  retention: 12,
  unknown: 13,
};

/**
 * Gaps of `range`, in order; none overlaps another, and each has one cause. What is between them is footage.
 * @param shown in any order; may overlap
 * @param outages in any order; may overlap each other and footage, which counts for more
 */
export function explainGaps(range: Interval, shown: readonly Shown[], outages: readonly KnownOutage[]): ExplainedGap[] {
  const footage = joined(shown, range);
  const ended = outages.map((outage) => ({ ...outage, end: outage.end ?? endOf(outage.start, footage) }));
  const gaps = holesOf(footage, range).flatMap((hole) => explainHole(hole, ended));
  for (const inside of carved(range, shown, ended)) gaps.push(inside);
  return gaps.sort((a, b) => a.start - b.start);
}

/** The gaps' sums by cause, ms. */
export function missingByCause(gaps: readonly ExplainedGap[]): Partial<Record<OutageCause, number>> {
  const sums: Partial<Record<OutageCause, number>> = {};
  for (const gap of gaps) sums[gap.cause] = (sums[gap.cause] ?? 0) + gap.missingMs;
  return sums;
}

type Ended = KnownOutage & { readonly end: number };

/** Footage without the runs: stretches in order, cut to the range, neighbours that touch as one. */
function joined(shown: readonly Shown[], range: Interval): Interval[] {
  const stretches: { start: number; end: number }[] = [];
  for (const { start, end } of [...shown].sort((a, b) => a.start - b.start)) {
    if (end <= start || end <= range.start - JOIN_MS || start >= range.end + JOIN_MS) continue;
    const last = stretches.at(-1);
    if (last && start - last.end <= JOIN_MS) last.end = Math.max(last.end, end);
    else stretches.push({ start, end });
  }
  return stretches;
}

function holesOf(footage: readonly Interval[], range: Interval): Interval[] {
  const holes: Interval[] = [];
  let at = range.start;
  for (const { start, end } of footage) {
    if (start > at) holes.push({ start: at, end: Math.min(start, range.end) });
    at = Math.max(at, end);
  }
  if (at < range.end) holes.push({ start: at, end: range.end });
  return holes;
}

/** Where one that goes on ends all the same: footage has begun since. */
function endOf(start: number, footage: readonly Interval[]): number {
  return footage.find((stretch) => stretch.start > start)?.start ?? Number.POSITIVE_INFINITY;
}

function explainHole(hole: Interval, outages: readonly Ended[]): ExplainedGap[] {
  const near = outages.filter((outage) => outage.start < hole.end && outage.end > hole.start);
  const pieces = cut(hole, near).map((piece) => ({ ...piece, outage: best(piece, near) }));
  return grouped(lent(pieces)).map(({ start, end, outage }) => described({ start, end }, outage));
}

interface Piece extends Interval {
  readonly outage: Ended | undefined;
}

/** Short unexplained pieces get the cause of their neighbour, of the later one first: what is seen last was there first. */
function lent(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, at) => {
    if (piece.outage !== undefined || piece.end - piece.start > SLACK_MS) return piece;
    return { ...piece, outage: pieces[at + 1]?.outage ?? pieces[at - 1]?.outage };
  });
}

/** Pieces between all beginnings and ends. */
function cut(whole: Interval, outages: readonly Ended[]): Interval[] {
  const edges = new Set([whole.start, whole.end]);
  for (const { start, end } of outages)
    for (const edge of [start, end]) if (edge > whole.start && edge < whole.end) edges.add(edge);
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(1).map((end, at) => ({ start: sorted[at] ?? whole.start, end }));
}

/** Of those over the whole piece the one that ranks first; of equals the one that began last. */
function best(piece: Interval, outages: readonly Ended[]): Ended | undefined {
  let chosen: Ended | undefined;
  for (const outage of outages) {
    if (outage.start > piece.start || outage.end < piece.end) continue;
    const rank = RANK[outage.cause] - (chosen ? RANK[chosen.cause] : RANK.unknown + 1);
    if (rank < 0 || (rank === 0 && chosen !== undefined && outage.start > chosen.start)) chosen = outage;
  }
  return chosen;
}

/** Neighbours of one cause are one. */
function grouped(pieces: readonly Piece[]): Piece[] {
  const groups: Piece[] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last && last.end === piece.start && causeOf(last) === causeOf(piece))
      groups[groups.length - 1] = { ...last, end: piece.end };
    else groups.push(piece);
  }
  return groups;
}

function causeOf(piece: Piece): OutageCause {
  return piece.outage?.cause ?? 'unknown';
}

function described(piece: Interval, outage: Ended | undefined): ExplainedGap {
  const length = piece.end - piece.start;
  const detail = outage?.detail;
  const frames = outage?.frames;
  return {
    start: piece.start,
    end: piece.end,
    cause: outage?.cause ?? 'unknown',
    ...(detail === undefined || detail === null ? {} : { detail }),
    ...(frames === undefined || frames === null ? {} : { frames }),
    missingMs: length,
  };
}

/** Time that segments of a run span, and in which pictures of it are missing. */
function carved(range: Interval, shown: readonly Shown[], outages: readonly Ended[]): ExplainedGap[] {
  const gaps: ExplainedGap[] = [];
  const inside = outages.filter((one) => (one.frames ?? 0) > 0 && one.run && one.end < Number.POSITIVE_INFINITY);
  if (inside.length === 0) return gaps;
  // Whole stretches: an outage over the border of two segments is one gap, and its frames are told once.
  const runs = new Map(
    [...new Set(inside.map(({ run }) => run))].map((run) => [
      run,
      {
        own: joined(
          shown.filter((one) => one.run === run),
          range,
        ),
        others: joined(
          shown.filter((one) => one.run !== run),
          range,
        ),
      },
    ]),
  );
  for (const outage of inside.sort((a, b) => a.start - b.start)) {
    const { own, others } = runs.get(outage.run) ?? { own: [], others: [] };
    for (const stretch of own) {
      const start = Math.max(range.start, outage.start, stretch.start, gaps.at(-1)?.end ?? 0);
      const end = Math.min(range.end, outage.end, stretch.end);
      // Shown by another run over all of it: nothing is missing.
      if (end <= start || others.some((other) => other.start <= start && other.end >= end)) continue;
      const share = (outage.missingMs ?? outage.end - outage.start) / (outage.end - outage.start);
      const missingMs = Math.min(end - start, Math.round((end - start) * share));
      gaps.push({ ...described({ start, end }, outage), missingMs });
    }
  }
  return gaps;
}
