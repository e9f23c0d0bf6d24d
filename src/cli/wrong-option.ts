/** The options of a drive's clip that the contract checks, and what to say of one that it does not take. */
import type { z } from 'zod';
import { UserError } from '../base/errors.ts';

/** Option of the command line → field of the clip. */
export const DRIVE_CHOICES = [
  ['mode', 'mode'],
  ['look', 'look'],
  ['size', 'size'],
  ['units', 'units'],
  ['wide', 'wideView'],
  ['inset', 'inset'],
  ['stack', 'stackOrder'],
  ['speed', 'speed'],
] as const;

/** Fields that more than one option, or one of another name, fills. */
const OTHERS: Readonly<Record<string, string>> = { brand: 'title', fileTitle: 'title', ranges: 'range' };

/** @param issue the first that Zod found in the clip's options */
export function wrongOption(issue: z.core.$ZodIssue | undefined): UserError {
  const field = String(issue?.path[0] ?? '');
  const option = DRIVE_CHOICES.find(([, name]) => name === field)?.[0] ?? OTHERS[field] ?? field;
  return new UserError(`--${option}: ${wordsOf(issue)}.`, 'Run it with --help for what can be chosen.', {
    code: 'usage',
  });
}

function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_value':
      return `it can be ${issue.values.join(', ')}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `at most ${issue.maximum} characters`
        : issue.origin === 'array'
          ? `at most ${issue.maximum} of them`
          : `at most ${issue.maximum}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    default:
      return issue?.message ?? 'it is wrong';
  }
}
