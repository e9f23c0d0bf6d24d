import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UserError } from '../base/errors.ts';
import { didYouMean } from './nearest.ts';

/** What to tell who named a file that is not there: files of a like name beside it. */
export async function noFile(path: string): Promise<UserError> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => undefined);
  return new UserError(
    `There is no file ${path}.`,
    names === undefined
      ? `There is no folder ${folder} either.`
      : didYouMean(basename(path), names, 'Check the name and the folder.'),
    { code: 'not-found' },
  );
}
