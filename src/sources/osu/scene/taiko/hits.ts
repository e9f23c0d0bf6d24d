/** What became of each object of osu!taiko, ready to be looked up while drawing. Pure. */
import type { Timeline } from '../../judge/timeline.ts';

export interface TaikoHit {
  /** Of a note: when it was settled, and how: 300, 100 or 0. */
  readonly result: { readonly time: number; readonly value: number } | undefined;
  /** Of a drumroll or a denden: when it was hit, rising. */
  readonly times: readonly number[];
  /** Of a denden: when it was over, and whether it was finished. */
  readonly end: { readonly time: number; readonly done: boolean } | undefined;
}

export function taikoHitsOf({ events }: Timeline, objects: number): TaikoHit[] {
  const hits: { result: TaikoHit['result']; times: number[]; end: TaikoHit['end'] }[] = Array.from(
    { length: objects },
    () => ({ result: undefined, times: [], end: undefined }),
  );
  for (const { object, kind, time, value } of events) {
    const hit = hits[object];
    if (!hit) continue;
    if (kind === 'result') hit.result = { time, value };
    else if (kind === 'tick' || kind === 'spin') hit.times.push(time);
    else if (kind === 'end') hit.end = { time, done: value > 0 };
  }
  return hits;
}
