/** One string for each word that thousands of lines have, such as a track's name: each line that is parsed makes its own. */
export class Words {
  readonly #words = new Map<string, string>();

  of(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    // Of a hostile drive there may be many.
    if (this.#words.size < MOST) this.#words.set(word, word);
    return word;
  }
}

const MOST = 1000;
