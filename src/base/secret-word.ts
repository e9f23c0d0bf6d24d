/**
 * Random words that open something, and the hashes that are kept of them.
 * They carry 256 bits of chance, so one round of SHA-256 keeps them as well as any slow hash would.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Begins every token, so that people and secret scanners know one when they see it. */
export const TOKEN_PREFIX = 'vdt_';

/** 43 letters of base64url: 32 random bytes. */
export function newSecretWord(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

export function hashOf(word: string): Buffer {
  return createHash('sha256').update(word).digest();
}
