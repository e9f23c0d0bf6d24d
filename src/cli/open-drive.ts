/**
 * Where a drive is that somebody named on the command line: a folder, or a server of the comma API's shape.
 */
import { readFile } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { openApiDrive } from '../sources/openpilot/files/api/api-drive.ts';
import { ApiClient } from '../sources/openpilot/files/api/client.ts';
import { chooseServer } from '../sources/openpilot/files/api/server.ts';
import { SignedLists } from '../sources/openpilot/files/api/signed-lists.ts';
import { ApiToken } from '../sources/openpilot/files/api/token.ts';
import { driveCache } from '../sources/openpilot/files/cache/settings.ts';
import type { Drive } from '../sources/openpilot/files/drive.ts';
import { openFolderDrive } from '../sources/openpilot/files/local/folder-drive.ts';
import { parseRoute } from '../sources/openpilot/names/parse-route.ts';
import { say } from './terminal.ts';

export interface DrivePlace {
  /** A folder with drives; then no server is asked. */
  readonly data?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  /** As an argument, for old habits. */
  readonly jwt?: string;
}

/** A server that asks for patience is waited for this long, in milliseconds. */
const PATIENCE = 90_000;

/** @throws UserError, Unavailable */
export async function openDrive(what: string, place: DrivePlace, signal: AbortSignal): Promise<Drive> {
  const request = parseRoute(what);
  if (place.data !== undefined) {
    if (request.kind === 'route') return openFolderDrive(place.data, request, signal);
    throw new UserError(
      'That address holds times of day; only a server knows which drive that was.',
      'Name the drive itself, as in a2a0ccea32023010|2023-07-27--13-01-19.',
      { code: 'usage' },
    );
  }
  const server = chooseServer(place.server, request.server);
  const client = new ApiClient({
    server,
    token: await tokenOf(place),
    share: request.share,
    patience: PATIENCE,
    onWait: say,
  });
  return openApiDrive(request, {
    client,
    lists: new SignedLists(),
    cache: driveCache(process.env),
    patience: PATIENCE,
    signal,
  });
}

async function tokenOf({ jwt, tokenFile }: DrivePlace): Promise<ApiToken | null> {
  const now = Date.now();
  if (jwt !== undefined) {
    say(
      'Every user of this machine can read a token that is an argument: better set VIDETTE_COMMA_TOKEN, or --token-file.',
    );
    return ApiToken.read(jwt, '-j', now);
  }
  if (tokenFile !== undefined) return ApiToken.read(await firstLine(tokenFile), tokenFile, now);
  const { VIDETTE_COMMA_TOKEN: fromEnvironment = '' } = process.env;
  return fromEnvironment === '' ? null : ApiToken.read(fromEnvironment, 'VIDETTE_COMMA_TOKEN', now);
}

async function firstLine(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split('\n')[0] ?? '';
  } catch (error) {
    throw new UserError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`, '', {
      cause: error,
    });
  }
}
