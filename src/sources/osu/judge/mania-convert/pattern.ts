/** What one object of a map becomes, and which columns that takes. */
import type { MapObject } from '../../read/beatmap.ts';

/** What is heard of a note. */
export type NoteSound = Pick<MapObject, 'sound' | 'sample'>;

/** A note, or a long one where it ends later than it begins. */
export interface MadeNote extends NoteSound {
  readonly time: number;
  readonly endTime: number;
  readonly column: number;
}

export class Pattern {
  readonly #notes: MadeNote[] = [];
  #taken = new Set<number>();

  get notes(): readonly MadeNote[] {
    return this.#notes;
  }

  /** How many columns have something. */
  get width(): number {
    return this.#taken.size;
  }

  has(column: number): boolean {
    return this.#taken.has(column);
  }

  add(...notes: readonly MadeNote[]): void {
    for (const note of notes) {
      this.#notes.push(note);
      this.#taken.add(note.column);
    }
  }
}
