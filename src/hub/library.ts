/**
 * The library that the catalog describes: which store holds it, and whether it is really there.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { FolderStore } from '../blobs/folder.ts';
import { S3Store } from '../blobs/s3.ts';
import type { BlobStore } from '../blobs/store.ts';
import { libraryId } from '../catalog/settings.ts';
import type { Database } from '../catalog/tables.ts';

export interface Library {
  /** Identity; also in its marker. */
  readonly id: string;
  readonly store: BlobStore;
  /** The same store, where it is a folder. */
  readonly folder: FolderStore | undefined;
}

/**
 * Opens the library at `where` (a folder, or `s3://bucket/prefix`). A fresh catalog makes the marker, or takes over the one that it finds.
 * A library whose marker is missing or foreign is opened all the same: the store then refuses to write and delete, and health says so.
 */
export async function openLibrary(where: string, db: Kysely<Database>, signingKey: Buffer, log: Log): Promise<Library> {
  const open = (library: string | undefined): BlobStore =>
    where.startsWith('s3://')
      ? new S3Store({ ...bucketOf(where), library })
      : new FolderStore({ root: where, library, signingKey, publicBase: '' });
  const found = await open(undefined).readMarker();
  const fresh =
    (await db.selectFrom('settings').select('key').where('key', '=', 'library.id').executeTakeFirst()) === undefined;
  const id = await libraryId(db, found);
  if (found === undefined && fresh) await open(undefined).createMarker(id).catch(refused(where));
  else if (found !== id)
    log.error(
      found === undefined
        ? 'the library has no marker; nothing is recorded or deleted until it is back'
        : 'this is another library; nothing is recorded or deleted',
      { where: where.startsWith('s3://') ? 'bucket' : where, expected: id, found: found ?? null },
    );
  const store = open(id);
  return { id, store, folder: store instanceof FolderStore ? store : undefined };
}

/** A fresh library in a folder that cannot be written: which, and why. */
function refused(where: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (where.startsWith('s3://') || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) throw error;
    throw new UserError(
      `The library folder ${where} cannot be written (${code}).`,
      'Is its disk full, read-only or not mounted? Mend that, or choose another with VIDETTE_BLOBS.',
      { code: 'library', cause: error },
    );
  };
}

/** Whether the marker is there and ours; what health shows. */
export async function libraryState(library: Library, log: Log): Promise<'ok' | 'missing'> {
  try {
    return (await library.store.readMarker()) === library.id ? 'ok' : 'missing';
  } catch (error) {
    log.warn('the library cannot be read', { error });
    return 'missing';
  }
}

export function bucketOf(where: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/.exec(where);
  if (!match?.[1])
    throw new UserError(
      `VIDETTE_BLOBS: “${where}” is not s3://bucket or s3://bucket/prefix.`,
      'Correct it and start again.',
      { code: 'setting' },
    );
  return { bucket: match[1], prefix: match[2] ?? '' };
}
