import { UserError } from '../base/errors.ts';
import { splitCredential } from '../base/redact.ts';

/**
 * Arguments can be read by every user of the machine, so a password among them is refused.
 * @throws UserError with the remedy
 */
export function refuseSecrets(args: readonly string[]): void {
  for (const arg of args) {
    const { password } = splitCredential(arg.replace(/^--[a-z-]+=/, ''));
    if (password !== null)
      throw new UserError(
        'That address holds a password. Every user of this machine can read the arguments of a command, so it is not accepted here.',
        'Give the address without the password and set VIDETTE_CAMERA_PASSWORD (and VIDETTE_CAMERA_USER), or add the camera on the page.',
        { code: 'secret-in-argument' },
      );
    if (/^--?(password|token|secret)(=|$)/i.test(arg))
      throw new UserError(
        `${arg.split('=')[0]} is not accepted: every user of this machine can read the arguments of a command.`,
        'Tokens are read from VIDETTE_TOKEN, camera passwords from VIDETTE_CAMERA_PASSWORD.',
        {
          code: 'secret-in-argument',
        },
      );
  }
}
