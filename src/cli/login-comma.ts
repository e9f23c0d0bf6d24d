/**
 * `vidette login comma` and `vidette logout comma`: the token of an account that holds drives.
 */
import { UserError } from '../base/errors.ts';
import { ApiClient } from '../sources/openpilot/files/api/client.ts';
import { type ApiServer, apiServer } from '../sources/openpilot/files/api/server.ts';
import { ApiToken } from '../sources/openpilot/files/api/token.ts';
import { TokenStore } from '../sources/openpilot/files/api/token-store.ts';
import { askHidden } from './ask-hidden.ts';
import { commaToken } from './comma-token.ts';
import { print, say, untilAsked } from './terminal.ts';

export interface AccountOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export async function loginComma(account: string, options: AccountOptions): Promise<void> {
  const server = serverOf(account, options);
  const token = await tokenOf(server, options);
  const client = new ApiClient({ server, token, share: null });
  const me = await client.me(untilAsked());
  const name = me.email ?? me.username ?? me.id ?? me.user_id;
  await TokenStore.of(process.env).keep(server, token, name);
  const ends = token.ends?.toISOString().slice(0, 10) ?? null;
  if (options.json) return print(JSON.stringify({ server: server.host, account: name, ends }));
  print(`Signed in at ${server.host} as ${name}.${ends === null ? '' : ` The token is good until ${ends}.`}`);
}

export async function logoutComma(account: string, options: AccountOptions): Promise<void> {
  const server = serverOf(account, options);
  if (!(await TokenStore.of(process.env).forget(server)))
    throw new UserError(`No token for ${server.host} is stored.`, 'There is nothing to remove.', { code: 'not-found' });
  print(
    `The token for ${server.host} is removed from this machine. It stays good until it ends; it cannot be taken back.`,
  );
}

/** `comma`, `konik` or `asius` themselves may be named, too. */
function serverOf(account: string, options: AccountOptions): ApiServer {
  if (!/^(comma|konik|asius)$/i.test(account))
    throw new UserError(
      `“${account}” is not an account that Vidette knows.`,
      'Use comma, konik, asius, or comma --server https://….',
      {
        code: 'usage',
      },
    );
  return apiServer(options.server ?? account);
}

async function tokenOf(server: ApiServer, { tokenFile }: AccountOptions): Promise<ApiToken> {
  if (tokenFile !== undefined) {
    const read = await commaToken(server, { tokenFile }, {});
    if (read !== null) return read;
  }
  if (process.stdin.isTTY) {
    say(
      `The token opens every drive of your account at ${server.host}, so it is stored for you alone and sent to that server only.`,
    );
    if (server.provider !== null) say(`It is shown at ${server.provider.tokenPage} when you are signed in there.`);
  }
  return ApiToken.read(await askHidden('Token (it is not shown): '), 'What was given', Date.now());
}
