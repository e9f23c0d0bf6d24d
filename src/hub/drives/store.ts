/**
 * The files of drives, wherever they are: in a folder of this machine, or with a provider.
 */
import { lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { DriveRow, SourceRow } from '../../catalog/tables.ts';
import type { DriveFile } from '../../contract/drive.ts';
import { DriveSettingsRow } from './source-settings.ts';

/** One file of one minute. */
export interface WantedFile {
  readonly drive: Pick<DriveRow, 'id' | 'source_id' | 'route' | 'minutes'>;
  readonly minute: number;
  readonly file: DriveFile;
}

export interface DriveStore {
  /**
   * Has something done with a file that lies on this machine for as long as that takes.
   * @throws UserError `not-found` when it is not there (any more), Unavailable
   */
  withFile<T>(wanted: WantedFile, use: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What tells this file from another, older one. */
  stamp(wanted: WantedFile): readonly (string | number)[];
}

/** Where a file of a folder is, for certain: nothing outside of the folder is ever opened. @throws UserError `not-found` */
async function placeInFolder(source: Pick<SourceRow, 'settings'>, path: string): Promise<string> {
  const { from } = DriveSettingsRow.parse(source.settings);
  const gone = new UserError('This file of the drive is not there any more.', 'Look for new drives.', {
    code: 'not-found',
  });
  if (from.type !== 'folder' || path.split('/').some((part) => part === '..' || part === '')) throw gone;
  try {
    const root = await realpath(from.path);
    const real = await realpath(join(root, path));
    const info = await lstat(real);
    if (real.startsWith(root.endsWith(sep) ? root : root + sep) && info.isFile()) return real;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error;
  }
  throw gone;
}

export interface DriveStoreOptions {
  /** The source of a drive, deleted or not; undefined: there is none. */
  readonly sourceOf: (id: string) => Promise<SourceRow | undefined>;
}

export function driveStore({ sourceOf }: DriveStoreOptions): DriveStore {
  const rowOf = ({ drive, minute, file }: WantedFile) =>
    drive.minutes.find((one) => one.minute === minute)?.files[file];
  return {
    async withFile(wanted, use) {
      const source = await sourceOf(wanted.drive.source_id);
      const row = rowOf(wanted);
      if (!source || !row)
        throw new UserError(`Minute ${wanted.minute} of this drive has no ${wanted.file}.`, 'Choose another minute.', {
          code: 'not-found',
        });
      return use(await placeInFolder(source, row.path));
    },
    stamp(wanted) {
      const row = rowOf(wanted);
      return [
        wanted.drive.source_id,
        wanted.drive.route,
        wanted.minute,
        wanted.file,
        row?.bytes ?? 0,
        row?.changed ?? 0,
      ];
    },
  };
}
