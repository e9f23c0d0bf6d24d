/**
 * A stream that a command reads itself, and the credential for it, which never stands among the arguments.
 */
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../base/errors.ts';
import type { StreamAddress } from '../sources/camera/alone/follow.ts';
import { camera } from '../sources/camera/kind.ts';

/** Whether a word is an address, and not the name of a camera in a hub. */
export function isAddress(what: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(what) || /^(test|images):/.test(what) || what.startsWith('/dev/');
}

/** @throws UserError when it is no address that Vidette reads, or the file of the password cannot be read */
export async function cameraAddress(url: string, passwordFile?: string): Promise<StreamAddress> {
  if (!camera.accepts(url) || url.startsWith('demo:'))
    throw new UserError(
      'Vidette cannot read video from this address.',
      `Use one that begins with ${camera.addresses}.`,
      {
        code: 'usage',
      },
    );
  const { VIDETTE_CAMERA_USER, VIDETTE_CAMERA_PASSWORD } = process.env;
  const password = passwordFile === undefined ? VIDETTE_CAMERA_PASSWORD : await firstLine(passwordFile);
  return { url, username: VIDETTE_CAMERA_USER ?? null, password: password ?? null };
}

async function firstLine(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new UserError(`The password file cannot be read: ${messageOf(cause)}.`, 'Check --password-file.', {
      code: 'usage',
      cause,
    });
  }
}
