/** What became of each note, and which ones are on their way at a moment. Pure; milliseconds of the map. */
import type { ManiaNote, ManiaPlay } from '../../judge/mania-play.ts';
import type { Timeline } from '../../judge/timeline.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import type { Scroll } from './scroll.ts';

export interface PlayedNote {
  readonly note: ManiaNote;
  /** Where head and end are on the way; see `Scroll`. */
  readonly from: number;
  readonly to: number;
  /** When it was settled, and how: 320 to 0; undefined where the replay ended before. */
  readonly result: { readonly time: number; readonly value: number } | undefined;
  /** Of a long note: when its head was hit. */
  readonly headAt: number | undefined;
  /** Of a long note: when it was first let go or missed. */
  readonly brokenAt: number | undefined;
}

/** In one column no more are drawn at once. */
const MOST_SEEN = 300;

export class Notes {
  readonly columns: readonly (readonly PlayedNote[])[];
  private readonly froms: readonly Float64Array[];
  /** Of each column: the furthest end of all notes up to each. */
  private readonly reaches: readonly Float64Array[];

  constructor({ columns, objects }: ManiaPlay, { events }: Timeline, scroll: Scroll) {
    const heads = new Map<number, number>();
    const breaks = new Map<number, number>();
    const results = new Map<number, { time: number; value: number }>();
    for (const { kind, object, time, value } of events) {
      if (kind === 'result') results.set(object, { time, value });
      else if (kind === 'head' && value > 0) heads.set(object, time);
      else if (kind === 'tick' && value === 0 && !breaks.has(object)) breaks.set(object, time);
    }
    const lists: PlayedNote[][] = Array.from({ length: columns }, () => []);
    for (const note of objects)
      lists[note.column]?.push({
        note,
        from: scroll.at(note.time),
        to: scroll.at(note.endTime),
        result: results.get(note.index),
        headAt: heads.get(note.index),
        brokenAt: breaks.get(note.index),
      });
    this.columns = lists;
    this.froms = lists.map((list) => Float64Array.from(list, ({ from }) => from));
    this.reaches = lists.map((list) => {
      let furthest = Number.NEGATIVE_INFINITY;
      return Float64Array.from(list, ({ to }) => {
        furthest = Math.max(furthest, to);
        return furthest;
      });
    });
  }

  /** Those of a column of which something lies between two places. */
  between(column: number, near: number, far: number): readonly PlayedNote[] {
    const [list = [], froms, reaches] = [this.columns[column], this.froms[column], this.reaches[column]];
    if (!froms || !reaches) return [];
    const last = lastAtOrBefore(froms, froms.length, far);
    const first = lastAtOrBefore(reaches, reaches.length, near) + 1;
    const seen: PlayedNote[] = [];
    for (let index = first; index <= last && seen.length < MOST_SEEN; index++) {
      const played = list[index];
      // Behind a long note there may be short ones that are over.
      if (played && played.to >= near) seen.push(played);
    }
    return seen;
  }
}
