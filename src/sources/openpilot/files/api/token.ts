/**
 * A person's token. It opens every drive of the account and cannot be taken back, so it is kept from being printed by chance.
 */

import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { z } from 'zod';
import { UserError } from '../../../../base/errors.ts';

const Claims = z.object({ exp: z.number().optional() });

export class ApiToken {
  readonly #word: string;
  /** When it ends, by its own words; null where it does not tell. */
  readonly ends: Date | null;

  private constructor(word: string, ends: Date | null) {
    this.#word = word;
    this.ends = ends;
  }

  /**
   * @param text the token, as a person pastes it: `JWT …` and line ends do no harm
   * @param where where it came from, for messages
   * @throws UserError that does not hold it
   */
  static read(text: string, where: string, now: number): ApiToken {
    const word = text.trim().replace(/^(?:authorization:\s*)?(?:jwt|bearer)\s+/i, '');
    if (word === '') throw new UserError(`${where} holds no token.`, HOW, { code: 'token' });
    if (word.length > 8192 || !/^[\w.~+/=-]+$/.test(word))
      throw new UserError(
        `${where} does not hold a token: a token is one long word of letters, digits, “.”, “_” and “-”.`,
        HOW,
        {
          code: 'token',
        },
      );
    const ends = endOf(word);
    if (ends !== null && ends.getTime() <= now)
      throw new UserError(`The token of ${where} ended on ${ends.toISOString().slice(0, 10)}.`, HOW, { code: 'token' });
    return new ApiToken(word, ends);
  }

  /** Value of the `Authorization` header; for the API's origin only. */
  authorization(): string {
    return `JWT ${this.#word}`;
  }

  /** The word itself, to be stored where only its owner reads. */
  reveal(): string {
    return this.#word;
  }

  /** Tells two tokens apart without telling either. */
  fingerprint(): string {
    return createHash('sha256').update(this.#word).digest('hex').slice(0, 16);
  }

  toString(): string {
    return 'token …';
  }
  toJSON(): string {
    return '…';
  }
  [inspect.custom](): string {
    return 'ApiToken …';
  }
}

const HOW = 'Get one from https://jwt.comma.ai (or your server’s own page) and run vidette login comma.';

/** `exp` of a JSON Web Token (RFC 7519, section 4.1.4), unchecked: only the server can check it. */
function endOf(word: string): Date | null {
  const [, payload = ''] = word.split('.');
  try {
    const claims = Claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    const seconds = claims.success ? (claims.data.exp ?? null) : null;
    return seconds === null || !(seconds > 0 && seconds < 1e11) ? null : new Date(seconds * 1000);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
