/** Frames that are missing from what the API shows, and whether there is a reason for each, and the timeline gives it. */
import type { Gap, StoredFrame } from '../faults/harness/ledger.ts';

/** A recorder was killed or paused. */
export interface Loss {
  /** UTC ms. */
  readonly from: number;
  /** Until when another may have taken over; what a paused recorder reads late is stored until then, too. */
  readonly to: number;
  /** Of the recorder, when it happened. */
  readonly cameras: readonly string[];
}

/** What the timeline may say of them. */
const CAUSES: readonly string[] = ['recorder', 'no-recorder'];
/** Shorter, the timeline calls nothing a gap. */
const JOIN_MS = 100;
/** A fragment, and how far two clocks may differ. */
const EDGE_MS = 1500;

/**
 * Holes that are outside of every loss of this camera's recorder, or that lie in no gap with a cause that says so.
 * @param frames as the timeline shows them, in its order
 */
export function missingForNoReason(
  camera: string,
  frames: readonly StoredFrame[],
  gaps: readonly Gap[],
  losses: readonly Loss[],
  frameMs: number,
): string[] {
  const reasons = gaps.filter(({ cause }) => CAUSES.includes(cause));
  return frames.slice(1).flatMap((after, index) => {
    const before = frames[index];
    if (before === undefined || after.number <= before.number + 1) return [];
    const lost = `${camera}: ${before.number + 1}–${after.number - 1} at ${new Date(before.sentAt).toISOString()}`;
    const isHit = losses.some(
      ({ cameras, from, to }) => cameras.includes(camera) && before.sentAt > from - EDGE_MS && before.sentAt < to,
    );
    if (!isHit) return [`${lost}, and its recorder lived`];
    if (after.at - before.at - frameMs <= JOIN_MS) return [];
    const told = reasons.some(({ start, end }) => start <= before.at + 2 * frameMs && end >= after.at - frameMs);
    return told ? [] : [`${lost}, and the timeline gives no reason`];
  });
}
