/**
 * Where a drive is that somebody named on the command line: a folder, a device, or a server of the comma API's shape.
 */
import { existsSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { openApiDrive } from '../sources/openpilot/files/api/api-drive.ts';
import { ApiClient } from '../sources/openpilot/files/api/client.ts';
import { chooseServer } from '../sources/openpilot/files/api/server.ts';
import { SignedLists } from '../sources/openpilot/files/api/signed-lists.ts';
import { driveCache } from '../sources/openpilot/files/cache/settings.ts';
import type { Drive } from '../sources/openpilot/files/drive.ts';
import { openFolderDrive } from '../sources/openpilot/files/local/folder-drive.ts';
import { isSshAddress, mayBeSshAddress, sshAddress } from '../sources/openpilot/files/ssh/ssh-address.ts';
import { openSshDrive } from '../sources/openpilot/files/ssh/ssh-drive.ts';
import { parseRoute } from '../sources/openpilot/names/parse-route.ts';
import { commaToken, type GivenToken } from './comma-token.ts';
import { say } from './terminal.ts';

export interface DrivePlace extends GivenToken {
  /** A folder with drives, here or on a device (`ssh://…`); then no server is asked. */
  readonly data?: string;
}

const OPTIONS = { server: '--server', jwt: '-j', tokenFile: '--token-file' } as const;

/** A server that asks for patience is waited for this long, in milliseconds. */
const PATIENCE = 90_000;

/** @throws UserError, Unavailable */
export async function openDrive(what: string, place: DrivePlace, signal: AbortSignal): Promise<Drive> {
  const request = parseRoute(what);
  if (place.data !== undefined) {
    if (request.kind === 'time')
      throw new UserError(
        'That address holds times of day; only a server knows which drive that was.',
        'Name the drive itself, as in a2a0ccea32023010|2023-07-27--13-01-19.',
        { code: 'usage' },
      );
    const unasked = (['server', 'jwt', 'tokenFile'] as const).filter((option) => place[option] !== undefined);
    if (unasked.length > 0)
      say(
        `No server is asked where --data says where the drive is: ${unasked.map((one) => OPTIONS[one]).join(' and ')} changes nothing.`,
      );
    const device = isSshAddress(place.data) || (mayBeSshAddress(place.data) && !existsSync(place.data));
    return device
      ? openSshDrive(sshAddress(place.data), request, {
          cache: driveCache(process.env),
          config: sshConfig(process.env),
          signal,
        })
      : openFolderDrive(place.data, request, signal);
  }
  const server = chooseServer(place.server, request.server);
  const client = new ApiClient({
    server,
    token: await commaToken(server, place, process.env),
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

/** Another configuration of `ssh` than the user's own. */
function sshConfig({ VIDETTE_SSH_CONFIG: path = '' }: NodeJS.ProcessEnv): string | undefined {
  return path === '' ? undefined : path;
}
