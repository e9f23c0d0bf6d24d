/** Looks for secrets in anything, in every form in which they may have come there. */
import { Buffer } from 'node:buffer';

export interface Canary {
  readonly name: string;
  readonly value: string | Buffer;
}

/** Where a piece of text was found, and what may stand there. */
export interface Place {
  readonly where: string;
  readonly content: Buffer | string;
  /** Names of the canaries that this very place hands out, as it must. */
  readonly issues?: readonly string[];
}

export interface Finding {
  readonly canary: string;
  readonly form: string;
  readonly where: string;
}

/** Shorter needles would be found by chance. */
const LEAST = 8;

interface Needle {
  readonly form: string;
  readonly bytes: Buffer;
}

/** Every spelling of a secret that is looked for: raw, URL-encoded, base64 (at each of the three alignments), hex, escaped as in JSON. */
export function formsOf(value: string | Buffer): Needle[] {
  const raw = Buffer.from(value);
  const forms: Needle[] = [{ form: 'raw', bytes: raw }];
  const add = (form: string, text: string): void => {
    const bytes = Buffer.from(text);
    if (bytes.length >= LEAST && !forms.some((known) => known.bytes.equals(bytes))) forms.push({ form, bytes });
  };
  if (typeof value === 'string') {
    add('URL-encoded', encodeURIComponent(value));
    add(
      'URL-encoded, lower case',
      encodeURIComponent(value).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    );
    add('form-encoded', new URLSearchParams({ v: value }).toString().slice(2));
    add('path-encoded', encodeURI(value));
    add('JSON', JSON.stringify(value).slice(1, -1));
    add('JSON twice', JSON.stringify(JSON.stringify(value)).slice(3, -3));
  }
  add('hex', raw.toString('hex'));
  add('hex, upper case', raw.toString('hex').toUpperCase());
  for (const before of [0, 1, 2]) {
    // Letters that also carry bits of what stands before or behind are left out.
    const text = Buffer.concat([Buffer.alloc(before), raw])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + raw.length) * 8) / 6));
    add('base64', whole);
    add('base64url', whole.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Everything that is found where it may not be. */
export async function search(
  canaries: readonly Canary[],
  places: AsyncIterable<Place> | Iterable<Place>,
): Promise<Finding[]> {
  const wanted = canaries.map((canary) => ({ name: canary.name, forms: formsOf(canary.value) }));
  const found: Finding[] = [];
  for await (const { where, content, issues = [] } of places) {
    const bytes = Buffer.from(content);
    for (const { name, forms } of wanted) {
      if (issues.includes(name)) continue;
      for (const { form, bytes: needle } of forms)
        if (bytes.includes(needle)) found.push({ canary: name, form, where });
    }
  }
  return found;
}
