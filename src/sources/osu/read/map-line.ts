/** A line of a map's file and where it stands: errors name both. */
import { InputError } from '../../../base/errors.ts';

export class MapLine {
  readonly name: string;
  readonly number: number;
  readonly text: string;

  constructor(name: string, number: number, text: string) {
    this.name = name;
    this.number = number;
    this.text = text;
  }

  fail(reason: string): never {
    throw new InputError(this.name, `line ${this.number}: ${reason}`);
  }

  /** A decimal number within ±`most`. @throws InputError */
  value(word: string | undefined, what: string, most: number): number {
    const value = decimal(word);
    if (value === undefined) this.fail(`${what} is no number: “${(word ?? '').slice(0, 40)}”`);
    if (Math.abs(value) > most) this.fail(`${what} is ${value}, beyond ${most}`);
    return value;
  }
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;

/** @returns undefined where it is no decimal number */
export function decimal(word: string | undefined): number | undefined {
  const trimmed = word?.trim() ?? '';
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined;
}
