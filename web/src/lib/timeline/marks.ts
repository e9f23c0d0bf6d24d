/** Which marks are drawn on the timeline, and how. Pure. */
import type { View } from './scale.ts';

/** What people have marked of a camera. */
export interface Mark {
  readonly kind: 'bookmark' | 'protection';
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface DrawnMark {
  readonly kind: Mark['kind'];
  /** UTC milliseconds. */
  readonly start: number;
  readonly end: number;
}

/** Marks of one kind that are closer than this are drawn as one, in pixels: a year of bookmarks must not be a thousand elements. */
const TOGETHER_PX = 3;

/**
 * What touches the view, the earliest first; neighbours that cannot be told apart at this scale are one.
 * @param px milliseconds of a pixel
 */
export function marksIn(marks: readonly Mark[], view: View, px: number): DrawnMark[] {
  const drawn: DrawnMark[] = [];
  const last = new Map<Mark['kind'], number>();
  const seen = marks.filter((mark) => mark.end >= view.start && mark.start <= view.end);
  for (const { kind, start, end } of seen.sort((a, b) => a.start - b.start)) {
    const index = last.get(kind);
    const before = index === undefined ? undefined : drawn[index];
    if (index !== undefined && before !== undefined && start - before.end <= TOGETHER_PX * px)
      drawn[index] = { ...before, end: Math.max(before.end, end) };
    else {
      last.set(kind, drawn.length);
      drawn.push({ kind, start, end });
    }
  }
  return drawn;
}
