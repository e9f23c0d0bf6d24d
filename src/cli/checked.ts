import type { z } from 'zod';
import { UserError } from '../base/errors.ts';

/** @throws UserError that names what does not fit; the words are those of the API */
export function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const seen = schema.safeParse(given);
  if (seen.success) return seen.data;
  const [issue] = seen.error.issues;
  const what = issue?.path.join('.') ?? '';
  throw new UserError(`${what === '' ? '' : `${what}: `}${issue?.message}.`, 'See --help of this command.', {
    code: 'usage',
  });
}
