/** What a storyboard reacts to: when the player passes and fails, and which hits are heard when. Pure. */
import type { Timeline } from '../../judge/timeline.ts';
import type { Break } from '../../read/beatmap.ts';
import type { HitSoundCondition, StorySprite } from '../../read/storyboard.ts';
import type { Struck } from '../../sound/hit-sounds.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import type { Firing } from './sprite-timeline.ts';

/** A hit as triggers see it. */
export interface HeardHit extends Struck {
  readonly time: number;
}

/** Whether the player passes: from a moment on, until the next one. */
export interface PassChange {
  readonly time: number;
  readonly passing: boolean;
}

/** With less life a break begins as failed. */
const HALF = 0.5;

/**
 * As osu!'s wiki has it (“Storyboard scripting/General rules”, game state): while playing it is whether the last colour was a geki; in breaks whether more
 * than half of the life was left; at the end whether half of the breaks were passed, or as in a break where there was none.
 * @returns changes in the order of time; the first is at the beginning of all times, and passing
 */
export function passChanges(
  timeline: Timeline,
  objects: readonly { readonly newCombo: boolean }[],
  breaks: readonly Break[],
): readonly PassChange[] {
  const marks: PassChange[] = [{ time: -Infinity, passing: true }];
  const pauses = breaks.toSorted((a, b) => a.start - b.start);
  let [next, passed] = [0, 0];
  let allGood = true;
  let hp = 1;
  let colourPassing = true;
  const enterBreaks = (until: number): void => {
    for (let pause = pauses[next]; pause && pause.start <= until; pause = pauses[++next]) {
      const passing = hp >= HALF;
      if (passing) passed++;
      marks.push({ time: pause.start, passing }, { time: pause.end, passing: colourPassing });
    }
  };
  const last = objects.length - 1;
  for (const { time, kind, object, value, hp: life } of timeline.events.toSorted((a, b) => a.time - b.time)) {
    enterBreaks(time - 1);
    hp = life;
    if (kind !== 'result') continue;
    allGood &&= value === 300;
    if (object !== last && objects[object + 1]?.newCombo !== true) continue;
    colourPassing = allGood;
    allGood = true;
    marks.push({ time, passing: colourPassing });
    if (object === last) marks.push({ time, passing: pauses.length === 0 ? hp >= HALF : passed >= pauses.length / 2 });
  }
  const changes: PassChange[] = [];
  for (const mark of marks.sort((a, b) => a.time - b.time))
    if (changes.at(-1)?.passing !== mark.passing) changes.push(mark);
  return changes;
}

export class PassState {
  private readonly changes: readonly PassChange[];
  private readonly times: Float64Array;

  constructor(changes: readonly PassChange[]) {
    this.changes = changes;
    this.times = Float64Array.from(changes, ({ time }) => time);
  }

  at(now: number): boolean {
    return this.changes[lastAtOrBefore(this.times, this.times.length, now)]?.passing ?? true;
  }
}

/** Times that one sprite's groups are triggered: more are never seen, and each costs a little. */
const MOST_FIRINGS = 20_000;

/** @returns of each group of a sprite that waits for something, by its place among them: when it begins anew or is stopped */
export function firingsOf(
  sprite: StorySprite,
  hits: readonly HeardHit[],
  changes: readonly PassChange[],
): ReadonlyMap<number, readonly Firing[]> {
  const own = new Map<number, { readonly times: readonly number[]; readonly number: number }>();
  for (const [index, { timing }] of sprite.groups.entries()) {
    if (timing.kind !== 'trigger') continue;
    const { on, start, end, number } = timing;
    // The first of the changes is no change, but how it begins.
    const times =
      typeof on === 'string'
        ? changes.slice(1).flatMap(({ time, passing }) => (passing === (on === 'passing') ? [time] : []))
        : hits.flatMap((hit) => (isMet(on, hit) ? [hit.time] : []));
    own.set(index, { times: times.filter((time) => time >= start && time <= end).slice(0, MOST_FIRINGS), number });
  }
  const firings = new Map<number, readonly Firing[]>();
  for (const [index, { times, number }] of own) {
    const others = [...own].filter(([other, { number: its }]) => number !== 0 && its === number && other !== index);
    const stops = others.flatMap(([, other]) => other.times.map((time): Firing => ({ time, own: false })));
    firings.set(
      index,
      [...stops, ...times.map((time): Firing => ({ time, own: true }))].sort((a, b) => a.time - b.time),
    );
  }
  return firings;
}

function isMet({ set, additionSet, addition, index }: HitSoundCondition, hit: HeardHit): boolean {
  return (
    (set === 0 || set === hit.set) &&
    (additionSet === 0 || additionSet === hit.additionSet) &&
    (addition === 0 || (hit.sound & addition) !== 0) &&
    (index === undefined || index === hit.index)
  );
}
