/**
 * Objects that lie on each other in a short time are drawn, and hit, as a stack.
 * The rules are those of ppy/osu, `OsuBeatmapProcessor` (MIT): backwards since format 6, forwards before.
 */
import type { WorkBudget } from '../work-budget.ts';

export interface Stackable {
  readonly kind: 'circle' | 'slider' | 'spinner';
  readonly time: number;
  readonly endTime: number;
  readonly x: number;
  readonly y: number;
  /** Where a slider ends, in old formats where its curve does; of others where they are. */
  readonly endX: number;
  readonly endY: number;
  stack: number;
}

/** Formats since this one. */
export const STACKS_BACKWARDS = 6;
/** Closer than this is the same place. */
const NEAR = 3;

const near = (ax: number, ay: number, bx: number, by: number): boolean => (ax - bx) ** 2 + (ay - by) ** 2 < NEAR * NEAR;

/** Sets `stack` of each. @param window milliseconds between two of one stack */
export function stackObjects(objects: readonly Stackable[], window: number, version: number, budget: WorkBudget): void {
  for (const object of objects) object.stack = 0;
  if (version < STACKS_BACKWARDS) stackForwards(objects, window, budget);
  else stackBackwards(objects, window, budget);
}

function stackBackwards(objects: readonly Stackable[], window: number, budget: WorkBudget): void {
  for (let i = objects.length - 1; i > 0; i--) {
    const top = objects[i];
    if (top?.stack !== 0 || top.kind === 'spinner') continue;
    if (top.kind === 'circle') stackUnderCircle(objects, i, top, window, budget);
    else stackUnderSlider(objects, i, top, window, budget);
  }
}

function stackUnderCircle(
  objects: readonly Stackable[],
  i: number,
  top: Stackable,
  window: number,
  budget: WorkBudget,
): void {
  let above = top;
  for (let n = i - 1; n >= 0; n--) {
    budget.spend(1);
    const below = objects[n];
    if (!below || below.kind === 'spinner') continue;
    if (above.time - below.endTime > window) return;
    if (below.kind === 'slider' && near(below.endX, below.endY, above.x, above.y)) {
      // On the end of a slider: all that lie there go down and right instead.
      const offset = above.stack - below.stack + 1;
      budget.spend(i - n);
      for (let j = n + 1; j <= i; j++) {
        const other = objects[j];
        if (other && near(below.endX, below.endY, other.x, other.y)) other.stack -= offset;
      }
      return;
    }
    if (near(below.x, below.y, above.x, above.y)) {
      below.stack = above.stack + 1;
      above = below;
    }
  }
}

function stackUnderSlider(
  objects: readonly Stackable[],
  i: number,
  top: Stackable,
  window: number,
  budget: WorkBudget,
): void {
  let above = top;
  for (let n = i - 1; n >= 0; n--) {
    budget.spend(1);
    const below = objects[n];
    if (!below || below.kind === 'spinner') continue;
    if (above.time - below.time > window) return;
    if (near(below.endX, below.endY, above.x, above.y)) {
      below.stack = above.stack + 1;
      above = below;
    }
  }
}

function stackForwards(objects: readonly Stackable[], window: number, budget: WorkBudget): void {
  for (let i = 0; i < objects.length; i++) {
    const first = objects[i];
    if (!first || (first.stack !== 0 && first.kind !== 'slider')) continue;
    let end = first.endTime;
    let onSlider = 0;
    for (let j = i + 1; j < objects.length; j++) {
      budget.spend(1);
      const next = objects[j];
      if (!next || next.time - window > end) break;
      if (near(next.x, next.y, first.x, first.y)) {
        first.stack++;
        end = next.time;
      } else if (near(next.x, next.y, first.endX, first.endY)) {
        onSlider++;
        next.stack -= onSlider;
        end = next.time;
      }
    }
  }
}
