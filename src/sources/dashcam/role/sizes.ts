/** Sizes as people write them. Pure. */
import { UserError } from '../../../base/errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** `64G` (of 1,073,741,824), `64GB` (of 1,000,000,000). @throws UserError */
export function sizeOf(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?B?)$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? '').toUpperCase().replace(/^B$/, '')];
  const bytes = Math.floor(Number(match?.[1]) * (unit ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UserError(`${what}: “${text}” is no size.`, 'Write it as 64G, 500M or 2MB.', { code: 'usage' });
}
