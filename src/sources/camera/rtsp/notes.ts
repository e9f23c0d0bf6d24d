import type { Clock } from '../../../base/clock.ts';

export type NoteKind =
  | 'loss'
  | 'damaged'
  | 'skipped-track'
  | 'rtcp'
  | 'time'
  | 'audio'
  | 'packet'
  | 'garbage'
  | 'parameters';

/** Something that went wrong, or is worth knowing, and did not end the session. */
export interface Note {
  readonly kind: NoteKind;
  readonly text: string;
  /** How often since the last note of this kind. */
  readonly count: number;
}

const EVERY_MS = 1000;

/** Passes on at most one note a second of each kind, and counts the others. */
export class NoteBook {
  readonly #clock: Clock;
  readonly #onNote: ((note: Note) => void) | undefined;
  readonly #kinds = new Map<NoteKind, { text: string; count: number; toldAt: number }>();

  constructor(clock: Clock, onNote: ((note: Note) => void) | undefined) {
    this.#clock = clock;
    this.#onNote = onNote;
  }

  add(kind: NoteKind, text: string, count = 1): void {
    const entry = this.#kinds.get(kind) ?? { text, count: 0, toldAt: Number.NEGATIVE_INFINITY };
    entry.text = text;
    entry.count += count;
    this.#kinds.set(kind, entry);
    this.flush();
  }

  /** @param all also those that are younger than a second */
  flush(all = false): void {
    const now = this.#clock.monotonic();
    for (const [kind, entry] of this.#kinds) {
      if (entry.count === 0 || (!all && now - entry.toldAt < EVERY_MS)) continue;
      const { text, count } = entry;
      entry.count = 0;
      entry.toldAt = now;
      this.#onNote?.({ kind, text, count });
    }
  }
}
