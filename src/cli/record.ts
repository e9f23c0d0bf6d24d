/**
 * `vidette record`: a recorder for a hub on another machine.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { runRecorder } from '../sources/camera/recorder/run.ts';
import { say, untilAsked } from './terminal.ts';

export interface RecordOptions {
  readonly hub: string;
  readonly spool: string;
  readonly capacity: number;
}

export async function record(options: RecordOptions): Promise<void> {
  const folder = resolve(options.spool);
  say(`Recording for ${options.hub}; footage waits in ${folder} until the hub has it. Ctrl-C stops it.`);
  await runRecorder(
    {
      hub: hubAddress(options.hub),
      token: tokenFromEnvironment('recorder'),
      id: identityIn(folder),
      libraryDir: process.env.VIDETTE_LIBRARY ?? null,
      spoolDir: folder,
      logFile: null,
      capacity: options.capacity,
    },
    untilAsked(),
  );
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
