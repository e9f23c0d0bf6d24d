/**
 * The account of one camera over one fault: which frames are there, which are not, and whether the timeline says why.
 * Pure: from lists to numbers.
 */
import type { Mark } from './marks.ts';

/** A frame that is stored, as the timeline shows it. */
export interface StoredFrame extends Mark {
  /** Where it stands on the timeline, UTC ms of Vidette's clock. */
  readonly at: number;
}

/** What the API says of an interval without footage. UTC ms of Vidette's clock. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  readonly cause: string;
}

/** Frames that are missing between two that are there. */
export interface Hole {
  readonly before: StoredFrame;
  readonly after: StoredFrame;
}

/** Numbers from the first up to, and without, the second. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

export interface Account {
  /** Numbers that belong into the window. */
  readonly frames: number;
  /** Of these, sent by the camera on this connection. */
  readonly sent: number;
  readonly stored: number;
  /** Frames that the timeline shows more than once. */
  readonly repeated: number;
  readonly lost: number;
  /** Of the lost ones, sent by the camera. */
  readonly lostSent: number;
  /** Of those, sent whole. */
  readonly lostWhole: number;
  /** Of the lost ones, those that lie in a gap with one of the causes that the fault has. */
  readonly explained: number;
  /** What the timeline says instead of the others; `no gap` where it says nothing. */
  readonly otherCauses: readonly string[];
  /** Longest time from a stored frame to the next, less the frame itself, in ms of the camera's clock. */
  readonly longestMs: number;
  readonly holes: readonly Hole[];
}

export interface AccountOptions {
  readonly stored: readonly StoredFrame[];
  readonly sent: readonly NumberRange[];
  /** Sent, but not all packets of it. */
  readonly damaged?: ReadonlySet<number>;
  readonly gaps: readonly Gap[];
  readonly causes: readonly string[];
  /** By the camera's clock: only what it sent from then to then counts. */
  readonly from: number;
  readonly to: number;
  readonly frameMs: number;
  /** Numbers count in the order of sending; so many frames may lie between that and the order of showing. */
  readonly reordered?: number;
}

export function account(options: AccountOptions): Account {
  const { from, to, frameMs, gaps, causes } = options;
  const all = options.stored.filter(({ sentAt }) => sentAt >= from && sentAt <= to);
  const stored = distinct(all);
  const first = edge(stored[0], from, -frameMs);
  const last = edge(stored.at(-1), to, frameMs);
  const begin = first === undefined ? (stored[0]?.number ?? 0) : first.number + 1;
  const end = last?.number ?? (stored.at(-1)?.number ?? -1) + 1;
  const holes = holesOf([...(first ? [first] : []), ...stored, ...(last ? [last] : [])]);
  const slackMs = frameMs * (1 + (options.reordered ?? 0));
  const reasons = gaps.filter(({ cause }) => causes.includes(cause));
  let lost = 0;
  let lostSent = 0;
  let lostWhole = 0;
  let explained = 0;
  const other = new Set<string>();
  for (const hole of holes)
    for (let number = hole.before.number + 1; number < hole.after.number; number++) {
      lost++;
      if (isIn(options.sent, number)) {
        lostSent++;
        if (!options.damaged?.has(number)) lostWhole++;
      }
      if (isExplained(hole, number, reasons, slackMs)) explained++;
      else other.add(gaps.find((gap) => isExplained(hole, number, [gap], slackMs))?.cause ?? 'no gap');
    }
  return {
    frames: end - begin,
    sent: options.sent.reduce((sum, one) => sum + Math.max(0, Math.min(end, one.to) - Math.max(begin, one.from)), 0),
    stored: stored.length,
    repeated: all.length - stored.length,
    lost,
    lostSent,
    lostWhole,
    explained,
    otherCauses: [...other],
    longestMs: holes.reduce((most, hole) => Math.max(most, lengthOf(hole, frameMs)), 0),
    holes,
  };
}

/** The camera's timer comes late now and then: so many frames at the edge of a window may belong to the other side. */
const EDGE_FRAMES = 3;

/**
 * A frame just outside the window, where the first (or last) of the stored ones does not stand at its edge: what should lie between is lost.
 * @param step from one frame to the next, in ms; negative towards the past
 */
function edge(outermost: StoredFrame | undefined, bound: number, step: number): StoredFrame | undefined {
  if (outermost === undefined) return undefined;
  const missing = Math.floor((bound - outermost.sentAt) / step);
  if (missing <= EDGE_FRAMES) return undefined;
  const away = missing + 1;
  return {
    number: outermost.number + Math.sign(step) * away,
    sentAt: outermost.sentAt + step * away,
    at: outermost.at + step * away,
  };
}

/** How long a hole lasts by the camera's clock, in ms. */
export function lengthOf({ before, after }: Hole, frameMs: number): number {
  return after.sentAt - before.sentAt - frameMs;
}

/** Sorted by number, each number once. */
function distinct(frames: readonly StoredFrame[]): StoredFrame[] {
  const sorted = frames.toSorted((a, b) => a.number - b.number);
  return sorted.filter(({ number }, index) => number !== sorted[index - 1]?.number);
}

function holesOf(stored: readonly StoredFrame[]): Hole[] {
  return stored.flatMap((before, index) => {
    const after = stored[index + 1];
    return after && after.number - before.number > 1 ? [{ before, after }] : [];
  });
}

/** A lost frame's place on the timeline lies between its neighbours', as its number does; a gap there must give the cause. */
function isExplained({ before, after }: Hole, number: number, gaps: readonly Gap[], slackMs: number): boolean {
  const share = (number - before.number) / (after.number - before.number);
  const at = before.at + share * (after.at - before.at);
  return gaps.some(({ start, end }) => at >= start - slackMs && at <= end + slackMs);
}

function isIn(ranges: readonly NumberRange[], number: number): boolean {
  return ranges.some(({ from, to }) => number >= from && number < to);
}

/** Frames of one camera that a file, or a stretch of one, has in another order than they were sent. */
export function countDisorder(marks: readonly Mark[]): number {
  return marks.filter(({ number }, index) => number < (marks[index - 1]?.number ?? number)).length;
}
