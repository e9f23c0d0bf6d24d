/**
 * What of the spool goes: clips of RecentClips that are old enough, and, when room is needed, what matters least. Pure.
 */

export interface SpoolFile {
  readonly sha256: string;
  readonly bytes: number;
  /** UTC ms; undefined when it is not known. */
  readonly start: number | undefined;
  /**
   * `recent`: shown by no event. `sentry`, `saved`: of an event, or filled in for one.
   */
  readonly worth: 'recent' | 'other' | 'sentry' | 'saved';
  /** The hub has it, or there is no hub that it could be pushed to. */
  readonly pushed: boolean;
}

export interface RetentionWish {
  /** Age at which clips of RecentClips go, ms. */
  readonly recentMs: number;
  /** Bytes that have to become free; 0: none. */
  readonly needed: number;
  /** UTC ms. */
  readonly now: number;
}

export interface RetentionPlan {
  readonly age: readonly SpoolFile[];
  /** For room, in the order in which they go. */
  readonly space: readonly SpoolFile[];
  /** Of those: what the hub does not have. */
  readonly unpushed: number;
  /** Bytes that are still missing afterwards. */
  readonly short: number;
}

const WORTH = { recent: 0, other: 1, sentry: 2, saved: 3 } as const;

export function planRetention(files: readonly SpoolFile[], { recentMs, needed, now }: RetentionWish): RetentionPlan {
  const old = ({ worth, start, pushed }: SpoolFile): boolean =>
    worth === 'recent' && pushed && start !== undefined && start < now - recentMs;
  const age = files.filter(old);
  let left = needed - age.reduce((sum, { bytes }) => sum + bytes, 0);
  const space: SpoolFile[] = [];
  const rest = left > 0 ? files.filter((file) => !old(file)).sort(leastFirst) : [];
  for (const file of rest) {
    if (left <= 0) break;
    space.push(file);
    left -= file.bytes;
  }
  return { age, space, unpushed: space.filter(({ pushed }) => !pushed).length, short: Math.max(0, left) };
}

/** What the hub has goes first, whatever it is: it is not lost. Then what is worth least, the oldest first; what has no time goes last of its kind. */
function leastFirst(one: SpoolFile, other: SpoolFile): number {
  if (one.pushed !== other.pushed) return one.pushed ? -1 : 1;
  if (one.worth !== other.worth) return WORTH[one.worth] - WORTH[other.worth];
  return (one.start ?? Number.MAX_SAFE_INTEGER) - (other.start ?? Number.MAX_SAFE_INTEGER);
}
