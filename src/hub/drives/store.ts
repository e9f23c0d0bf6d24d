/**
 * The files of drives, wherever they are: in a folder of this machine, or with a provider.
 */
import { lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { DriveFileRow, DriveRow, SourceRow } from '../../catalog/tables.ts';
import type { DriveFile } from '../../contract/drive.ts';
import type { SignedInput } from '../clips/kind.ts';
import type { DriveAccounts } from './accounts.ts';
import { DriveSettingsRow } from './source-settings.ts';

/** One file of one minute. */
export interface WantedFile {
  readonly drive: Pick<DriveRow, 'id' | 'source_id' | 'route' | 'minutes'>;
  readonly minute: number;
  readonly file: DriveFile;
}

export interface DriveStoreOptions {
  /** The source of a drive, deleted or not; undefined: there is none. */
  readonly sourceOf: (id: string) => Promise<SourceRow | undefined>;
  readonly accounts: Pick<DriveAccounts, 'withFile' | 'url' | 'sprite'>;
  /** A signed address of a file in a folder, for a worker. */
  readonly sign: (wanted: WantedFile) => string;
}

export class DriveStore {
  readonly #options: DriveStoreOptions;

  constructor(options: DriveStoreOptions) {
    this.#options = options;
  }

  /**
   * Has something done with a file that lies on this machine for as long as that takes.
   * @throws UserError `not-found` when it is not there (any more), Unavailable
   */
  async withFile<T>(wanted: WantedFile, use: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { source, file } = await this.#find(wanted);
    if (isAccount(source)) return this.#options.accounts.withFile(source, wanted, use, signal);
    return use(await placeInFolder(source, file.path));
  }

  /** The same with several, in their order. */
  async withFiles<T>(
    list: readonly WantedFile[],
    use: (paths: string[]) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const [first, ...rest] = list;
    if (!first) return use([]);
    return this.withFile(first, (path) => this.withFiles(rest, (paths) => use([path, ...paths]), signal), signal);
  }

  /** Where a worker gets it, for a while. @throws UserError, Unavailable */
  async url(wanted: WantedFile): Promise<SignedInput> {
    const { source, file } = await this.#find(wanted);
    if (isAccount(source)) return this.#options.accounts.url(source, wanted);
    await placeInFolder(source, file.path);
    return { url: this.#options.sign(wanted) };
  }

  /** Where it lies in a folder. @throws UserError `not-found` */
  async place(wanted: WantedFile): Promise<string> {
    const { source, file } = await this.#find(wanted);
    return placeInFolder(source, file.path);
  }

  /** Pictures that a provider has of a minute; null: none, or it is a folder. */
  async sprite(drive: WantedFile['drive'], minute: number): Promise<Uint8Array | null> {
    const source = await this.#options.sourceOf(drive.source_id);
    return source && isAccount(source) ? this.#options.accounts.sprite(source, drive, minute) : null;
  }

  /** What tells this file from another, older one. */
  stamp(wanted: WantedFile): readonly (string | number)[] {
    const { drive, minute, file } = wanted;
    const { bytes = 0, changed = 0 } = rowOf(wanted) ?? {};
    return [drive.source_id, drive.route, minute, file, bytes, changed];
  }

  async #find(wanted: WantedFile): Promise<{ source: SourceRow; file: DriveFileRow }> {
    const source = await this.#options.sourceOf(wanted.drive.source_id);
    const file = rowOf(wanted);
    if (source && file) return { source, file };
    throw new UserError(`Minute ${wanted.minute} of this drive has no ${wanted.file}.`, 'Choose another minute.', {
      code: 'not-found',
    });
  }
}

const rowOf = ({ drive, minute, file }: WantedFile): DriveFileRow | undefined =>
  drive.minutes.find((one) => one.minute === minute)?.files[file];

const isAccount = (source: SourceRow): boolean => DriveSettingsRow.parse(source.settings).from.type === 'account';

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
