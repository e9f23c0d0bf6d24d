/** Why osu! does not give what was asked for, in words that say what to do. */
import { UserError } from '../../../base/errors.ts';

/** @param what “The score 123” @param host for messages */
export function refusal(status: number, what: string, host: string): UserError {
  switch (status) {
    case 401:
      return new UserError(
        `${host} does not take this hub’s access any more.`,
        'An admin can enter the application’s id and secret anew under Settings.',
        { code: 'osu-client' },
      );
    case 403:
      return new UserError(
        `${what} is not given to programs by ${host}.`,
        'Save the replay in the game (F2 on the results) and drop the .osr file.',
        { code: 'forbidden' },
      );
    case 404:
      return new UserError(
        `${what} is not at ${host}, or is not shown.`,
        'Is the link whole? Scores that were beaten or taken away, and those of restricted players, are gone; replays are kept of the best ones only.',
        { code: 'not-found' },
      );
    case 422:
      return new UserError(
        `${host} does not understand the number of this score.`,
        'Copy the link of the score’s page anew.',
        {
          code: 'invalid',
        },
      );
    default:
      return new UserError(`${host} answered ${status}.`, 'Try it again later, or drop the .osr file.', {
        code: 'osu',
      });
  }
}

/** @param target of a redirect: it is not followed, so that neither access nor hub is led elsewhere */
export function whereTo(target: string | null, host: string): UserError {
  const other = URL.parse(target ?? '', `https://${host}`)?.host;
  return new UserError(
    `${host} sends its callers ${other === undefined || other === host ? 'on' : `to ${other}`}, and the hub does not follow.`,
    'An admin can correct the address of the server under Settings.',
    { code: 'redirect' },
  );
}
