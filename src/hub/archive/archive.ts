/**
 * The second library: which it is, and whether it is there. Its settings are in the catalog; a hub may get it, change it and lose it while it runs.
 */
import { createHash } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { S3Store } from '../../blobs/s3.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { holdsArchived } from '../../catalog/moves.ts';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import type { Database } from '../../catalog/tables.ts';
import { ArchiveSettings } from '../../contract/storage.ts';
import { bucketOf } from '../library.ts';
import { measureFolder, Space } from '../retention/space.ts';
import type { Secrets } from '../secrets.ts';
import type { MoverTarget } from './mover.ts';

export const ARCHIVE_SETTING = 'archive';
const PURPOSE = 'archive';

/** As it lies in the catalog. */
const Kept = ArchiveSettings.omit({ secretKey: true }).extend({ sealed: z.string().nullable() });

export interface OpenArchive extends MoverTarget {
  readonly where: string;
  /** The same store, where it is a folder. */
  readonly folder: FolderStore | undefined;
}

export interface ArchiveOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  /** Where the first library is, as the settings of the hub say, and its identity. */
  readonly first: { readonly where: string; readonly id: string };
  readonly log: Log;
  /** Bytes that must stay free in its folder. */
  readonly floorBytes?: number;
}

/** The archive of a library has an identity of its own, which follows from that of the library. RFC 9562, version 8. */
export function archiveIdOf(library: string): string {
  const hash = createHash('sha256').update(`vidette archive of ${library}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export class Archive {
  readonly #options: ArchiveOptions;
  #open: OpenArchive | undefined;
  #changing = 0;

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  /** Just now; undefined when there is none. */
  get current(): OpenArchive | undefined {
    return this.#open;
  }

  /** The same, for who writes there: undefined while another place is being taken. */
  get settled(): OpenArchive | undefined {
    return this.#changing > 0 ? undefined : this.#open;
  }

  /** Opens what the catalog names. A bucket that is away does not keep the hub from starting. */
  async load(): Promise<void> {
    const { db, secrets, log } = this.#options;
    const kept = Kept.safeParse((await readSetting(db, ARCHIVE_SETTING)) ?? undefined);
    if (!kept.success) return;
    const { sealed, ...settings } = kept.data;
    try {
      const secretKey = sealed === null ? null : secrets.open(Buffer.from(sealed, 'base64'), PURPOSE);
      this.#open = this.#opened({ ...settings, secretKey });
    } catch (error) {
      log.error('The archive cannot be opened.', { where: settings.where, error: messageOf(error) });
      return;
    }
    await this.#open.space.measure();
  }

  /** Whether its marker is there and ours. */
  async state(): Promise<'ok' | 'missing' | 'away'> {
    const open = this.#open;
    if (!open) return 'missing';
    try {
      return (await open.store.readMarker()) === open.id ? 'ok' : 'missing';
    } catch (error) {
      this.#options.log.debug('The archive cannot be read.', { error: messageOf(error) });
      return 'away';
    }
  }

  /**
   * Takes another place. An empty one gets the marker; where segments have been archived already, the new place must hold them: it has
   * the marker of this archive.
   * @throws UserError when it is no place for an archive; Unavailable when it does not answer
   */
  set(given: ArchiveSettings): Promise<void> {
    return this.#change(() => this.#set(given));
  }

  /** @throws UserError while it holds footage */
  remove(): Promise<void> {
    return this.#change(() => this.#remove());
  }

  /** Nothing is moved meanwhile: what the catalog says of the old place must stay true. */
  async #change(change: () => Promise<void>): Promise<void> {
    this.#changing++;
    try {
      await change();
    } finally {
      this.#changing--;
    }
  }

  async #set(given: ArchiveSettings): Promise<void> {
    const { db, secrets, first, log } = this.#options;
    const settings = { ...given, secretKey: given.secretKey ?? (await this.#knownSecret(given)) };
    checkPlace(settings.where, first.where);
    const id = archiveIdOf(first.id);
    const fresh = this.#opened(settings, false);
    const found = await fresh.store.readMarker();
    if (found !== undefined && found !== id)
      throw new UserError('Another library lies there.', 'Choose an empty folder or another prefix.', {
        code: 'conflict',
      });
    if (found === undefined && (await holdsArchived(db)))
      throw new UserError(
        'Footage has been archived already, and it is not there.',
        'Move the archive there first, with the file .vidette-library.',
        { code: 'conflict' },
      );
    if (found === undefined)
      await fresh.store.createMarker(id).catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!/^E[A-Z]+$/.test(code)) throw error;
        throw new UserError(
          `${settings.where} cannot be written (${code}).`,
          'Is its disk mounted, and may the hub write there?',
          {
            code: 'library',
            cause: error,
          },
        );
      });
    const { secretKey, ...kept } = settings;
    const sealed = secretKey === null ? null : secrets.seal(secretKey, PURPOSE).toString('base64');
    await writeSetting(db, ARCHIVE_SETTING, { ...kept, sealed });
    this.#open = this.#opened(settings);
    await this.#open.space.measure();
    log.info('The archive was set.', { where: settings.where });
  }

  async #remove(): Promise<void> {
    const { db, log } = this.#options;
    if (await holdsArchived(db))
      throw new UserError(
        'The archive holds footage.',
        'It can be taken away when its footage has gone by its limits.',
        {
          code: 'conflict',
        },
      );
    await writeSetting(db, ARCHIVE_SETTING, null);
    this.#open = undefined;
    log.info('There is no archive any more.');
  }

  /** Without the secret it stays what it was, for the same bucket and key. */
  async #knownSecret(given: ArchiveSettings): Promise<string | null> {
    const { db, secrets } = this.#options;
    const kept = Kept.safeParse((await readSetting(db, ARCHIVE_SETTING)) ?? undefined);
    if (!kept.success || kept.data.sealed === null) return null;
    const { where, endpoint, accessKey, sealed } = kept.data;
    const same = where === given.where && endpoint === given.endpoint && accessKey === given.accessKey;
    return same ? secrets.open(Buffer.from(sealed, 'base64'), PURPOSE) : null;
  }

  #opened(settings: ArchiveSettings, withMarker = true): OpenArchive {
    const { secrets, first, floorBytes } = this.#options;
    const { where, bytesPerSecond } = settings;
    const id = archiveIdOf(first.id);
    const library = withMarker ? id : undefined;
    const store: BlobStore = where.startsWith('s3://')
      ? new S3Store({ ...bucketOf(where), library, client: clientOf(settings) })
      : new FolderStore({ root: where, library, signingKey: secrets.derive('signed-urls'), publicBase: '' });
    const folder = store instanceof FolderStore ? store : undefined;
    const space = new Space(folder ? measureFolder(folder.root) : async () => undefined, floorBytes);
    return { where, store, folder, id, space, bytesPerSecond };
  }
}

function clientOf({ endpoint, region, accessKey, secretKey }: ArchiveSettings) {
  return {
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(accessKey === null || secretKey === null
      ? {}
      : { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } }),
  };
}

/** @throws UserError when the two libraries would lie in each other */
function checkPlace(where: string, first: string): void {
  if (where.startsWith('s3://')) bucketOf(where);
  else if (!isAbsolute(where))
    throw new UserError(
      `“${where}” is neither s3://bucket/prefix nor an absolute path.`,
      'Give the whole path of the folder.',
      {
        code: 'invalid',
      },
    );
  const bare = (text: string): string => text.replace(/^s3:\/\//, '/s3/').replace(/\/+$/, '');
  const inside = (inner: string, outer: string): boolean => !relative(bare(outer), bare(inner)).startsWith('..');
  if (where.startsWith('s3://') === first.startsWith('s3://') && (inside(where, first) || inside(first, where)))
    throw new UserError('The archive and the library would lie in each other.', 'Choose another folder or prefix.', {
      code: 'conflict',
    });
}
