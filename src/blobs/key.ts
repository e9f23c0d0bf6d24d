import { UserError } from '../base/errors.ts';

/**
 * Refuses a key that could leave the library or that some store could not hold.
 * @throws UserError `invalid-key`
 */
export function checkKey(key: string): string {
  const bad =
    key === '' ||
    key.length > 900 ||
    key.includes('\\') ||
    hasControlCharacter(key) ||
    key.split('/').some((part) => part === '' || part === '.' || part === '..' || part.length > 200);
  if (bad)
    throw new UserError(
      `“${key.slice(0, 80)}” cannot be the name of a file in the library.`,
      'Use a relative path without “..”.',
      { code: 'invalid-key' },
    );
  return key;
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
}
