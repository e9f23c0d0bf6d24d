/** What happened in a play, moment by moment. */

/**
 * What one event was. `head`, `tick`, `repeat` and `end` are parts of a slider; `result` is the verdict on a whole object. In osu!taiko: `tick` a hit of a drumroll,
 * `spin` and `end` of a denden, `bonus` the second key of a large note.
 */
export type EventKind = 'result' | 'head' | 'tick' | 'repeat' | 'end' | 'spin' | 'bonus';

export interface JudgeEvent {
  /** Milliseconds of the map. */
  readonly time: number;
  readonly kind: EventKind;
  /** Place of the object among those that are played: where the game converts a map, not the map's own. */
  readonly object: number;
  /** Of a result 300, 100, 50 or 0; of a part whether it was hit, 1 or 0; of a spin how many points it gave. */
  readonly value: number;
  /** Of circles and heads that were clicked: how many ms late (negative: early). */
  readonly error: number | undefined;
  /** After it. */
  readonly combo: number;
  readonly score: number;
  /** 0 to 1, after it; 1 before the first result. */
  readonly accuracy: number;
  /** 0 to 1, after it. */
  readonly hp: number;
}

export interface Timeline {
  readonly events: readonly JudgeEvent[];
  readonly n300: number;
  readonly n100: number;
  readonly n50: number;
  readonly miss: number;
  readonly geki: number;
  readonly katu: number;
  readonly maxCombo: number;
  readonly score: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** When the life bar was empty for good (with EZ the third time), whatever the mods make of that. */
  readonly failedAt: number | null;
  /** Objects that the replay ended before. */
  readonly unjudged: number;
  /** Life before the first event; 1 where it is absent. */
  readonly startHp?: number;
}
