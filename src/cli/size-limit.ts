import { UserError } from '../base/errors.ts';

/**
 * The most bytes that the clip may have.
 * @throws UserError `usage` when no video fits in
 */
export function mostBytes({ max }: { readonly max?: number }): number | undefined {
  if (max === undefined) return undefined;
  const bytes = Math.floor(max * 1_000_000);
  if (bytes < 50_000)
    throw new UserError(`${max} MB is too little for a clip.`, 'The least is 0.05 MB.', { code: 'usage' });
  return bytes;
}
