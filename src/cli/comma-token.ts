/**
 * The token for a server of drives, from wherever the person keeps it. It is never given to a child process.
 */
import { readFileSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { type ApiServer, apiServer, originsOf } from '../sources/openpilot/files/api/server.ts';
import { ApiToken } from '../sources/openpilot/files/api/token.ts';
import { TokenStore } from '../sources/openpilot/files/api/token-store.ts';
import { say } from './terminal.ts';

export interface GivenToken {
  /** As an argument, for old habits. */
  readonly jwt?: string;
  readonly tokenFile?: string;
  /** The server that the person named; undefined: the address that was pasted, or comma. */
  readonly server?: string;
}

/** What the bootstrap leaves in the place of a token that was an argument: it hands it over through this file descriptor. */
const HANDED = /^fd:(\d{1,3})$/;

const WARNING =
  'A token in an argument can be read by every user of this machine, and stays in the history of the shell. Better: vidette login comma, once; or VIDETTE_COMMA_TOKEN, or --token-file.';

/**
 * In this order: `-j`, `--token-file`, `VIDETTE_COMMA_TOKEN`, and what `vidette login comma` stored. The variable counts for the server that
 * the person named, or for comma: an address of another server that was pasted does not get it.
 * @returns null where there is none: public drives need none
 */
export async function commaToken(
  server: ApiServer,
  given: GivenToken,
  environment: NodeJS.ProcessEnv,
): Promise<ApiToken | null> {
  const token = await find(server, given, environment);
  if (token !== null && !isEncrypted(server))
    say(`The token goes to ${server.host} unencrypted: everybody on the way can read it. Use https:// if it has that.`);
  return token;
}

/** Or it does not leave this machine. */
function isEncrypted({ origin }: ApiServer): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || /^(localhost|127\..*|\[::1\])$/.test(hostname);
}

async function find(server: ApiServer, given: GivenToken, environment: NodeJS.ProcessEnv): Promise<ApiToken | null> {
  const now = Date.now();
  const { VIDETTE_COMMA_TOKEN: variable = '' } = environment;
  if (given.jwt !== undefined) {
    const handed = HANDED.exec(given.jwt)?.[1];
    // Where the bootstrap has not done so: this takes the arguments out of what others see of the process.
    if (handed === undefined) process.title = 'vidette clip';
    say(WARNING);
    return ApiToken.read(handed === undefined ? given.jwt : readFileSync(Number(handed), 'utf8'), '-j', now);
  }
  if (given.tokenFile !== undefined) return ApiToken.read(firstLine(given.tokenFile), given.tokenFile, now);
  if (variable !== '') {
    const meant = apiServer(given.server ?? 'comma');
    if (originsOf(meant).includes(server.origin)) return ApiToken.read(variable, 'VIDETTE_COMMA_TOKEN', now);
    say(`VIDETTE_COMMA_TOKEN is not sent to ${server.host}: name that server with --server if the token is for it.`);
  }
  return await TokenStore.of(environment).find(server, now);
}

function firstLine(path: string): string {
  try {
    return (
      readFileSync(path === '-' ? 0 : path, 'utf8')
        .trimStart()
        .split(/\r?\n/, 1)[0] ?? ''
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`The token file cannot be read (${code ?? 'unknown reason'}).`, 'Check --token-file.', {
      code: 'usage',
      cause: error,
    });
  }
}
