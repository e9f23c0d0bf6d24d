/**
 * What a refusal of the API means to a driver, and what to do about it. Pure. A server's own words are not repeated: they may hold what it was asked with.
 */
import { InputError, UserError } from '../../../../base/errors.ts';
import type { ApiServer } from './server.ts';

export interface Asked {
  readonly server: ApiServer;
  /** What was asked for: `the drive a2a0…|2023-…`, `your account`. */
  readonly what: string;
  readonly isRoute: boolean;
  readonly hasToken: boolean;
  readonly hasShare: boolean;
}

/** @param status of an answer that is not the one that was asked for */
export function refusal(status: number, asked: Asked): UserError | InputError {
  const { server, what } = asked;
  const login = `vidette login comma${server.provider?.name === 'comma' ? '' : ` --server ${server.provider?.name ?? server.base}`}`;
  const tokens = server.provider === null ? '' : ` A token is given at ${server.provider.tokenPage}.`;
  switch (status) {
    case 401:
      return asked.hasToken
        ? new UserError(
            `${server.host} does not accept the token; it may have ended (they are good for 90 days).`,
            `Run ${login} with a new one.${tokens}`,
            {
              code: 'token',
            },
          )
        : new UserError(
            `${server.host} wants to know who asks for ${what}.`,
            `${asked.isRoute ? 'Make the drive public in connect (“Public access”), or run' : 'Run'} ${login} once.${tokens}`,
            { code: 'token' },
          );
    case 403:
      if (asked.hasShare && !asked.hasToken)
        return new UserError(
          `The share link of ${what} is not valid any more, or is for another drive.`,
          'Copy a new link from connect.',
          {
            code: 'forbidden',
          },
        );
      return asked.hasToken
        ? new UserError(
            `Your account at ${server.host} may not see ${what}.`,
            'Ask its owner to make it public or to share a link, or sign in with the account that the device is paired with.',
            { code: 'forbidden' },
          )
        : new UserError(
            `${upper(what)} is private.`,
            `Make it public in connect (“Public access”), paste a share link, or run ${login} once.${tokens}`,
            { code: 'forbidden' },
          );
    case 404:
      return new UserError(
        `${server.host} does not know ${what}.`,
        asked.isRoute
          ? 'Look whether the name is whole. A drive is known when its first minute was uploaded; one of another server needs --server konik, --server asius or --server https://….'
          : 'Look whether --server names the API itself.',
        { code: 'not-found' },
      );
    default:
      return new InputError(server.host, `it answered ${what} with ${status}, which is not what this API says`);
  }
}

/** A server that sends its callers to another one gets no token there. */
export function sentElsewhere(asked: Asked, target: URL | null): UserError {
  return new UserError(
    `${asked.server.host} sends its callers ${target === null ? 'nowhere' : `to ${target.host}`} for ${asked.what}. The token is for ${asked.server.host} alone, so this is not followed.`,
    target === null
      ? 'Look whether --server names the API itself.'
      : `If that is the same service, use --server ${target.origin}.`,
    { code: 'redirect' },
  );
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
