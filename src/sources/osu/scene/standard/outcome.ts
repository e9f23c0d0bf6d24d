/** What became of each object, ready to be looked up while drawing. Pure. */
import type { JudgeEvent, Timeline } from '../../judge/timeline.ts';

export interface Outcome {
  /** When the object was settled, and how: 300, 100, 50 or 0; undefined where the replay ended before. */
  readonly result: { readonly time: number; readonly value: number } | undefined;
  /** Of the last object of a combo that went well: all of it 300 (`g`), or nothing below 100 (`k`). */
  readonly ending: 'g' | 'k' | undefined;
  /** Of a slider: when its head was hit or given up. */
  readonly head: { readonly time: number; readonly hit: boolean } | undefined;
  /** Of a slider, in the order of its checks: ticks and repeats. */
  readonly parts: readonly { readonly kind: 'tick' | 'repeat'; readonly time: number; readonly hit: boolean }[];
  /** Of a spinner: when it gave a bonus. */
  readonly bonuses: readonly number[];
}

/** @param objects in the order of the map */
export function outcomesOf(timeline: Timeline, objects: readonly { readonly newCombo: boolean }[]): Outcome[] {
  const lists: JudgeEvent[][] = objects.map(() => []);
  for (const event of timeline.events) lists[event.object]?.push(event);
  let worst = 300;
  return lists.map((events, index) => {
    const result = events.find(({ kind }) => kind === 'result');
    const head = events.find(({ kind }) => kind === 'head');
    worst = Math.min(worst, result?.value ?? 0);
    const isLast = objects[index + 1]?.newCombo ?? true;
    const ending = !isLast ? undefined : worst === 300 ? 'g' : worst === 100 ? 'k' : undefined;
    if (isLast) worst = 300;
    return {
      ending,
      result: result && { time: result.time, value: result.value },
      head: head && { time: head.time, hit: head.value > 0 },
      parts: events.flatMap(({ kind, time, value }) =>
        kind === 'tick' || kind === 'repeat' ? [{ kind, time, hit: value > 0 }] : [],
      ),
      bonuses: events.filter(({ kind }) => kind === 'bonus').map(({ time }) => time),
    };
  });
}
