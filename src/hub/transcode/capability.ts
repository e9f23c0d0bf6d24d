/**
 * The right of a worker to the socket of one attempt of one conversion: HMAC-SHA-256 over job, attempt and expiry, each on a line of its own.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Right {
  readonly id: string;
  readonly attempt: number;
  /** UTC ms. */
  readonly expires: number;
}

export function signRight(key: Buffer, right: Right): string {
  return createHmac('sha256', key).update(`${right.id}\n${right.attempt}\n${right.expires}`).digest('base64url');
}

/** @param now UTC ms */
export function holdsRight(key: Buffer, right: Right & { readonly signature: string }, now: number): boolean {
  const wanted = Buffer.from(signRight(key, right), 'base64url');
  const given = Buffer.from(right.signature, 'base64url');
  return given.length === wanted.length && timingSafeEqual(given, wanted) && right.expires > now;
}
