/**
 * Where the cache of drives is, and how much it may hold.
 */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../../../../base/errors.ts';
import { FileCache } from './file-cache.ts';

export const USUAL_CACHE_BYTES = 10_000_000_000;

/**
 * With `VIDETTE_DATA` in `<data>/cache/openpilot`; else in `$XDG_CACHE_HOME/vidette/openpilot`, which usually is `~/.cache/vidette/openpilot`.
 * `VIDETTE_CACHE_BYTES` says how much it may hold.
 */
export function driveCache(environment: Readonly<Record<string, string | undefined>>): FileCache {
  const { VIDETTE_DATA: data = '', XDG_CACHE_HOME: xdg = '', VIDETTE_CACHE_BYTES: most = '' } = environment;
  const folder =
    data === ''
      ? join(isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'vidette', 'openpilot')
      : join(resolve(data), 'cache', 'openpilot');
  if (most !== '' && !/^\d{7,15}$/.test(most))
    throw new UserError(
      'VIDETTE_CACHE_BYTES must be a number of bytes, at least 1000000.',
      'Correct the environment variable.',
      { code: 'setting' },
    );
  return new FileCache(folder, most === '' ? USUAL_CACHE_BYTES : Number(most));
}
