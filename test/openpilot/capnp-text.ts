/**
 * Parses what `capnp decode --short` writes: a value a line, such as `(logMonoTime = 5, carState = (vEgo = 1.5, gearShifter = drive))`.
 * (It can write JSON too, with every digit of a float instead of eight, and forty times slower.)
 */

export type TextValue = string | number | boolean | Uint8Array | TextValue[] | { [name: string]: TextValue };

/** Numbers of more than 53 bits are rounded; texts are bytes. */
export function parseCapnpText(line: string): TextValue {
  const parser = new Parser(line);
  return parser.value();
}

const ESCAPES: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

class Parser {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  value(): TextValue {
    const first = this.#text[this.#at];
    if (first === '(') return this.#struct();
    if (first === '[') return this.#list();
    if (first === '"') return this.#string();
    const end = this.#text.slice(this.#at).search(/[,)\]]|$/);
    const word = this.#text.slice(this.#at, this.#at + end);
    this.#at += end;
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'inf') return Number.POSITIVE_INFINITY;
    if (word === '-inf') return Number.NEGATIVE_INFINITY;
    if (word === 'nan') return Number.NaN;
    return /^[-\d]/.test(word) ? Number(word) : word;
  }

  #struct(): TextValue {
    const fields: Record<string, TextValue> = {};
    this.#items(')', () => {
      const equals = this.#text.indexOf(' = ', this.#at);
      const name = this.#text.slice(this.#at, equals);
      this.#at = equals + 3;
      fields[name] = this.value();
    });
    return fields;
  }

  #list(): TextValue {
    const items: TextValue[] = [];
    this.#items(']', () => items.push(this.value()));
    return items;
  }

  #items(close: string, item: () => void): void {
    this.#at++;
    while (this.#text[this.#at] !== close) {
      if (this.#at >= this.#text.length) throw new Error(`capnp's text ends within a value: ${this.#text.slice(-80)}`);
      item();
      if (this.#text.startsWith(', ', this.#at)) this.#at += 2;
    }
    this.#at++;
  }

  /** Texts and data look the same: printable characters, and escapes as in C. */
  #string(): Uint8Array {
    const bytes: number[] = [];
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      const char = this.#text[this.#at] ?? '"';
      if (char !== '\\') {
        bytes.push(...Buffer.from(char, 'latin1'));
        continue;
      }
      const next = this.#text[++this.#at] ?? '';
      if (/[0-7]/.test(next)) {
        bytes.push(Number.parseInt(this.#text.slice(this.#at, this.#at + 3), 8));
        this.#at += 2;
      } else if (next === 'x') {
        bytes.push(Number.parseInt(this.#text.slice(this.#at + 1, this.#at + 3), 16));
        this.#at += 2;
      } else bytes.push(ESCAPES[next] ?? next.charCodeAt(0));
    }
    this.#at++;
    return Uint8Array.from(bytes);
  }
}
