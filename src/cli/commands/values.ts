/** What options and helps of commands are made of. */
import { CommanderError } from 'commander';

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommanderError(2, 'vidette.number', `“${text}” is not a whole number.`);
  return Number(text);
}

export function orNever(text: string): number | null {
  return text === 'never' ? null : positive(text);
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new CommanderError(2, 'vidette.number', `“${text}” is not a number above zero.`);
  return value;
}
