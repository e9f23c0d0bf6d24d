/** What became of each object, ready to be looked up while drawing. Pure. */
import type { JudgeEvent, Timeline } from '../../judge/timeline.ts';

export interface Outcome {
  /** When the object was settled, and how: 300, 100, 50 or 0; undefined where the replay ended before. */
  readonly result: { readonly time: number; readonly value: number } | undefined;
  /** Of a slider: when its head was hit or given up. */
  readonly head: { readonly time: number; readonly hit: boolean } | undefined;
  /** Of a slider, in the order of its checks: ticks and repeats. */
  readonly parts: readonly { readonly time: number; readonly hit: boolean }[];
  /** Of a spinner: when it gave a bonus. */
  readonly bonuses: readonly number[];
}

export function outcomesOf(timeline: Timeline, objects: number): Outcome[] {
  const lists: JudgeEvent[][] = Array.from({ length: objects }, () => []);
  for (const event of timeline.events) lists[event.object]?.push(event);
  return lists.map((events) => {
    const result = events.find(({ kind }) => kind === 'result');
    const head = events.find(({ kind }) => kind === 'head');
    return {
      result: result && { time: result.time, value: result.value },
      head: head && { time: head.time, hit: head.value > 0 },
      parts: events
        .filter(({ kind }) => kind === 'tick' || kind === 'repeat')
        .map(({ time, value }) => ({ time, hit: value > 0 })),
      bonuses: events.filter(({ kind }) => kind === 'bonus').map(({ time }) => time),
    };
  });
}
