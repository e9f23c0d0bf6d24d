/**
 * The right to play one range of one camera's track for a while, written into an address: for players that have neither cookie nor token.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { UserError } from '../../base/errors.ts';

export interface PlayRange {
  readonly cameraId: string;
  readonly track: string;
  /** UTC ms. */
  readonly from: number;
  readonly to: number;
}

export interface Signature {
  /** UTC ms. */
  readonly expires: number;
  readonly sig: string;
}

export class RangeSigner {
  readonly #key: Buffer;
  readonly #now: () => number;

  /** @param key 32 bytes; who has it can make addresses */
  constructor(key: Buffer, now: () => number) {
    this.#key = key;
    this.#now = now;
  }

  sign(range: PlayRange, lifetimeMs: number): Signature {
    const expires = this.#now() + lifetimeMs;
    return { expires, sig: this.#hash(range, expires).toString('base64url') };
  }

  /** @throws UserError `forbidden` */
  check(range: PlayRange, signature: Signature): void {
    const given = Buffer.from(signature.sig, 'base64url');
    const wanted = this.#hash(range, signature.expires);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new UserError('This address was not signed by this hub for this use.', 'Ask for a new one.', {
        code: 'forbidden',
      });
    if (signature.expires <= this.#now())
      throw new UserError('This address has expired.', 'Ask for a new one.', { code: 'forbidden' });
  }

  #hash({ cameraId, track, from, to }: PlayRange, expires: number): Buffer {
    return createHmac('sha256', this.#key).update(['play', cameraId, track, from, to, expires].join('\n')).digest();
  }
}
