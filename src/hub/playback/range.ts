/**
 * Ranges of time as requests give them, and the answer where there is nothing.
 */
import { UserError } from '../../base/errors.ts';
import type { Problem } from '../../contract/system.ts';
import { instant } from './timeline.ts';

/** UTC ms. @throws UserError when it ends before it begins */
export function rangeOf(query: { readonly from: string; readonly to: string }): { from: number; to: number } {
  const from = momentOf(query.from, 'from');
  const to = momentOf(query.to, 'to');
  if (to <= from) throw new UserError('The range ends before it begins.', '“to” must be later than “from”.');
  return { from, to };
}

/** UTC ms. @throws UserError */
export function momentOf(text: string, name: string): number {
  const moment = Date.parse(text);
  if (Number.isFinite(moment) && moment >= 0) return moment;
  throw new UserError(`“${name}” is no time.`, 'Write it like 2026-11-21T18:05:00Z.');
}

/** `fields.next` says where footage goes on. */
export function noFootage(camera: string, next: number | undefined): Problem {
  const problem: Problem = { error: 'no-footage', message: `${camera} has no footage there.` };
  if (next === undefined) return problem;
  return { ...problem, remedy: `The next footage begins at ${instant(next)}.`, fields: { next: instant(next) } };
}
