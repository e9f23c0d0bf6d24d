/**
 * One line of `vidette doctor`: what was looked at, how it is, and what a person can do about it.
 */
import { messageOf, UserError } from '../../base/errors.ts';
import { redact } from '../../base/redact.ts';

export interface Check {
  readonly name: string;
  /** `warn`: works, but not as it should; `bad`: something that Vidette needs is missing. */
  readonly state: 'ok' | 'warn' | 'bad';
  readonly says: string;
  readonly remedy?: string;
}

export const ok = (name: string, says: string): Check => ({ name, state: 'ok', says });
export const warn = (name: string, says: string, remedy: string): Check => ({ name, state: 'warn', says, remedy });
export const bad = (name: string, says: string, remedy: string): Check => ({ name, state: 'bad', says, remedy });

/** Never fails: what `look` throws becomes a line as well. */
export async function check(name: string, look: () => Check | readonly Check[] | Promise<Check | readonly Check[]>) {
  try {
    const found = await look();
    return Array.isArray(found) ? (found as readonly Check[]) : [found as Check];
  } catch (error) {
    const remedy = error instanceof UserError ? error.remedy : 'See the logs in the data folder.';
    return [bad(name, redact(messageOf(error)), remedy)];
  }
}
