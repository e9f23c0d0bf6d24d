/**
 * `vidette record`: a recorder for a hub on another machine.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, UserError } from '../base/errors.ts';
import { runRecorder } from '../sources/camera/recorder/run.ts';
import { RENEW_MS, tryLockSpool } from '../sources/camera/recorder/spool-lock.ts';
import { say, untilAsked } from './terminal.ts';

export interface RecordOptions {
  readonly hub: string;
  readonly spool: string;
  readonly capacity: number;
}

export async function record(options: RecordOptions): Promise<void> {
  const folder = resolve(options.spool);
  const place = await takePlace(folder);
  say(`Recording for ${options.hub}; footage waits in ${folder} until the hub has it. Ctrl-C stops it.`);
  try {
    await runRecorder(
      {
        hub: hubAddress(options.hub),
        token: tokenFromEnvironment('recorder'),
        id: place.id,
        libraryDir: process.env.VIDETTE_LIBRARY ?? null,
        spoolDir: folder,
        logFile: null,
        capacity: options.capacity,
      },
      untilAsked(),
    );
  } finally {
    await place.release();
  }
}

/** So many recorders may share a folder. */
const MOST_PLACES = 64;

/** A recorder's own id, and the sign that it is taken. */
interface Place {
  readonly id: string;
  release(): Promise<void>;
}

/**
 * Several recorders may use one folder (`docker compose up --scale recorder=4`): each takes the first place whose last recorder is dead, and
 * keeps the id of that place.
 * @throws UserError when nothing can be kept in the folder, or all places are taken
 */
export async function takePlace(folder: string): Promise<Place> {
  identityIn(folder);
  for (let number = 1; number <= MOST_PLACES; number++) {
    const lock = await tryLockSpool(join(folder, 'places', String(number)), 'recording');
    if ('busy' in lock) continue;
    // The first one has the id that the folder had when there was one recorder in it.
    const id = identityIn(number === 1 ? folder : join(folder, 'places', String(number)));
    const renewing = setInterval(() => {
      lock.renew().catch((error: unknown) => say(`The lock ${lock.path} could not be renewed: ${messageOf(error)}`));
    }, RENEW_MS);
    return {
      id,
      async release() {
        clearInterval(renewing);
        await lock.release();
      },
    };
  }
  throw new UserError(`${MOST_PLACES} recorders use the folder ${folder}.`, 'Name another one with --spool.', {
    code: 'conflict',
  });
}

/** @throws UserError when the address is none */
export function hubAddress(text: string): string {
  if (!/^https?:\/\/[^\s/]+/.test(text))
    throw new UserError(`“${text}” is not the address of a hub.`, 'Write it as https://cameras.example.org', {
      code: 'usage',
    });
  return text.replace(/\/+$/, '');
}

/** @throws UserError when VIDETTE_TOKEN is not set */
export function tokenFromEnvironment(scope: string): string {
  const token = process.env.VIDETTE_TOKEN;
  if (token === undefined || token === '')
    throw new UserError(
      'VIDETTE_TOKEN is not set.',
      `Make a token of the kind “${scope}” on the hub's page under Settings, and set VIDETTE_TOKEN to it.`,
      { code: 'usage' },
    );
  return token;
}

/**
 * The id that this folder's recorder or worker has had since it was first started.
 * @throws UserError when nothing can be kept in the folder
 */
export function identityIn(folder: string): string {
  try {
    return readOrMakeId(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    throw new UserError(
      `The folder ${folder} cannot be used (${code}).`,
      'Name one on a disk that can be written and has room, with --spool or --scratch.',
      { code: 'data-folder', cause: error },
    );
  }
}

function readOrMakeId(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'id');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const id = randomUUID();
  writeFileSync(path, `${id}\n`, { flag: 'wx' });
  return id;
}
