/**
 * What a reader found wrong in a drive image, and what it did about it. Damage is a fact to be told, never an exception.
 */

export type FindingKind =
  /** No FAT32 or exFAT volume where one was looked for. */
  | 'no-volume'
  /** The boot sector or the partition table is damaged; a copy or a guess was used. */
  | 'boot'
  /** The file system was not closed properly. */
  | 'dirty'
  /** The image ends before the file system does, or a place in it cannot be read. */
  | 'unreadable'
  /** The two FATs differ. */
  | 'fat-differs'
  /** A chain of clusters ends too early, leaves the volume, or runs in a circle. */
  | 'chain'
  /** Two files claim the same cluster. */
  | 'cross-link'
  /** The allocation bitmap says that clusters of a file are free. */
  | 'bitmap'
  /** A length in a directory entry is wrong. */
  | 'length'
  /** exFAT: ValidDataLength is less than the data that is there. */
  | 'valid-length'
  /** The checksum of a directory entry set is wrong. */
  | 'checksum'
  /** Part of a name is lost. */
  | 'name'
  /** Zero entries in the middle of a directory. */
  | 'zero-entry'
  /** Entries that are no entries. */
  | 'junk'
  /** A directory that has lost its entries. */
  | 'directory'
  /** A file's start cluster holds something else, or there is none. */
  | 'start'
  /** Data that no entry names. */
  | 'orphan'
  /** There was more than what is looked at. */
  | 'limit';

export interface Finding {
  readonly kind: FindingKind;
  /** A path in the volume, or a place such as `cluster 2071` or `byte 512`. */
  readonly place: string;
  /** What is wrong: a sentence without its full stop. */
  readonly what: string;
  /** What was done about it: a sentence without its full stop. */
  readonly done: string;
}

const MOST_FINDINGS = 5000;

/** Findings in the order in which they were made, bounded: of a hostile image the first few thousand are enough. */
export class Findings {
  readonly #list: Finding[] = [];
  readonly #told = new Set<string>();
  #dropped = 0;

  add(kind: FindingKind, place: string, what: string, done: string): void {
    const told = `${kind}\n${place}\n${what}`;
    // A file that is looked at twice is told of once.
    if (this.#told.has(told)) return;
    if (this.#list.length < MOST_FINDINGS) {
      this.#told.add(told);
      this.#list.push({ kind, place, what, done });
    } else this.#dropped += 1;
  }

  get list(): readonly Finding[] {
    if (this.#dropped === 0) return this.#list;
    const more: Finding = { kind: 'limit', place: '', what: `${this.#dropped} more findings`, done: 'not listed' };
    return [...this.#list, more];
  }
}
